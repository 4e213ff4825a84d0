"""What was handed out to wallets: one credential of a licence in a suite on each authorization, and what the wallet said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from trustkit.store.inserts import insert_or_skip
from trustkit.store.offer_schema import credential_deliveries as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_FIND: Final = select(_table).where(
    _table.c.source == bindparam("source"),
    _table.c.licence == bindparam("licence"),
    _table.c.suite == bindparam("suite"),
)
_BY_NOTIFICATION: Final = select(_table).where(_table.c.notification_sm3 == bindparam("key"))
_TELL: Final = update(_table).where(_table.c.number == bindparam("key"), _table.c.told.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A credential that was handed out; `source` is the offer, or the digest of the authorization it was handed out on."""

    source: str
    licence: str
    suite: str
    number: str
    notification_sm3: str = field(repr=False)
    told: str | None = None


def add(uow: UnitOfWork, row: DeliveryRow) -> bool:
    """Note a credential as handed out; say False, writing nothing, when its authorization was used for this before."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    return uow.write(insert_or_skip(uow.dialect, _table), values) > 0


def find(unit: ReadUnit, source: str, licence: str, suite: str) -> DeliveryRow | None:
    """Return what was handed out of a licence on an authorization, or None."""
    row = unit.fetch_one(_FIND, {"source": source, "licence": licence, "suite": suite})
    return None if row is None else DeliveryRow(**row)


def find_by_notification(unit: ReadUnit, notification_sm3: str) -> DeliveryRow | None:
    """Return what a notification is about, or None."""
    row = unit.fetch_one(_BY_NOTIFICATION, {"key": notification_sm3})
    return None if row is None else DeliveryRow(**row)


def tell(uow: UnitOfWork, number: str, event: str) -> bool:
    """Note what the wallet said; say False, writing nothing, when it had said something."""
    return uow.act(_TELL, {"key": number, "told": event}) > 0
