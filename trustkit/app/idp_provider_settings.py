"""Settings of the OpenID provider in ``[idp]``: what it offers clients, how long things are good for, how often it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from idp.op.rules import CertificateSource, ProviderRules
from trustkit.errors import ErrorCode, TrustError

# The most of each, and the most in production: tokens nobody can take back from who keeps them are short-lived (RFC 9700 4.12 and 2.2).
_BOUNDS: Final = {
    "access_minutes": (1440, 60),
    "code_seconds": (600, 120),  # RFC 6749 4.1.2: ten minutes at the most
    "refresh_hours": (720, 72),
    "grant_hours": (720, 72),
    "offline_days": (365, 90),
    "client_per_minute": (1_000_000, 1_000_000),
    "login_per_minute": (1_000_000, 6000),
    "failures_per_minute": (1_000_000, 600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """The part of ``[idp]`` that is the provider's."""

    client_registration: bool = False  # clients register themselves, with a token of `trustkit idp client invite`
    dpop_nonce: bool = False  # proofs of keys carry a nonce of ours (RFC 9449 8)
    client_certificates: str = (
        ""  # "proxy": trusted_proxies tell them (Client-Cert, RFC 9440); else TLS of its own does
    )
    tls_base_url: str = ""  # where client certificates are asked for, when it is elsewhere than base_url (RFC 8705 5)
    access_minutes: int = 10  # an access token and an ID token
    code_seconds: int = 60  # an authorization code
    refresh_hours: int = 8  # a refresh token that is not used
    grant_hours: int = 12  # all that came of one sign-in
    offline_days: int = 30  # the same with offline_access
    client_per_minute: int = 30_000  # requests of one client that proved itself
    login_per_minute: int = 600  # logins, authorizations and requests of public clients, of one address each
    failures_per_minute: int = 60  # of one address in the name of one client, and ten times as many in all names

    def certificate_source(self, *, tls: bool) -> CertificateSource:
        """Return who tells of the certificates clients show."""
        if self.client_certificates:
            return CertificateSource.PROXY
        return CertificateSource.TLS if tls else CertificateSource.NONE

    def provider_rules(self, issuer: str, *, tls: bool) -> ProviderRules:
        """Return the rules of the provider."""
        return ProviderRules(
            issuer=issuer,
            tls_issuer=self.tls_base_url.rstrip("/"),
            access=timedelta(minutes=self.access_minutes),
            id_token=timedelta(minutes=self.access_minutes),
            code=timedelta(seconds=self.code_seconds),
            refresh=timedelta(hours=self.refresh_hours),
            grant=timedelta(hours=self.grant_hours),
            offline=timedelta(days=self.offline_days),
            proof_nonce=self.dpop_nonce,
            registration=self.client_registration,
            certificates=self.certificate_source(tls=tls),
        )

    def require_fit_provider(self, *, tls: bool, proxies: bool) -> None:
        """Raise SETTINGS_MALFORMED for times and rates beyond all bounds, and for certificates nobody can tell."""
        for name, (most, _) in _BOUNDS.items():
            if getattr(self, name) > most:
                raise _malformed(name, f"at most {most}")
        if self.refresh_hours > self.grant_hours:
            raise _malformed("refresh_hours", "no longer than grant_hours")
        if self.client_certificates not in {"", CertificateSource.PROXY.value}:
            raise _malformed("client_certificates", "empty or proxy")
        if self.client_certificates and not proxies:
            raise _malformed("client_certificates", "told by trusted_proxies, of which there are none")
        if not self.tls_base_url:
            return
        url = urlsplit(self.tls_base_url)
        if url.scheme != "https" or not url.hostname or url.query or url.fragment or "@" in url.netloc:
            raise _malformed("tls_base_url", "https://host[:port]")
        if self.certificate_source(tls=tls) is CertificateSource.NONE:
            raise _malformed("tls_base_url", "of use where client certificates are seen: by TLS of its own or a proxy")

    def require_secure_provider(self) -> None:
        """Raise SETTINGS_INSECURE for times and rates that are good for trials alone."""
        for name, (_, most) in _BOUNDS.items():
            if getattr(self, name) > most:
                told = f"[idp] {name} is at most {most} in production"
                raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key=f"idp.{name}")


def _malformed(name: str, told: str) -> TrustError:
    return TrustError(ErrorCode.SETTINGS_MALFORMED, f"[idp] {name} is {told}", key=f"idp.{name}")
