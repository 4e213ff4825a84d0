"""Settings of the holders' door: where it listens, and how surely a person must have signed in to let his licences be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from trustkit.app.proxy_settings import trusted_networks
from trustkit.app.reached_at import ReachedAt
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import acr_demand

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from trustkit.identity import AcrDemand

HOLDER_CLIENT: Final = "trustkit-holder"
RETURN_PATH: Final = "/signed-in"
MOST_MINUTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderSettings(ReachedAt):
    """``[holder]``: the process natural persons let their licences be used at. It holds no key that signs, and takes no passphrase.

    People sign in at this home's identity service: to look as `level` says (names of levels with blanks between, any of which will do), to
    act no more than `minutes` ago besides. `base_url` is what browsers reach it at and, with `/signed-in`, where the identity service sends
    them back to; empty, it is made of host and port. With a certificate and key file it speaks TLS itself.
    """

    host: str = "127.0.0.1"
    port: int = 8445
    base_url: str = ""
    tls_certificate: str = ""  # PEM, the server's certificate first, then its chain
    tls_key: str = ""  # PEM, readable by its owner only
    trusted_proxies: tuple[
        str, ...
    ] = ()  # addresses or networks of those before it, who tell the client's in X-Forwarded-For
    level: str = "urn:trustkit:aal:2"
    minutes: int = 15
    authorities: str = ""  # file of CA certificates the identity service's TLS is trusted under; empty, the machine's
    anonymous_per_minute: int = (
        3000  # requests of one client address; behind one of a mobile network there are many people
    )
    login_per_minute: int = 600  # logins that one address is sent to
    max_body_bytes: int = 16 * 1024
    max_connections: int = 256

    @property
    def max_age(self) -> timedelta:
        """What `minutes` asks for."""
        return timedelta(minutes=self.minutes)

    @property
    def demands(self) -> tuple[AcrDemand, ...]:
        """The levels any of which will do."""
        return tuple(demand for demand in map(acr_demand, self.level.split()) if demand is not None)

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of the proxies before it. Raise SETTINGS_MALFORMED for what is none, or everybody's."""
        return trusted_networks("holder", self.trusted_proxies)

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for proxies and levels that are none, minutes out of bounds, and a base_url with a path."""
        self.proxies()
        if not (self.level.split() and len(self.demands) == len(self.level.split())):
            told = "[holder] level is such as urn:trustkit:aal:2, or several with blanks between"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="holder.level")
        if not 1 <= self.minutes <= MOST_MINUTES:
            told = f"[holder] minutes is 1 to {MOST_MINUTES}"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="holder.minutes")
        if urlsplit(self.url()).path:
            told = "[holder] base_url is an origin without a path: its cookies are bound to that"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="holder.base_url")

    def require_secure(self) -> None:
        """Raise SETTINGS_INSECURE for what production must not have: a door that is not https, and a proxy nobody names."""
        if not self.secure:
            told = "[holder] needs an https base_url or TLS in production"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="holder.base_url")
        if not self.tls and not self.trusted_proxies:
            told = "[holder] without TLS of its own needs trusted_proxies: those who speak it for it"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="holder.trusted_proxies")
