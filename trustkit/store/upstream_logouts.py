"""Logouts a provider told of lately, by a keyed digest of whose they were: what was begun before one counts no more.

upstream_logouts.note(uow, marks, at=now, expires_at=until)
upstream_logouts.told_since(unit, marks, since=begun)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.identity_schema import idp_upstream_logouts as _table
from trustkit.store.inserts import insert_or_replace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_SINCE = (
    select(_table.c.mark)
    .where(_table.c.mark.in_(bindparam("marks", expanding=True)), _table.c.at > bindparam("since"))
    .limit(1)
)
_OVER = select(_table.c.mark).where(_table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)
_FORGET = delete(_table).where(_table.c.mark.in_(_OVER))


def note(uow: UnitOfWork, marks: Iterable[str], *, at: datetime, expires_at: datetime) -> None:
    """Remember a logout of each mark; a newer one takes the place of an older."""
    for mark in marks:
        uow.write(insert_or_replace(uow.dialect, _table), {"mark": mark, "at": at, "expires_at": expires_at})


def told_since(unit: ReadUnit, marks: Iterable[str], *, since: datetime) -> bool:
    """Tell whether a logout of one of the marks came after a moment."""
    return unit.fetch_one(_SINCE, {"marks": list(marks), "since": since}) is not None


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove those nothing begun before them can come back for any more; return how many. At most a page at once."""
    return uow.write(_FORGET, {"before": before})
