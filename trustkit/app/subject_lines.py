"""Mandates and administrators as ``trustkit idp mandate list`` and ``role list`` show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.rows import time_text

if TYPE_CHECKING:
    from trustkit.store.administrators import AdministratorRow
    from trustkit.store.mandates import MandateRow

MANDATE_COLUMNS: Final = ("mandate", "person", "organisation", "name", "role", "matters", "from", "until", "state")
OFFICE_COLUMNS: Final = ("office", "person", "since", "by")


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateLine:
    """One mandate, judged at `now` by itself; what it was given under is judged when it is used."""

    mandate: MandateRow
    now: datetime

    @property
    def state(self) -> str:
        """``live``, ``not-yet``, ``expired``, or ``ended`` with the reason."""
        row = self.mandate
        if row.ended_at is not None:
            return f"ended: {row.reason}"
        if self.now < row.valid_from:
            return "not-yet"
        return "live" if row.valid_until is None or self.now < row.valid_until else "expired"

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.mandate
        return {
            "mandate": row.id,
            "person": row.person,
            "uscc": row.uscc,
            "name": row.name,
            "role": row.role.value,
            "scope": list(row.scope),
            "valid_from": time_text(row.valid_from),
            "valid_until": time_text(row.valid_until) or None,
            "evidence_sm3": row.evidence_sm3,
            "source": row.source or None,
            "under": row.under,
            "ended_at": time_text(row.ended_at) or None,
            "state": self.state,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of a table."""
        row = self.mandate
        times = (time_text(row.valid_from), time_text(row.valid_until))
        return (row.id, row.person, row.uscc, row.name, row.role.value, " ".join(row.scope), *times, self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLine:
    """Somebody in an office."""

    administrator: AdministratorRow

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.administrator
        return {
            "office": row.office.value,
            "person": row.person,
            "since": time_text(row.assigned_at),
            "by": row.assigned_by,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of a table."""
        row = self.administrator
        return (row.office.value, row.person, time_text(row.assigned_at), row.assigned_by)
