"""What holds for every client of one provider: its name, its addresses, and how long things are good for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final

# `profile` is not among them: the home keeps nobody's name, so it would open nothing.
SCOPES: Final = ("openid", "offline_access")


@unique
class CertificateSource(StrEnum):
    """Who tells which certificate a client showed (RFC 8705): nobody, TLS of this process, or a proxy of ours (RFC 9440)."""

    NONE = "none"
    TLS = "tls"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRules:
    """The provider's rules.

    Attributes:
        issuer: its name (`iss`) and the beginning of its addresses: https, or http on this machine, without a slash at its end.
        tls_issuer: the beginning of the addresses where client certificates are seen (RFC 8705 5), when it is another one.
        access, refresh, grant: how long an access token, an unused refresh token and all that came of one sign-in are good.
        code: from the person's agreement to the client's redemption; `pushed` from the push to the browser.
        request: how long a person may take to sign in and agree.
        skew: by how much a client's clock may differ.
        proof_nonce: DPoP proofs must carry a nonce of ours (RFC 9449 8).
        registration: clients may register themselves, with an initial access token.
        certificates: who tells which certificates clients show.
    """

    issuer: str
    tls_issuer: str = ""
    access: timedelta = timedelta(minutes=10)
    id_token: timedelta = timedelta(minutes=10)
    refresh: timedelta = timedelta(hours=8)
    grant: timedelta = timedelta(hours=12)
    offline: timedelta = timedelta(days=30)
    code: timedelta = timedelta(seconds=60)
    pushed: timedelta = timedelta(seconds=90)
    request: timedelta = timedelta(minutes=15)
    device: timedelta = timedelta(minutes=10)
    interval: timedelta = timedelta(seconds=5)
    skew: timedelta = timedelta(seconds=30)
    proof_nonce: bool = False
    registration: bool = False
    certificates: CertificateSource = CertificateSource.NONE

    def url(self, path: str) -> str:
        """Return the address of one of our paths."""
        return f"{self.issuer}{path}"
