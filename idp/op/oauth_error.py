"""The one place where an error of ours becomes an error of OAuth: its name, its status, and no more than is meant to be told.

Descriptions are our details, which hold no secret; what is our own fault or the machine's is told as such, without detail
(RFC 6749 4.1.2.1 and 5.2; RFC 6750 3.1; RFC 8628 3.5; RFC 8707 2; RFC 9126 2.3; RFC 9449 5; RFC 9470; RFC 7591 3.2.2; CIBA 13).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse

from idp.op.proof import PROOF_ALGORITHMS
from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.web.problem import COME_AGAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

_E: Final = ErrorCode

_I: Final = IdentityCode
NO_STORE: Final[Mapping[str, str]] = MappingProxyType({"Cache-Control": "no-store", "Pragma": "no-cache"})
INVALID_REQUEST: Final = "invalid_request"
OAUTH_ERRORS: Final[Mapping[Code, tuple[str, int]]] = MappingProxyType(
    {
        _E.INPUT_TOO_LARGE: (INVALID_REQUEST, 413),
        _I.OP_BINDING_MESSAGE: ("invalid_binding_message", 400),
        _I.OP_CLIENT_FORM: ("invalid_client_metadata", 400),
        _I.OP_CLIENT_MAY_NOT: ("unauthorized_client", 400),
        _I.OP_CLIENT_REFUSED: ("invalid_client", 401),
        _I.OP_CONSENT_REQUIRED: ("consent_required", 400),
        _I.OP_GRANT_REFUSED: ("invalid_grant", 400),
        _I.OP_GRANT_REUSED: ("invalid_grant", 400),
        _I.OP_GRANT_TYPE: ("unsupported_grant_type", 400),
        _I.OP_INTERACTION_REQUIRED: ("interaction_required", 400),
        _I.OP_LEVEL_UNMET: ("unmet_authentication_requirements", 400),
        _I.OP_LOGIN_REQUIRED: ("login_required", 400),
        _I.OP_LOGOUT: (INVALID_REQUEST, 400),
        _I.OP_POLL_EXPIRED: ("expired_token", 400),
        _I.OP_POLL_PENDING: ("authorization_pending", 400),
        _I.OP_POLL_SLOWER: ("slow_down", 400),
        _I.OP_PROOF: ("invalid_dpop_proof", 400),
        _I.OP_PROOF_NONCE: ("use_dpop_nonce", 400),
        _I.OP_REDIRECT: (INVALID_REQUEST, 400),
        _I.OP_REDIRECT_FORM: ("invalid_redirect_uri", 400),
        _I.OP_REGISTRATION_REFUSED: ("invalid_token", 401),
        _I.OP_REQUEST_DENIED: ("access_denied", 400),
        _I.OP_REQUEST_FORM: (INVALID_REQUEST, 400),
        _I.OP_REQUEST_OBJECT: ("request_not_supported", 400),
        _I.OP_REQUEST_OVER: (INVALID_REQUEST, 400),
        _I.OP_REQUEST_URI: ("invalid_request_uri", 400),
        _I.OP_RESPONSE_TYPE: ("unsupported_response_type", 400),
        _I.OP_SCOPE: ("invalid_scope", 400),
        _I.OP_TARGET: ("invalid_target", 400),
        _I.OP_TOKEN: ("invalid_token", 401),
        _I.OP_TOKEN_SCOPE: ("insufficient_scope", 403),
        _I.OP_USER_CODE: (INVALID_REQUEST, 404),
        _E.REQUEST_METHOD: (INVALID_REQUEST, 405),
        _E.REQUEST_RATE: ("temporarily_unavailable", 429),
        _E.REQUEST_BUSY: ("temporarily_unavailable", 503),
        _E.REQUEST_TYPE: (INVALID_REQUEST, 415),
    }
)
_UNSAYABLE: Final = re.compile(r"[^ !#-\[\]-~]")  # RFC 6749 5.2: what an error_description may not hold
_DPOP: Final = "DPoP"
_CHALLENGES: Final = ("Basic", _DPOP, "Bearer")
_PROOFS: Final = frozenset({_I.OP_PROOF, _I.OP_PROOF_NONCE})


def oauth_error(error: TrustError) -> tuple[str, int, str]:
    """Return the name, the HTTP status and the description of an error; the description is empty where it is not for the client."""
    known = OAUTH_ERRORS.get(error.code)
    if known is not None:
        return (*known, _UNSAYABLE.sub("'", error.detail))
    if error.code.family is Family.MALFORMED:
        return INVALID_REQUEST, 400, ""
    if error.code.family in {Family.UNREACHABLE, Family.RESOURCE}:
        return "temporarily_unavailable", 503, ""
    return "server_error", 500, ""


def oauth_problem(error: TrustError, *, challenge: str = "", headers: Mapping[str, str] = NO_STORE) -> JSONResponse:
    """Return the answer of an error. `challenge` is the scheme a 401 asks for (RFC 9110 11.6.1): Basic, DPoP or Bearer.

    DPoP is the challenge of a protected resource, where a proof that is not good, or lacks the nonce, is told so (RFC 9449 7.1 and 9).
    """
    name, status, told = oauth_error(error)
    if challenge == _DPOP and error.code in _PROOFS:
        status = 401
    content = {"error": name, "error_description": told} if told else {"error": name}
    more = dict(headers)
    if status in {401, 403} and challenge in _CHALLENGES:
        extra = "" if challenge == "Basic" else f', error="{name}"'
        algorithms = f', algs="{" ".join(PROOF_ALGORITHMS)}"' if challenge == _DPOP else ""
        more["WWW-Authenticate"] = f'{challenge} realm="trustkit"{extra}{algorithms}'
    if error.code in COME_AGAIN:
        more["Retry-After"] = str(error.facts.get("retry_after", 1))
    return JSONResponse(content, status_code=status, headers=more)
