"""One-time passwords by time (RFC 6238): six digits, thirty seconds, HMAC-SHA-1, as every authenticator app has them.

    step = matching_step(secret, parse_code("287 082"), now=now, drift=0, used=last_step)

SHA-1 is what RFC 6238 1.2 sets and what apps know: many ignore the parameter for another. HMAC does not rest on its collisions.
"""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from pyotp import HOTP, TOTP

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from datetime import datetime

SECRET_OCTETS: Final = 20  # RFC 4226 4 R6: at least 16, 20 recommended
DIGITS: Final = 6
PERIOD: Final = 30  # seconds, RFC 6238 5.2
WINDOW: Final = 1  # steps before and behind the one that is expected: RFC 6238 5.2 allows for delay, 6 for drift
MOST_DRIFT: Final = 10  # steps; a clock five minutes off wants mending, not following
_MOST_TYPED: Final = 32
_CODE: Final = re.compile(rf"[0-9]{{{DIGITS}}}")


def parse_code(typed: str) -> str:
    """Return the six digits of what somebody typed; spaces and hyphens between, and full-width digits, are taken.

    Raises:
        TrustError: FACTOR_CODE_FORM.
    """
    text = "" if len(typed) > _MOST_TYPED else re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))
    if _CODE.fullmatch(text) is None:
        raise TrustError(IdentityCode.FACTOR_CODE_FORM, "a one-time password has six digits")
    return text


def step_of(moment: datetime) -> int:
    """Return the time step of a moment (RFC 6238 4.2, T0 = 0)."""
    return int(moment.timestamp()) // PERIOD


def matching_step(secret: bytes, code: str, *, now: datetime, drift: int, used: int) -> int | None:
    """Return the step whose password the code is, within the window around `now` and the known drift, and after `used`.

    All of the window is computed and compared whatever matches, so that time tells nothing.
    """
    passwords = HOTP(base32(secret), digits=DIGITS)
    expected = step_of(now) + drift
    found = None
    for step in range(max(0, expected - WINDOW), expected + WINDOW + 1):
        equal = hmac.compare_digest(passwords.at(step), code)
        if equal and step > used and found is None:
            found = step
    return found


def next_drift(step: int, *, now: datetime) -> int:
    """Return how many steps a clock that showed `step` is off, as far as it is followed."""
    return max(-MOST_DRIFT, min(MOST_DRIFT, step - step_of(now)))


def base32(secret: bytes) -> str:
    """Return a secret as apps take it when it is typed (RFC 4648 6, without padding)."""
    return base64.b32encode(secret).decode().rstrip("=")


def provisioning_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the ``otpauth://`` address that apps read from a QR code."""
    return TOTP(base32(secret), digits=DIGITS, interval=PERIOD).provisioning_uri(name=account, issuer_name=issuer)
