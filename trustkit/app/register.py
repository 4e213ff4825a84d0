"""The register as lists and look-ups: what was issued, what became of it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence import issuance
from trustkit.app.keys import KeyName
from trustkit.app.rows import CertificateLine, LicenceLine
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, crls, licences
from trustkit.store.certificates import CertificateState
from trustkit.store.licences import LicenceRow, LicenceState

if TYPE_CHECKING:
    from trustkit.store.database import Database

_LIST_LIMIT: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register of one home."""

    database: Database

    def list_certificates(self) -> tuple[CertificateLine, ...]:
        """Return the newest certificates of the register, those in use marked."""
        with self.database.reading() as unit:
            newest = (
                certificates.search(unit, profile=name.value, state=CertificateState.ISSUED, limit=1)
                for name in KeyName
            )
            current = {row.serial for found in newest for row in found}
            rows = certificates.search(unit, limit=_LIST_LIMIT)
        return tuple(CertificateLine.of_row(row, current=row.serial in current) for row in rows)

    def list_licences(self, *, limit: int) -> tuple[LicenceLine, ...]:
        """Return the newest licences of the register."""
        rows: list[LicenceRow] = []
        with self.database.reading() as unit:
            while len(rows) < limit:
                after = rows[-1].identifier if rows else None
                page = licences.search(unit, after=after, limit=min(_LIST_LIMIT, limit - len(rows)))
                if not page:
                    break
                rows.extend(page)
        return tuple(LicenceLine(licence=row) for row in rows)

    def licence_document(self, identifier: str) -> bytes:
        """Return the PDF of an issued licence. Raise LICENCE_MISSING."""
        with self.database.reading() as unit:
            return issuance.document(unit, identifier)

    def licence_status(self, identifier: str) -> LicenceRow:
        """Return the register's row of an issued or revoked licence. Raise LICENCE_MISSING for any other."""
        with self.database.reading() as unit:
            row = licences.find(unit, identifier)
        if row is None or row.state not in {LicenceState.ISSUED, LicenceState.REVOKED}:
            raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
        return row

    def check_store(self) -> None:
        """Raise STORE_UNREACHABLE unless the store answers."""
        with self.database.reading() as unit:
            crls.find_head(unit, "root")
