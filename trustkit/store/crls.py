"""Signed revocation lists, complete ones and deltas, by issuer, scope and rising number (RFC 5280 5.2.3).

    number = crls.next_number(uow, "issuing")      # in a unit of its own, before anything is read or signed
    crls.add(uow, head, der)                       # in the unit of its event; the new list replaces the old one at once

A list is made outside of any writing transaction, however long that takes. `add` then refuses one that another process
has overtaken meanwhile, by a list of either kind: a list with a higher number never knows less, and a complete list and a delta of
one number tell the same, as RFC 5280 5.2.4 has it. Otherwise a delta put on a complete list could take back what that already
told, such as the end of a hold. Lists stay: they are the archive.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, select

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_bytes, bounded_text
from trustkit.store.certificates import ISSUER_LIMIT
from trustkit.store.schema import crls as _table
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

# Some 1.2 million entries; more are for partitions. Verifiers of this house read no larger list either.
DER_LIMIT: Final = 64 * 1024 * 1024
SCOPE_LIMIT: Final = 16
WHOLE: Final = "1-0"  # the scope of a list of all certificates of its issuer


@unique
class ListKind(StrEnum):
    """Whether a list tells everything, or what changed since a complete one."""

    FULL = "full"
    DELTA = "delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlHead:
    """What is known of a list without reading it.

    `change` is the newest change of the issuer's revocations the list tells; `sha256` (hex) and `size` are of its DER.
    """

    issuer: str
    scope: str
    kind: ListKind
    number: int
    base: int | None
    change: int
    entries: int
    this_update: datetime
    next_update: datetime
    size: int
    sha256: str


_ADD = insert(_table)
_HEAD = tuple(_table.c[each.name] for each in fields(CrlHead))
_NEWEST = (
    select(*_HEAD)
    .where(_table.c.issuer == bindparam("of"), _table.c.scope == bindparam("part"), _table.c.kind == bindparam("sort"))
    .order_by(_table.c.number.desc())
    .limit(1)
)


def next_number(uow: UnitOfWork, issuer: str) -> int:
    """Return the next list number of `issuer`; all scopes and kinds share one row of numbers (RFC 5280 5.2.3)."""
    return next_value(uow, f"crl:{bounded_text('issuer', issuer, ISSUER_LIMIT)}")


def add(uow: UnitOfWork, head: CrlHead, der: bytes) -> None:
    """Keep a signed list, which is the newest of its scope and kind from the commit on.

    Raises:
        TrustError: STORE_CONFLICT when the number is taken, or when a newer list of this scope or one that knows more is
            there, complete or delta; INPUT_TOO_LARGE.
    """
    bounded_text("scope", head.scope, SCOPE_LIMIT)
    next_value(uow, f"crl-kept:{bounded_text('issuer', head.issuer, ISSUER_LIMIT)}")  # one after another, to the commit
    for kind in ListKind:
        newest = find_head(uow, head.issuer, scope=head.scope, kind=kind)
        if newest is not None and _overtakes(newest, head):
            raise TrustError(ErrorCode.STORE_CONFLICT, "another list was published meanwhile", number=newest.number)
    values = {each.name: getattr(head, each.name) for each in fields(CrlHead)}
    uow.act(_ADD, values | {"kind": head.kind.value, "der": bounded_bytes("CRL", der, DER_LIMIT)})


def _overtakes(newest: CrlHead, head: CrlHead) -> bool:
    if newest.number == head.number:
        return newest.change != head.change
    return newest.number > head.number or newest.change > head.change


def find_head(unit: ReadUnit, issuer: str, *, scope: str = WHOLE, kind: ListKind = ListKind.FULL) -> CrlHead | None:
    """Return what is known of the newest list of an issuer, scope and kind, or None."""
    row = unit.fetch_one(_NEWEST, {"of": issuer, "part": scope, "sort": kind.value})
    return None if row is None else CrlHead(**{**row, "kind": ListKind(row["kind"])})


def find_base(unit: ReadUnit, issuer: str, *, scope: str, at: datetime) -> CrlHead | None:
    """Return the oldest complete list of a scope that has not ended at a time: what relying parties may still hold."""
    query = select(*_HEAD).where(*_of(issuer, scope, ListKind.FULL), _table.c.next_update > at)
    row = unit.fetch_one(query.order_by(_table.c.number).limit(1))
    return None if row is None else CrlHead(**{**row, "kind": ListKind(row["kind"])})


def find_der(unit: ReadUnit, head: CrlHead) -> bytes | None:
    """Return the DER of a list that was found before, or None when it is gone."""
    query = select(_table.c.der).where(*_of(head.issuer, head.scope, head.kind), _table.c.number == head.number)
    value = unit.fetch_value(query)
    return value if isinstance(value, bytes) else None


def scopes(unit: ReadUnit, issuer: str) -> tuple[str, ...]:
    """Return the scopes lists of an issuer were ever published for, sorted."""
    query = select(_table.c.scope).where(_table.c.issuer == issuer).distinct().order_by(_table.c.scope)
    return tuple(row[0] for row in unit.fetch_tuples(query))


def _of(issuer: str, scope: str, kind: ListKind) -> tuple[ColumnElement[bool], ...]:
    return (_table.c.issuer == issuer, _table.c.scope == scope, _table.c.kind == kind.value)
