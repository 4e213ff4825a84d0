"""Settings of the service wallets fetch licences at: where it listens, with which TLS certificate, and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trustkit.app.proxy_settings import trusted_networks
from trustkit.app.reached_at import ReachedAt
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import acr_demand

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletSettings(ReachedAt):
    """``[wallet]``: the process that issues licences to wallets (OpenID4VCI). With a certificate and key file it speaks TLS itself.

    `base_url` is the credential issuer's identifier, which wallets make their proofs for; empty, it is made of host and port.
    `beside_serve` starts the process together with ``trustkit serve`` when that is given a passphrase. With `bound_tokens` a wallet has to
    prove a key for its access token (DPoP); without, it may.

    With `sign_in` wallets fetch what their holders sign in for, too, at this home's identity service; `sign_in_level` asks for people who are
    known and signed in so surely: names of levels with blanks between, any of which will do.
    """

    host: str = "127.0.0.1"
    port: int = 8443
    base_url: str = ""
    tls_certificate: str = ""  # PEM, the server's certificate first, then its chain
    tls_key: str = ""  # PEM, readable by its owner only
    trusted_proxies: tuple[
        str, ...
    ] = ()  # addresses or networks of those before it, who tell the client's in X-Forwarded-For
    beside_serve: bool = False
    bound_tokens: bool = False
    sign_in: bool = False
    sign_in_level: str = "urn:trustkit:aal:2"
    sign_in_authorities: str = (
        ""  # file of CA certificates the identity service's TLS is trusted under; empty, the machine's
    )
    anonymous_per_minute: int = 600  # requests of one client address; a wallet that fetches a licence makes five or six
    max_body_bytes: int = 64 * 1024
    max_connections: int = 256

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of the proxies before it. Raise SETTINGS_MALFORMED for what is none, or everybody's."""
        return trusted_networks("wallet", self.trusted_proxies)

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for proxies and levels that are none, and a base_url whose path is none of plain names."""
        self.proxies()
        names = self.sign_in_level.split()
        if not (names and all(map(acr_demand, names))):
            told = "[wallet] sign_in_level is such as urn:trustkit:aal:2, or several with blanks between"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="wallet.sign_in_level")
        if any(each in urlsplit(self.url()).path for each in "{}%"):
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, "[wallet] base_url has a plain path", key="wallet.base_url")

    def require_secure(self) -> None:
        """Raise SETTINGS_INSECURE for what production must not have: an issuer that is not https, and a proxy nobody names."""
        if not self.url().startswith("https://"):
            told = "[wallet] needs an https base_url or TLS in production"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="wallet.base_url")
        if not self.tls and not self.trusted_proxies:
            told = "[wallet] without TLS of its own needs trusted_proxies: those who speak it for it"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="wallet.trusted_proxies")
