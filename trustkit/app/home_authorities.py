"""The certificate authorities of a home: their current certificates, where they publish, the profiles they issue by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ca.profile import load_profile
from trustkit.app.orders import profile_folder, profile_names, publication_links
from trustkit.app.publications import MOST_RENEWALS, StorePublications
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import authorities, certificates
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from ca.enrolment import PublicationLinks
    from ca.profile_model import CertificateProfile
    from trustkit.app.settings import Settings
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAuthorities:
    """Reads afresh at each call, as `StorePublications` does."""

    settings: Settings
    database: Database

    def certificate(self, name: str) -> Certificate:
        """Return the current certificate of an authority by its name in the register. Raise CA_AUTHORITY_MISSING."""
        found = self.find(name)
        if found is None:
            raise TrustError(ErrorCode.CA_AUTHORITY_MISSING, "no authority of this name", name=name[:64])
        return found

    def in_force(self, name: str, now: datetime) -> Certificate:
        """Return the current certificate of an authority that may issue at a time.

        Raises:
            TrustError: CA_AUTHORITY_MISSING; CA_ENDS_FIRST when it has expired, or was revoked or suspended.
        """
        found = self.certificate(name)
        if now > found.not_after:
            raise TrustError(ErrorCode.CA_ENDS_FIRST, "the issuing authority has expired", part=name)
        self.require_unrevoked(found)
        return found

    def require_unrevoked(self, authority: Certificate) -> None:
        """Raise CA_ENDS_FIRST when an authority's certificate was revoked or suspended."""
        with self.database.reading() as unit:
            row = certificates.find(unit, certificates.serial_text(authority.serial))
        if row is None or row.revoked_at is not None:
            raise TrustError(ErrorCode.CA_ENDS_FIRST, "the issuing authority's certificate is revoked")

    def find(self, name: str) -> Certificate | None:
        """Return the current certificate of an authority, None when there is none."""
        der = StorePublications(database=self.database).ca_certificate(name)
        return None if der is None else parse_certificate(der)

    def issuer_of(self, certificate: Certificate) -> Certificate:
        """Return the authority's certificate that a certificate was issued under, by its key, or the issuing CA's."""
        with self.database.reading() as unit:
            rows = certificates.search(unit, role="ca", state=certificates.CertificateState.ISSUED, limit=1000)
        for row in rows:
            found = parse_certificate(row.der) if row.der is not None else None
            if found is not None and found.subject_key_id == certificate.authority_key_id:
                return found
        return self.certificate("issuing")

    def above(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Return the authorities a certificate stands under, its issuer first, without the root: what a peer is sent."""
        found: list[Certificate] = []
        issuer = self.issuer_of(certificate)
        while issuer.subject_der != issuer.issuer_der and issuer not in found:
            found.append(issuer)
            issuer = self.issuer_of(issuer)
        return tuple(found)

    def profile(self, name: str) -> CertificateProfile:
        """Return a certificate profile of the home, or of the installation where the home is older. Raise CA_PROFILE."""
        return load_profile(profile_folder(self.settings, name), name)

    def profiles(self) -> tuple[CertificateProfile, ...]:
        """Return every certificate profile, the home's before those of the installation. Raise CA_PROFILE."""
        return tuple(self.profile(name) for name in profile_names(self.settings))

    def links(self, ca: str) -> PublicationLinks:
        """Return where what belongs to an authority is published, and how its new certificates are bound to its lists."""
        with self.database.reading() as unit:
            row = authorities.find(unit, ca)
        links = publication_links(self.settings, ca, root=row is not None and row.parent is None)
        if links.ocsp_url is None and self.responder(ca) is not None:
            return replace(links, ocsp_url=f"{self.settings.server.base_url}/v1/ocsp")
        return links

    def of_each_key(self, name: str) -> tuple[Certificate, ...]:
        """Return the newest certificate of each key an authority has had, that of the current key first."""
        with self.database.reading() as unit:
            rows = certificates.search(
                unit, authority=name, role="ca", state=certificates.CertificateState.ISSUED, limit=MOST_RENEWALS
            )
        found: dict[bytes, Certificate] = {}
        for certificate in (parse_certificate(row.der) for row in rows if row.der is not None):
            found.setdefault(certificate.spki, certificate)
        return tuple(found.values())

    def responder(self, ca: str, *, under: Certificate | None = None) -> tuple[CertificateRow, Certificate] | None:
        """Return the newest certificate of an authority's OCSP responder and its row, None when it has none.

        With `under`, that of the responder for the key of this certificate of the authority.
        """
        return self.newest_under(ca, "ocsp", under=under)

    def newest_under(
        self, ca: str, profile: str, *, under: Certificate | None = None
    ) -> tuple[CertificateRow, Certificate] | None:
        """Return the newest certificate an authority issued by a profile and its row; with `under`, by the key of this one."""
        with self.database.reading() as unit:
            rows = certificates.search(
                unit, issuer=ca, profile=profile, state=certificates.CertificateState.ISSUED, limit=MOST_RENEWALS
            )
        for row in rows:
            found = parse_certificate(row.der) if row.der is not None else None
            if found is not None and (under is None or found.authority_key_id == under.subject_key_id):
                return row, found
        return None
