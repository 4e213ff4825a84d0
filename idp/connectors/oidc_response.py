"""What the browser brings back from an OpenID provider (RFC 6749 4.1.2, RFC 9207): a code of the provider that was asked, or why not."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from idp.connectors.answers import refusal, require_state, text_of, told
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.connectors.oidc_metadata import ProviderMetadata

# RFC 6749 4.1.2.1, Core 3.1.2.6: what the person or the provider decided, what our own settings caused, what may pass.
_OURS: Final = frozenset(
    {
        "invalid_request",
        "invalid_request_uri",
        "invalid_scope",
        "request_not_supported",
        "request_uri_not_supported",
        "unauthorized_client",
        "unmet_authentication_requirements",
        "unsupported_response_type",
    }
)
_PASSING: Final = frozenset({"server_error", "temporarily_unavailable"})


def require_code(kept: Mapping[str, str], answer: Mapping[str, str], metadata: ProviderMetadata) -> str:
    """Return the authorization code.

    The response is of the issuer this login was begun with: by `iss` where the provider names itself, and where one comes unannounced
    (RFC 9207 2.4; mix-up), for errors as well; by the return address, which is each connector's own, in any case.

    Raises:
        TrustError: IDP_UPSTREAM_ANSWER: ``state``, ``issuer``, ``missing``, ``size``; IDP_UPSTREAM_DENIED, IDP_UPSTREAM_REFUSED,
            IDP_UPSTREAM_UNREACHABLE by the provider's error.
    """
    require_state(kept, answer)
    if not hmac.compare_digest(kept.get("issuer", "").encode(), metadata.issuer.encode()):
        raise refusal("this login was begun with another issuer", "issuer")
    given = answer.get("iss", "")
    if (given or metadata.names_itself) and not hmac.compare_digest(given.encode(), metadata.issuer.encode()):
        raise refusal("the response is another issuer's", "issuer")
    if error := answer.get("error", ""):
        raise refusal_of(error, "the browser was sent back")
    return text_of(answer, "code")


def refusal_of(error: object, where: str) -> TrustError:
    """Return what a provider's error means here."""
    word = told(error)
    if word in _PASSING:
        return TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, f"{where}: {word}")
    if word in _OURS or word == "invalid_client":
        return TrustError(IdentityCode.IDP_UPSTREAM_REFUSED, f"{where}: {word}")
    if word == "invalid_grant":  # a code that was used, is out of date, or was given to somebody else
        return refusal(f"{where}: {word}", "code")
    return TrustError(IdentityCode.IDP_UPSTREAM_DENIED, f"{where}: {word}")
