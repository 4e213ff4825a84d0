"""What a PKCS#11 module answers, in our words. No exception of the binding leaves `trustkit.custody`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pkcs11 import exceptions as p11

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

_CODES: Final[tuple[tuple[type[p11.PKCS11Error], Code, str], ...]] = (
    (p11.PinLocked, ErrorCode.MODULE_PIN, "the PIN is locked"),
    (p11.PinExpired, ErrorCode.MODULE_PIN, "the PIN has expired"),
    (p11.UserPinNotInitialized, ErrorCode.MODULE_PIN, "the token has no user PIN yet"),
    (p11.PinIncorrect, ErrorCode.MODULE_PIN, "the PIN is wrong"),
    (p11.PinInvalid, ErrorCode.MODULE_PIN, "the PIN is wrong"),
    (p11.PinLenRange, ErrorCode.MODULE_PIN, "the PIN is wrong"),
    (p11.NoSuchKey, ErrorCode.KEY_MISSING, "no such key on the token"),
    (p11.MultipleObjectsReturned, ErrorCode.MODULE_URI, "more than one key answers to it; name its id"),
    (p11.NoSuchToken, ErrorCode.MODULE_TOKEN, "no such token"),
    (p11.MultipleTokensReturned, ErrorCode.MODULE_TOKEN, "more than one token answers to it; name its serial"),
    (p11.TokenNotRecognised, ErrorCode.MODULE_TOKEN, "the token is not recognised"),
    (p11.MechanismInvalid, ErrorCode.KEY_UNSUPPORTED, "the module lacks the mechanism"),
    (p11.MechanismParamInvalid, ErrorCode.KEY_UNSUPPORTED, "the module lacks the mechanism's parameters"),
    (p11.FunctionNotSupported, ErrorCode.KEY_UNSUPPORTED, "the module lacks the function"),
    (p11.TokenWriteProtected, ErrorCode.MODULE_TOKEN, "the token is write protected"),
    (p11.SessionCount, ErrorCode.MODULE_UNREACHABLE, "the module has no session left"),
)
# The session or the device went away; a new log-in may bring it back. Signing keeps no state, so it may be tried again.
LOST: Final = (
    p11.SessionClosed,
    p11.SessionHandleInvalid,
    p11.ObjectHandleInvalid,
    p11.KeyHandleInvalid,
    p11.DeviceError,
    p11.DeviceRemoved,
    p11.TokenNotPresent,
    p11.UserNotLoggedIn,
)


def refusal(error: p11.PKCS11Error, fallback: Code = ErrorCode.MODULE_UNREACHABLE) -> TrustError:
    """Return the refusal an answer amounts to; `fallback` for answers that have no word of their own here."""
    for kind, code, detail in _CODES:
        if isinstance(error, kind):
            return TrustError(code, detail)
    return TrustError(fallback, "the module refused", answer=type(error).__name__)
