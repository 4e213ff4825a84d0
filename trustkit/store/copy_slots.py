"""What the slots of copies say: what was done to the copy alone, and whatever its licence is at the moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, case, func, select

from trustkit.store.copy_schema import licence_copies as _table
from trustkit.store.licence_copies import CopyState
from trustkit.store.licences import LicenceState
from trustkit.store.schema import licences as _licences

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit

_JOINED: Final = _table.join(_licences, _licences.c.identifier == _table.c.identifier)
_OWN: Final = {CopyState.REVOKED.value: LicenceState.REVOKED, CopyState.ABANDONED.value: LicenceState.ABANDONED}
_LICENCES: Final = {each.value: each for each in LicenceState}


def states(unit: ReadUnit, uri: str, *, at: datetime) -> tuple[tuple[int, LicenceState], ...]:
    """List (slot, state at a moment) for every slot of a list that a copy has."""
    ahead = and_(_licences.c.state_since.is_not(None), _licences.c.state_since > at)
    licence = case((ahead, _licences.c.state_before), else_=_licences.c.state).label("licence")
    query = select(_table.c.status_index, _table.c.state, licence).select_from(_JOINED)
    rows = unit.fetch_tuples(query.where(_table.c.status_list == uri))
    return tuple((index, _OWN.get(own) or _LICENCES[licence]) for index, own, licence in rows)


def count(unit: ReadUnit, uri: str) -> int:
    """Return how many slots of a list copies have."""
    query = select(func.count()).select_from(_table).where(_table.c.status_list == uri)
    return int(unit.fetch_value(query) or 0)


def next_change(unit: ReadUnit, uri: str, *, after: datetime) -> datetime | None:
    """Return when next an act on a licence with a copy in the list takes force that was recorded ahead of its time, or None."""
    ahead = (_table.c.status_list == uri, _licences.c.state_since > after)
    found = unit.fetch_value(select(func.min(_licences.c.state_since)).select_from(_JOINED).where(*ahead))
    return found if isinstance(found, datetime) else None
