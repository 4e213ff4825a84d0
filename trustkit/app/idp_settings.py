"""Settings of the identity service: where it listens, with which TLS certificate, how much it takes, how long sessions live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from idp.sessions import SessionRules
from trustkit.app.idp_provider_settings import ProviderSettings
from trustkit.app.proxy_settings import trusted_networks
from trustkit.app.reached_at import ReachedAt
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import Sm2CurveName

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

MOST_CONNECTORS: Final = 32  # what fits a page somebody chooses from
_LONGEST_SESSION: Final = 24  # hours
_PLAIN: Final = frozenset({("http", "127.0.0.1"), ("http", "::1")})


@dataclass(frozen=True, slots=True, kw_only=True)
class IdpSettings(ReachedAt, ProviderSettings):
    """``[idp]``: the process people sign in at. With a certificate and key file it speaks TLS itself.

    `base_url` is what browsers and clients reach it at, and the issuer in tokens; empty, it is made of host and port.
    `beside_serve` starts the process together with ``trustkit serve`` when that is given a passphrase.
    """

    host: str = "127.0.0.1"
    port: int = 8442
    base_url: str = ""
    tls_certificate: str = ""  # PEM, the server's certificate first, then its chain
    tls_key: str = ""  # PEM, readable by its owner only
    trusted_proxies: tuple[
        str, ...
    ] = ()  # addresses or networks of those before it, who tell the client's in X-Forwarded-For
    beside_serve: bool = False
    anonymous_per_minute: int = 3000  # requests of one client address
    max_body_bytes: int = 64 * 1024  # forms, and requests of clients
    max_connections: int = 512
    session_idle_minutes: int = 30
    session_hours: int = 10
    sm2_curve: str = "sm2p256v1"  # how crv of SM2 keys is spelled at gm_jwks_uri: or SM2-P-256; both are read
    sessions_each: int = 20  # of one person at a time; a further login ends the oldest
    officials_sign_in: bool = False  # before they sign, revoke or issue at a terminal (`trustkit login`)
    official_authentication: int = 2  # how strongly: 2 or 3
    official_minutes: int = 5  # how lately

    breached_passwords: str = (
        ""  # file of SHA-1 digests, sorted, as Have I Been Pwned hands it out; relative to the home
    )
    passkey_makers: str = ""  # PEM, the roots of makers whose passkeys count as hardware; relative to the home
    passkey_hardware: bool = False  # no other passkey is enrolled
    notices_url: str = ""  # the message platform that tells people of changes to what they sign in with
    notices_token: str = ""  # file with its token, readable by its owner only, relative to the home

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of the proxies before it. Raise SETTINGS_MALFORMED for what is none, or everybody's."""
        return trusted_networks("idp", self.trusted_proxies)

    def session_rules(self) -> SessionRules:
        """Return how long sessions live."""
        return SessionRules(
            idle=timedelta(minutes=self.session_idle_minutes),
            absolute=timedelta(hours=self.session_hours),
            most=self.sessions_each,
        )

    def require_secure(self) -> None:
        """Raise SETTINGS_INSECURE for what production must not have.

        That is an issuer which is not https, as its cookies and tokens would go in clear; and a proxy nobody names, as all who come by it
        would be one address: a stranger's tries would count as everybody's.
        """
        if not self.secure:
            told = "[idp] needs an https base_url or TLS in production"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="idp.base_url")
        if not self.tls and not self.trusted_proxies:
            told = "[idp] without TLS of its own needs trusted_proxies: those who speak it for it"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="idp.trusted_proxies")
        self.require_secure_provider()

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for sessions that never end, or are over before they are idle, and words that are none."""
        self.require_fit_provider(tls=self.tls, proxies=bool(self.proxies()))
        if self.session_hours > _LONGEST_SESSION:
            told = f"[idp] session_hours is at most {_LONGEST_SESSION}"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.session_hours")
        if self.sm2_curve not in set(Sm2CurveName):
            told = f"[idp] sm2_curve is {' or '.join(Sm2CurveName)}"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.sm2_curve")
        if self.official_authentication not in {2, 3}:
            told = "[idp] official_authentication is 2 or 3"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.official_authentication")
        if self.passkey_hardware and not self.passkey_makers:
            told = "[idp] passkey_hardware needs passkey_makers"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.passkey_hardware")
        notices = urlsplit(self.notices_url)
        if self.notices_url and notices.scheme != "https" and (notices.scheme, notices.hostname) not in _PLAIN:
            told = "[idp] notices_url is an https address, or http of this machine"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.notices_url")
        if self.session_idle_minutes > 60 * self.session_hours:
            told = "[idp] session_idle_minutes is no longer than the session"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.session_idle_minutes")


def connector_tables(tree: Mapping[str, object]) -> tuple[Mapping[str, object], ...]:
    """Return the tables ``[[idp.connector]]`` as they are; `trustkit.app` reads each by its kind. Raise SETTINGS_MALFORMED."""
    section = tree.get("idp", {})
    found = section.get("connector", []) if isinstance(section, dict) else []
    if not isinstance(found, list) or len(found) > MOST_CONNECTORS or not all(isinstance(each, dict) for each in found):
        told = f"[[idp.connector]] is a list of at most {MOST_CONNECTORS} tables"
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="idp.connector")
    return tuple(found)
