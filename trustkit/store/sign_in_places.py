"""From where people signed in, by keyed digests of person and address together: a place is known or it is not, and leads back to neither.

places.note(uow, mac, person="np-…", at=now, since=now - known)        # True where he signed in since then
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.identity_schema import sign_in_places as _table
from trustkit.store.inserts import insert_or_replace

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import UnitOfWork

_FIND = select(_table.c.seen_at).where(_table.c.place_mac == bindparam("key"), _table.c.seen_at >= bindparam("since"))
_OLD = select(_table.c.place_mac).where(_table.c.seen_at < bindparam("before")).limit(PAGE_LIMIT)
_FORGET = delete(_table).where(_table.c.place_mac.in_(_OLD))


def note(uow: UnitOfWork, mac: str, *, person: str, at: datetime, since: datetime) -> bool:
    """Note that a person signed in from a place; tell whether he did so since a time."""
    known = uow.fetch_value(_FIND, {"key": mac, "since": since}) is not None
    uow.write(insert_or_replace(uow.dialect, _table), {"place_mac": mac, "person": person, "seen_at": at})
    return known


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove places nobody signed in from since a time; return how many. At most a page at once."""
    return uow.write(_FORGET, {"before": before})
