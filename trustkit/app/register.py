"""The register as lists and look-ups: what was issued, what became of it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ca.list_publication import untold_among
from ca.revocation import find_issued
from esign.licence import issuance
from esign.licence.lifecycle import LicenceAct
from trustkit.app.certificate_rows import AuthorityLine, CertificateDetail
from trustkit.app.keys import KeyName
from trustkit.app.licence_lines import LicenceDetail, LicenceLine
from trustkit.app.rows import CertificateLine
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import authorities, certificates, licence_changes, licences
from trustkit.store.certificates import CertificateState, Standing
from trustkit.store.licence_search import LicenceSearch, list_expired, search
from trustkit.store.licences import NEVER_ISSUED, LicenceState
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from esign.licence.formats import LicenceDocument, LicenceFormat
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit

_LIST_LIMIT: Final = 500
_OF_EACH: Final = frozenset({KeyName.OCSP, KeyName.TIMESTAMP, KeyName.CREDENTIAL, KeyName.CREDENTIAL_STATUS})


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSearch:
    """What a list of certificates is narrowed to; None for anything."""

    subject: str | None = None
    profile: str | None = None
    issuer: str | None = None
    standing: Standing | None = None
    expires_before: datetime | None = None
    limit: int = _LIST_LIMIT


EVERYTHING: Final = CertificateSearch()
ALL_LICENCES: Final = LicenceSearch()


def _newest_of_each_issuer(unit: ReadUnit, name: KeyName) -> tuple[CertificateRow, ...]:
    """Return the newest certificate of a profile, where each authority may have one that of each."""
    limit = _LIST_LIMIT if name in _OF_EACH else 1
    found: dict[str, CertificateRow] = {}
    for row in certificates.search(unit, profile=name.value, state=CertificateState.ISSUED, limit=limit):
        found.setdefault(row.issuer, row)
    return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register of one home."""

    database: Database

    def list_certificates(self, wanted: CertificateSearch = EVERYTHING) -> tuple[CertificateLine, ...]:
        """Return the newest certificates that fit a search, those in use and those lists lag behind marked. Raise USAGE for the limit."""
        with self.database.reading() as unit:
            current = {row.serial for name in KeyName for row in _newest_of_each_issuer(unit, name)}
            current |= {
                row.serial
                for name in authorities.list_all(unit)
                for row in certificates.search(
                    unit, authority=name.name, role="ca", state=CertificateState.ISSUED, limit=1
                )
            }
            rows = certificates.search(
                unit,
                issuer=wanted.issuer,
                profile=wanted.profile,
                subject_holds=wanted.subject,
                standing=wanted.standing,
                expires_before=wanted.expires_before,
                limit=wanted.limit,
            )
            pending = untold_among(unit, [row.serial for row in rows])
        return tuple(
            CertificateLine.of_row(row, current=row.serial in current, pending=row.serial in pending) for row in rows
        )

    def show_certificate(self, serial: str) -> CertificateDetail:
        """Return one issued certificate of the register. Raise CA_SERIAL_MISSING."""
        with self.database.reading() as unit:
            row = find_issued(unit, serial)
        if row is None or row.der is None:
            raise TrustError(ErrorCode.CA_SERIAL_MISSING, "this authority has issued no such certificate")
        return CertificateDetail(row=row, certificate=parse_certificate(row.der))

    def authority_tree(self) -> tuple[AuthorityLine, ...]:
        """Return the authorities, each after the one above it and as deep as it stands."""
        with self.database.reading() as unit:
            rows = authorities.list_all(unit)
            newest = {
                row.name: certificates.search(
                    unit, authority=row.name, role="ca", state=CertificateState.ISSUED, limit=1
                )
                for row in rows
            }
        lines: list[AuthorityLine] = []

        def walk(parent: str | None, depth: int) -> None:
            for row in rows:
                if row.parent == parent and depth < len(rows):
                    found = newest[row.name]
                    lines.append(AuthorityLine(row=row, depth=depth, current=found[0] if found else None))
                    walk(row.name, depth + 1)

        walk(None, 0)
        return tuple(lines)

    def list_licences(
        self, wanted: LicenceSearch = ALL_LICENCES, *, now: datetime, expired: bool = False
    ) -> tuple[LicenceLine, ...]:
        """Return licences that fit a search, the newest first; with `expired` those whose time is over, those that ended last first.

        Raises:
            TrustError: LICENCE_MISSING for an `after` there is not.
        """
        rows: list[LicenceRow] = []
        with self.database.reading() as unit:
            while len(rows) < wanted.limit:
                after = rows[-1].identifier if rows else wanted.after
                asked = replace(wanted, after=after, limit=min(_LIST_LIMIT, wanted.limit - len(rows)))
                try:
                    page = list_expired(unit, asked, at=now) if expired else search(unit, asked)
                except TrustError as error:
                    if error.code is ErrorCode.STORE_ROW_MISSING:
                        raise TrustError(
                            ErrorCode.LICENCE_MISSING, "the page begins after no licence of ours"
                        ) from error
                    raise
                if not page:
                    break
                rows.extend(page)
        return tuple(LicenceLine(licence=row, now=now) for row in rows)

    def show_licence(self, identifier: str, *, now: datetime) -> LicenceDetail:
        """Return a licence with what was done to it and its other versions. Raise LICENCE_MISSING."""
        with self.database.reading() as unit:
            row = licences.find(unit, identifier)
            if row is None:
                raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
            done = licence_changes.list_changes(unit, identifier)
            versions = licences.list_versions(unit, row.line)
        return LicenceDetail(line=LicenceLine(licence=row, now=now), changes=done, versions=versions)

    def licence_document(self, identifier: str, wanted: LicenceFormat | None = None) -> LicenceDocument:
        """Return a document of an issued licence, the first unless a format is wanted. Raise LICENCE_MISSING."""
        with self.database.reading() as unit:
            return issuance.document(unit, identifier, wanted)

    def licence_status(self, identifier: str) -> LicenceRow:
        """Return the register's row of a licence that was issued. Raise LICENCE_MISSING for any other."""
        with self.database.reading() as unit:
            row = licences.find(unit, identifier)
        if row is None or row.state in NEVER_ISSUED:
            raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
        return row

    def act_of_change(self, identifier: str) -> LicenceAct:
        """Return which act issues a further version of a licence: of one that was lost it is another. Raise LICENCE_MISSING."""
        row = self.licence_status(identifier)
        return LicenceAct.REISSUE if row.state is LicenceState.LOST else LicenceAct.CHANGE

    def next_version(self, row: LicenceRow) -> str | None:
        """Return the version that took a licence's place, or None."""
        with self.database.reading() as unit:
            done = licence_changes.list_changes(unit, row.identifier)
        return next((each.other for each in reversed(done) if each.other is not None), None)
