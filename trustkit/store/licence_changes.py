"""What is done to issued licences: the licence moves and a row of its history is added, in one transaction.

    licence_changes.add(uow, row, LicenceChange(act="suspend", before=row.state_at(now), state=LicenceState.SUSPENDED, …))

The row that was looked at stands in the condition, so of two acts at once one is refused. An act may take force later than it is
recorded: until then the licence is what it was before (`LicenceRow.state_at`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.licence_schema import licence_changes as _table
from trustkit.store.licences import NEVER_ISSUED, REASON_LIMIT, LicenceRow, LicenceState
from trustkit.store.schema import licences as _licences

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

BASIS_LIMIT: Final = 512
ENDED: Final = frozenset(
    {LicenceState.SUPERSEDED, LicenceState.LOST, LicenceState.REVOKED, LicenceState.CANCELLED}
)  # nothing leads out of these
_INSERT: Final = insert(_table)
_MOVE: Final = update(_licences).where(
    _licences.c.identifier == bindparam("key"),
    _licences.c.state == bindparam("seen"),
    _licences.c.changes == bindparam("counted"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceChange:
    """One act on a licence. `before` is the state it was done in; `other` the version that came of it, for a change."""

    act: str
    before: LicenceState
    state: LicenceState
    reason: str
    basis: str
    effective_at: datetime
    recorded_at: datetime
    actor: str
    other: str | None = None
    ordinal: int = 0  # its place in the history, from 1; `add` gives it


def add(uow: UnitOfWork, row: LicenceRow, change: LicenceChange) -> None:
    """Move a licence that is still as `row` has it, and write the act into its history.

    Raises:
        TrustError: STORE_CONFLICT when somebody else did something to it meanwhile, or it was never issued; INPUT_TOO_LARGE.
    """
    if row.state in NEVER_ISSUED:
        raise TrustError(ErrorCode.STORE_CONFLICT, "the licence was never issued", found=row.state.value)
    ordinal, ahead = row.changes + 1, change.effective_at > change.recorded_at
    values: dict[str, object] = {
        "state": change.state.value,
        "state_before": change.before.value if ahead else None,
        "state_since": change.effective_at if ahead else None,
        "changes": ordinal,
    }
    if (
        change.state in ENDED and change.before is not change.state
    ):  # a lost one that is issued anew stays lost since then
        values |= {
            "revoked_at": change.effective_at,
            "reason": bounded_text("reason", change.reason, REASON_LIMIT),
        }
    if not uow.act(_MOVE, {"key": row.identifier, "seen": row.state.value, "counted": row.changes, **values}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "somebody else did something to the licence meanwhile")
    uow.write(
        _INSERT,
        {
            "identifier": row.identifier,
            "ordinal": ordinal,
            "act": change.act,
            "before": change.before.value,
            "state": change.state.value,
            "reason": bounded_text("reason", change.reason, REASON_LIMIT),
            "basis": bounded_text("basis", change.basis, BASIS_LIMIT),
            "effective_at": change.effective_at,
            "recorded_at": change.recorded_at,
            "actor": change.actor,
            "other": change.other,
        },
    )


def list_changes(unit: ReadUnit, identifier: str) -> tuple[LicenceChange, ...]:
    """List what was done to a licence, in the order it was recorded: the last PAGE_LIMIT acts."""
    query = select(_table).where(_table.c.identifier == identifier).order_by(_table.c.ordinal.desc()).limit(PAGE_LIMIT)
    return tuple(_change(row) for row in reversed(unit.fetch_all(query)))


def _change(row: Fields) -> LicenceChange:
    known = {key: value for key, value in row.items() if key != "identifier"}
    return LicenceChange(**{**known, "before": LicenceState(row["before"]), "state": LicenceState(row["state"])})
