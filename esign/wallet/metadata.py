"""What wallets learn by themselves: the issuer (OpenID4VCI 1.0 12.2), and the authorization server it is for codes of offers (RFC 8414)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from esign.credential.type_making import CHINESE
from trustkit.web.requires import PROOF_ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

PRE_AUTHORIZED: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
AUTHORIZATION_CODE: Final = "authorization_code"
OPENID_CREDENTIAL: Final = "openid_credential"
TOKEN: Final = "/token"  # noqa: S105 - a path
NONCE: Final = "/nonce"
CREDENTIAL: Final = "/credential"
NOTIFICATION: Final = "/notification"
_ISSUER: Final = "/.well-known/openid-credential-issuer"
_SERVER: Final = "/.well-known/oauth-authorization-server"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletAddresses:
    """Where the issuer is reached: `issuer` is its identifier, an address whose path all others begin with; `provider` is whom holders sign in at."""

    issuer: str
    provider: str = ""
    path: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", urlsplit(self.issuer).path)

    @property
    def issuer_metadata(self) -> str:
        """The path of the issuer's metadata (12.2.2: between host and path)."""
        return f"{_ISSUER}{self.path}"

    @property
    def server_metadata(self) -> str:
        """The path of the authorization server's metadata (RFC 8414 3.1)."""
        return f"{_SERVER}{self.path}"

    def url(self, place: str) -> str:
        """Return the address of an endpoint."""
        return f"{self.issuer}{place}"


def issuer_metadata(
    addresses: WalletAddresses, name: str, configurations: Mapping[str, Mapping[str, JsonValue]]
) -> dict[str, JsonValue]:
    """Return the issuer's metadata. Nothing is deferred, encrypted beyond TLS, or issued in batches, and so none of it is named."""
    servers: dict[str, JsonValue] = (
        {"authorization_servers": [addresses.issuer, addresses.provider]} if addresses.provider else {}
    )
    return {
        "credential_issuer": addresses.issuer,
        **servers,
        "credential_endpoint": addresses.url(CREDENTIAL),
        "nonce_endpoint": addresses.url(NONCE),
        "notification_endpoint": addresses.url(NOTIFICATION),
        "display": [{"name": name, "locale": CHINESE}],
        "credential_configurations_supported": {key: dict(value) for key, value in configurations.items()},
    }


def server_metadata(addresses: WalletAddresses) -> dict[str, JsonValue]:
    """Return the authorization server's metadata. `response_types_supported` is empty: codes are an official's to give (12.3)."""
    return {
        "issuer": addresses.issuer,
        "token_endpoint": addresses.url(TOKEN),
        "response_types_supported": [],
        "grant_types_supported": [PRE_AUTHORIZED],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
        "authorization_details_types_supported": [OPENID_CREDENTIAL],
        "dpop_signing_alg_values_supported": [*sorted(each.value for each in PROOF_ALGORITHMS)],
    }
