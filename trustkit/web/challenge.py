"""What a refusal asks of the client in WWW-Authenticate: RFC 6750 3, RFC 9449 7.1 (DPoP), RFC 9470 3 (step-up).

The facts of the error say what is missing: `scheme`, `scope`, `acr_values`, `max_age`. Every value is quoted; they come from
configuration and code, never from the request.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.error_family import Code
    from trustkit.errors import TrustError

# Only ASCII stands in a header field (RFC 6750 3): the sentences for people are in the body, in their language.
_ERRORS: Final[Mapping[Code, tuple[str, str]]] = MappingProxyType(
    {
        ErrorCode.TOKEN_MISSING: ("", ""),
        ErrorCode.TOKEN_REFUSED: (
            "invalid_token",
            "The access token is expired, revoked, malformed or not for this API",
        ),
        ErrorCode.TOKEN_FORM: ("invalid_request", "One token, in one Authorization header"),
        ErrorCode.TOKEN_SCOPE: ("insufficient_scope", "The access token does not include the permission"),
        ErrorCode.TOKEN_LEVEL: (
            "insufficient_user_authentication",
            "A more surely known or more recent login is needed",
        ),
        ErrorCode.TOKEN_PROOF: ("invalid_dpop_proof", "The DPoP proof is not one for this request and token"),
    }
)
_PARAMETERS: Final = ("scope", "acr_values", "max_age", "algs")


def challenge_of(error: TrustError) -> str | None:
    """Return the value of WWW-Authenticate for a refusal of a token, None for any other error."""
    told = _ERRORS.get(error.code)
    if told is None:
        return None
    name, description = told
    members = {"realm": "trustkit"}
    if name:
        members |= {"error": name, "error_description": description}
    members |= {each: str(error.facts[each]) for each in _PARAMETERS if each in error.facts}
    scheme = str(error.facts.get("scheme", "Bearer"))
    return f"{scheme} " + ", ".join(f'{key}="{value}"' for key, value in members.items())
