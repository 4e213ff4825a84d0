"""Copies and authorisations as lists and look-ups show them: numbers, purposes, recipients and times, and nothing of a holder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.copies.changes import find_copy
from esign.copies.issuance import IssuedCopy, issued_copy
from esign.licence.lifecycle import Standing, standing_of
from trustkit.app.rows import time_text
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import copy_authorisations, licence_copies, licences
from trustkit.store.licence_copies import CopyState

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.store.database import Database
    from trustkit.store.licence_copies import CopyRow
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit

COPY_COLUMNS: Final = (
    "number",
    "standing",
    "purpose",
    "recipient",
    "from",
    "until",
    "authorisation",
    "ended",
    "reason",
)
AUTHORISATION_COLUMNS: Final = ("number", "standing", "purpose", "recipient", "until", "copies", "recorded", "by")
IN_FORCE: Final = "in-force"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLine:
    """A copy in the register, as it stands at a moment."""

    copy: CopyRow
    authorisation: AuthorisationRow
    licence: LicenceRow
    now: datetime

    @property
    def standing(self) -> str:
        """What it is now: by itself, then by its licence, then by its time."""
        if self.copy.state is not CopyState.ISSUED:
            return self.copy.state.value
        licence = standing_of(self.licence, self.now)
        if licence is not Standing.EFFECTIVE:
            return f"licence-{licence.value}"
        if self.now >= self.copy.valid_until:
            return "expired"
        return "issued" if self.now < self.copy.valid_from else IN_FORCE

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.copy
        return {
            "number": row.number,
            "identifier": row.identifier,
            "authorisation": row.authorisation,
            "purpose": self.authorisation.purpose,
            "recipient": {"uscc": self.authorisation.recipient, "name": self.authorisation.recipient_name},
            "state": row.state.value,
            "standing": self.standing,
            "valid_from": time_text(row.valid_from),
            "valid_until": time_text(row.valid_until),
            "issued_at": time_text(row.issued_at) or None,
            "ended_at": time_text(row.ended_at) or None,
            "reason": row.reason,
            "status_list": {"uri": row.status_list, "idx": row.status_index},
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence copies``."""
        row, allowed = self.copy, self.authorisation
        times = (time_text(row.valid_from), time_text(row.valid_until))
        ended = (time_text(row.ended_at), row.reason or "")
        return (row.number, self.standing, allowed.purpose, allowed.recipient_name, *times, allowed.number, *ended)

    def public(self) -> dict[str, object]:
        """Return what anybody is told who has the number: whether it is in force, and of nothing it is for."""
        row = self.copy
        return {
            "number": row.number,
            "standing": self.standing,
            "as_of": format_rfc3339(self.now),
            "effective_at": format_rfc3339(row.valid_from),
            "expires_at": format_rfc3339(row.valid_until),
            "revoked_at": format_rfc3339(row.ended_at) if row.ended_at else None,
            "status_list": {"uri": row.status_list, "idx": row.status_index},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationLine:
    """An authorisation in the register, as it stands at a moment."""

    authorisation: AuthorisationRow
    now: datetime

    @property
    def standing(self) -> str:
        """What it is now."""
        row = self.authorisation
        if row.withdrawn_at is not None:
            return "withdrawn"
        if self.now >= row.valid_until:
            return "expired"
        return "used-up" if row.copies >= row.most_copies else IN_FORCE

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.authorisation
        return {
            "number": row.number,
            "identifier": row.identifier,
            "purpose": row.purpose,
            "recipient": {"uscc": row.recipient, "name": row.recipient_name},
            "source": row.source.value,
            "evidence_sm3": row.evidence_sm3,
            "standing": self.standing,
            "valid_until": time_text(row.valid_until),
            "copies": row.copies,
            "most_copies": row.most_copies,
            "recorded_at": time_text(row.recorded_at),
            "actor": row.actor,
            "withdrawn_at": time_text(row.withdrawn_at) or None,
            "reason": row.reason,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence authorisations``."""
        row = self.authorisation
        made = f"{row.copies} of {row.most_copies}"
        told = (row.number, self.standing, row.purpose, row.recipient_name, time_text(row.valid_until), made)
        return (*told, time_text(row.recorded_at), row.actor)


def copies_of(database: Database, identifier: str, now: datetime) -> tuple[CopyLine, ...]:
    """Return the copies of a licence, the newest first. Raise LICENCE_MISSING."""
    with database.reading() as unit:
        _require_licence(unit, identifier)
        return tuple(_line(unit, row, now) for row in licence_copies.list_of_licence(unit, identifier))


def authorisations_of(database: Database, identifier: str, now: datetime) -> tuple[AuthorisationLine, ...]:
    """Return the authorisations of a licence, the newest first. Raise LICENCE_MISSING."""
    with database.reading() as unit:
        _require_licence(unit, identifier)
        rows = copy_authorisations.list_of_licence(unit, identifier)
    return tuple(AuthorisationLine(authorisation=row, now=now) for row in rows)


def copy_of_number(database: Database, number: str, now: datetime) -> CopyLine:
    """Return a copy that was made. Raise COPY_MISSING."""
    with database.reading() as unit:
        return _line(unit, find_copy(unit, number), now)


def documents_of_copy(database: Database, number: str) -> IssuedCopy:
    """Return a copy that was made, with its documents. Raise COPY_MISSING."""
    with database.reading() as unit:
        return issued_copy(unit, find_copy(unit, number))


def _line(unit: ReadUnit, row: CopyRow, now: datetime) -> CopyLine:
    return CopyLine(
        copy=row,
        authorisation=copy_authorisations.get(unit, row.authorisation),
        licence=licences.get(unit, row.identifier),
        now=now,
    )


def _require_licence(unit: ReadUnit, identifier: str) -> None:
    if licences.find(unit, identifier) is None:
        raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
