"""Settings of the sharing service: where it listens, whose tokens it takes, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from trustkit.app.reached_at import ReachedAt
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import acr_demand

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingSettings(ReachedAt):
    """``[sharing]``: the process organisations ask for copies at. It holds the keys that seal licences. With a certificate and key file it speaks TLS.

    Who lets his organisation's licences be used over it has to have signed in as `authorise_level` says (names of levels with blanks between,
    any of which will do), no more than `authorise_minutes` ago.

    `issuer` is the identity provider whose access tokens are taken, `resource` what they must be for, by default the service's own URL; `authorities`
    a file of CA certificates its TLS is trusted under. `base_url`, empty, is made of host and port.
    """

    host: str = "127.0.0.1"
    port: int = 8444
    base_url: str = ""
    tls_certificate: str = ""  # PEM, the server's certificate first, then its chain
    tls_key: str = ""  # PEM, readable by its owner only
    issuer: str = ""
    resource: str = ""
    authorities: str = ""
    authorise_level: str = "urn:trustkit:aal:2"
    authorise_minutes: int = 15
    anonymous_per_minute: int = 600  # requests of one client address
    max_body_bytes: int = 16 * 1024
    max_connections: int = 128
    webhook_bases: tuple[str, ...] = ()  # beginnings of URLs whose addresses may be private
    webhook_authorities: str = (
        ""  # file of the CA certificates endpoints' TLS is trusted under; the machine's when empty
    )

    @property
    def max_age(self) -> timedelta:
        """What `authorise_minutes` asks for."""
        return timedelta(minutes=self.authorise_minutes)

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for a level that is none, or no minutes."""
        names = self.authorise_level.split()
        if not (names and all(map(acr_demand, names))):
            told = "[sharing] authorise_level is such as urn:trustkit:aal:2, or several with blanks between"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="sharing.authorise_level")
        if not 1 <= self.authorise_minutes <= MOST_MINUTES:
            told = f"[sharing] authorise_minutes is 1 to {MOST_MINUTES}"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="sharing.authorise_minutes")

    def require_webhooks(self, *, production: bool, is_loopback: Callable[[str], bool]) -> None:
        """Raise SETTINGS_MALFORMED for a base that is none; SETTINGS_INSECURE for one of http in production, or beyond this machine."""
        for base in self.webhook_bases:
            parts = urlsplit(base)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                told = "[sharing] webhook_bases are such as https://hooks.example.gov.cn/"
                raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="sharing.webhook_bases")
            if parts.scheme == "http" and (production or not is_loopback(parts.hostname)):
                told = "[sharing] webhook_bases of http are for trials on this machine"
                raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="sharing.webhook_bases")

    def require_issuer(self) -> None:
        """Raise SETTINGS_MALFORMED without an issuer: whoever asks has to show whose he is."""
        if not self.issuer:
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, "[sharing] needs an issuer of tokens", key="sharing.issuer")
