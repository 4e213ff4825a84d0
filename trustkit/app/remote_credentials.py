"""The credentials of remote signing at one home: its seal, by the certificate that is current."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.csc.api import ServiceInfo, csc_router
from ca.csc.credentials import VALID, SigningCredential
from ca.csc.signing import RemoteSigning
from trustkit.app.algorithms import algorithm_policy
from trustkit.app.keys import KeyName
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.custody.policed import policed
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from fastapi import APIRouter

    from ca.clients import ClientRegistry
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.custody.port import DigestSigner
    from trustkit.store.certificates import CertificateRow
    from trustkit.x509.certificate import Certificate

CREDENTIALS: Final = (KeyName.SEAL,)  # keys whose certificates are for documents


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeCredentials:
    """`ca.csc.credentials.Credentials` over a home."""

    home: Authority
    keys: Keys

    def identifiers(self) -> tuple[str, ...]:
        """See `Credentials.identifiers`: names of keys, which stay when a certificate is renewed."""
        return tuple(each.value for each in CREDENTIALS)

    def find(self, identifier: str) -> SigningCredential:
        """See `Credentials.find`."""
        if identifier not in self.identifiers():
            raise TrustError(ErrorCode.CA_CREDENTIAL_MISSING, "Invalid parameter credentialID")
        row, certificate = self.home.newest(KeyName(identifier))
        return SigningCredential(
            identifier=identifier,
            certificate=certificate,
            chain=self.home.authorities.above(certificate),
            status=self._status(row, certificate),
        )

    def signer(self, credential: SigningCredential) -> DigestSigner:
        """See `Credentials.signer`."""
        rules = algorithm_policy(self.home.settings.home)
        signer = self.keys.signer(credential.identifier, credential.certificate)
        return policed(signer, rules, AlgorithmUse.SIGNATURE, self.home.clock)

    def _status(self, row: CertificateRow, certificate: Certificate) -> str:
        if row.revoked_at is not None:
            return row.standing  # revoked or suspended
        return VALID if certificate.not_before <= self.home.clock.now() <= certificate.not_after else "expired"


def remote_signing_router(home: Authority, keys: Keys, registry: ClientRegistry) -> APIRouter:
    """Return the routes of remote signing at a home, as its settings bound it."""
    settings = home.settings.csc
    signing = RemoteSigning(
        database=home.database,
        clock=home.clock,
        credentials=HomeCredentials(home=home, keys=keys),
        limiter=RateLimiter(settings.signatures_per_minute, home.clock),
        lifetime=timedelta(seconds=settings.sad_seconds),
        most=settings.max_hashes,
    )
    about = ServiceInfo(name=home.settings.authority.name, logo=settings.logo, region=settings.region)
    return csc_router(registry, signing, about)
