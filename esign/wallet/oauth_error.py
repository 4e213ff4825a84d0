"""The one place where an error of ours becomes what wallets read: RFC 6749 5.2 at the token endpoint, OpenID4VCI 1.0 8.3.1 and 11.3 at the others."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

from trustkit.credential_codes import CredentialCode
from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.challenge import challenge_of
from trustkit.web.problem import COME_AGAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

_C: Final = CredentialCode
_E: Final = ErrorCode
NO_STORE: Final[Mapping[str, str]] = MappingProxyType({"Cache-Control": "no-store"})
DENIED: Final = "credential_request_denied"
INVALID_PROOF: Final = "invalid_proof"
_ANYWHERE: Final[Mapping[Code, tuple[str, int]]] = MappingProxyType(
    {
        _E.INPUT_TOO_LARGE: ("invalid_request", 413),
        _E.REQUEST_BUSY: ("temporarily_unavailable", 503),
        _E.REQUEST_RATE: ("temporarily_unavailable", 429),
        _E.REQUEST_TYPE: ("invalid_request", 415),
        _E.TOKEN_FORM: ("invalid_request", 400),
        _E.TOKEN_LEVEL: ("insufficient_user_authentication", 401),
        _E.TOKEN_MISSING: ("invalid_token", 401),
        _E.TOKEN_PROOF: ("invalid_dpop_proof", 401),
        _E.TOKEN_REFUSED: ("invalid_token", 401),
        _E.TOKEN_SCOPE: ("insufficient_scope", 403),
        _C.WALLET_ACCESS: ("insufficient_scope", 403),
    }
)
AT_TOKEN: Final[Mapping[Code, tuple[str, int]]] = MappingProxyType(
    {
        **_ANYWHERE,
        _E.LICENCE_MISSING: ("invalid_grant", 400),
        _E.LICENCE_STATE: ("invalid_grant", 400),
        _E.TOKEN_PROOF: ("invalid_dpop_proof", 400),  # RFC 9449 5
        _C.OFFER_CODE: ("invalid_grant", 400),
        _C.OFFER_TRANSACTION: ("invalid_grant", 400),
        _C.OFFER_TRANSACTION_FORM: ("invalid_request", 400),
        _C.WALLET_DETAILS: ("invalid_authorization_details", 400),
        _C.WALLET_FORM: ("invalid_request", 400),
        _C.WALLET_GRANT_TYPE: ("unsupported_grant_type", 400),
    }
)
AT_CREDENTIAL: Final[Mapping[Code, tuple[str, int]]] = MappingProxyType(
    {
        **_ANYWHERE,
        _E.ALGORITHM_MISMATCH: (INVALID_PROOF, 400),
        _E.ALGORITHM_UNKNOWN: (INVALID_PROOF, 400),
        _E.LICENCE_MISSING: (DENIED, 400),
        _E.LICENCE_STATE: (DENIED, 400),
        _E.SIGNATURE_MALFORMED: (INVALID_PROOF, 400),
        _E.SIGNATURE_WRONG: (INVALID_PROOF, 400),
        _C.CREDENTIAL_HOLDER_KEY: (INVALID_PROOF, 400),
        _C.PROOF_AUDIENCE: (INVALID_PROOF, 400),
        _C.PROOF_MALFORMED: (INVALID_PROOF, 400),
        _C.PROOF_NONCE: ("invalid_nonce", 400),
        _C.PROOF_TIME: (INVALID_PROOF, 400),
        _C.WALLET_CONFIGURATION: ("unknown_credential_configuration", 400),
        _C.WALLET_ENCRYPTION: ("invalid_encryption_parameters", 400),
        _C.WALLET_FORM: ("invalid_credential_request", 400),
        _C.WALLET_IDENTIFIER: ("unknown_credential_identifier", 400),
        _C.WALLET_HOLDER: (DENIED, 400),
        _C.WALLET_REPEATED: (DENIED, 400),
        _C.WALLET_SEVERAL: (DENIED, 400),
    }
)
AT_NOTIFICATION: Final[Mapping[Code, tuple[str, int]]] = MappingProxyType(
    {
        **_ANYWHERE,
        _C.WALLET_NOTICE: ("invalid_notification_request", 400),
        _C.WALLET_NOTICE_UNKNOWN: ("invalid_notification_id", 400),
    }
)
_UNSAYABLE: Final = re.compile(r"[^ !#-\[\]-~]")  # RFC 6749 5.2: what an error_description may not hold


def wallet_problem(error: TrustError, known: Mapping[Code, tuple[str, int]]) -> JSONResponse:
    """Return the answer of an error at an endpoint; what is our own fault or the machine's is told as such, without detail."""
    if error.code in known:
        name, status = known[error.code]
        told = _UNSAYABLE.sub("'", error.detail)
    else:
        passing = error.code.family in {Family.CONFLICT, Family.UNREACHABLE, Family.RESOURCE}
        name, status, told = ("temporarily_unavailable", 503, "") if passing else ("server_error", 500, "")
    headers = dict(NO_STORE)
    asked = challenge_of(error)
    if status in {401, 403} and asked is not None:
        headers["WWW-Authenticate"] = asked
    elif error.code is _C.WALLET_ACCESS:
        headers["WWW-Authenticate"] = f'Bearer realm="trustkit", error="{name}"'
    if error.code in COME_AGAIN:
        headers["Retry-After"] = str(error.facts.get("retry_after", 1))
    return JSONResponse(
        {"error": name, "error_description": told} if told else {"error": name}, status_code=status, headers=headers
    )
