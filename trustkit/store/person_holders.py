"""Under which keyed digests of their codes the register has people's licences: written where an identity document is seen, never changed.

person_holders.add(uow, holder, person="np-…", at=now)
person_holders.list_of(unit, "np-…")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.holder_schema import person_holders as _table
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_OF = (
    select(_table.c.holder).where(_table.c.person == bindparam("person")).order_by(_table.c.linked_at).limit(PAGE_LIMIT)
)
_WHOSE = select(_table.c.person).where(_table.c.holder == bindparam("holder"))


def add(uow: UnitOfWork, holder: str, *, person: str, at: datetime) -> bool:
    """Keep whose licences a digest finds; tell whether it is new: False when it is somebody's already."""
    return uow.act(insert_or_skip(uow.dialect, _table), {"holder": holder, "person": person, "linked_at": at}) > 0


def list_of(unit: ReadUnit, person: str) -> tuple[str, ...]:
    """List the digests a person's licences are found by, none for who showed no document they are made of."""
    return tuple(str(row["holder"]) for row in unit.fetch_all(_OF, {"person": person}))


def find(unit: ReadUnit, holder: str) -> str | None:
    """Return whose digest it is, None for nobody's."""
    found = unit.fetch_value(_WHOSE, {"holder": holder})
    return found if isinstance(found, str) else None
