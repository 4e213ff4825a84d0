"""Factors of people, each with what a proof is held against; and recovery codes by their digests.

    factors.add(uow, row)
    factors.advance(uow, row.id, counter=step, drift=0, at=now)     # True once for a step
    factors.remove(uow, row.id, at=now)

A removed factor stays as a row without its material, so that the trail's ids lead somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_bytes, bounded_text
from trustkit.store.factor_schema import factors as _table
from trustkit.store.factor_schema import recovery_codes as _codes
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

LABEL_LIMIT: Final = 64
MATERIAL_LIMIT: Final = 4096  # an RSA key of 8192 bits in COSE takes 1,100 octets
MOST_CODES: Final = 32  # of one set

_FIND = select(_table).where(_table.c.id == bindparam("key"))
_LIVE = (
    select(_table)
    .where(_table.c.person == bindparam("whose"), _table.c.removed_at.is_(None))
    .order_by(_table.c.created_at, _table.c.id)
    .limit(PAGE_LIMIT)
)
_STANDING = update(_table).where(_table.c.id == bindparam("key"), _table.c.removed_at.is_(None))
# Compare-and-set: of two proofs by one step, the second finds the counter where the first put it.
_ADVANCE = _STANDING.where(_table.c.counter < bindparam("reached"))
_REPLACE = _STANDING.where(_table.c.material == bindparam("before"))
_SPEND = update(_codes).where(
    _codes.c.factor == bindparam("whose"), _codes.c.digest == bindparam("code"), _codes.c.used_at.is_(None)
)
_LEFT = select(func.count()).where(_codes.c.factor == bindparam("whose"), _codes.c.used_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """One factor. `label` is the person's own word for it; `material` None once it is removed."""

    id: str
    person: str = field(repr=False)
    kind: str
    label: str = field(default="", repr=False)
    material: bytes | None = field(repr=False)
    counter: int = 0
    drift: int = 0
    hardware: bool = False
    created_at: datetime
    used_at: datetime | None = None
    removed_at: datetime | None = None


def add(uow: UnitOfWork, row: FactorRow) -> bool:
    """Keep a new factor; say False, writing nothing, when the person has one of a kind there is one of. Raise INPUT_*."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["label"] = bounded_text("label", row.label, LABEL_LIMIT)
    values["material"] = bounded_bytes("material", row.material or b"", MATERIAL_LIMIT)
    return uow.act(insert_or_skip(uow.dialect, _table), values) > 0


def find(unit: ReadUnit, identifier: str) -> FactorRow | None:
    """Return the factor of this id, removed or not, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else _row(row)


def list_live(unit: ReadUnit, person: str) -> tuple[FactorRow, ...]:
    """List the factors of a person that are not removed, oldest first."""
    return tuple(_row(row) for row in unit.fetch_all(_LIVE, {"whose": person}))


def advance(uow: UnitOfWork, identifier: str, *, counter: int, drift: int, at: datetime) -> bool:
    """Use a factor up to a step or count; say False, writing nothing, when it was used so far before, or is removed."""
    values = {"key": identifier, "reached": counter, "counter": counter, "drift": drift, "used_at": at}
    return uow.write(_ADVANCE, values) > 0


def touch(uow: UnitOfWork, identifier: str, *, at: datetime) -> bool:
    """Write when a factor was used last; say False when it is removed."""
    return uow.write(_STANDING, {"key": identifier, "used_at": at}) > 0


def replace_material(uow: UnitOfWork, row: FactorRow, material: bytes) -> bool:
    """Write another form of the same secret, such as a hash of today's cost; say False when the row has changed since."""
    new = bounded_bytes("material", material, MATERIAL_LIMIT)
    return uow.write(_REPLACE, {"key": row.id, "before": row.material, "material": new}) > 0


def remove(uow: UnitOfWork, identifier: str, *, at: datetime) -> None:
    """Remove a factor and forget its material. Raise STORE_CONFLICT when there is none, or it is removed."""
    if not uow.act(_STANDING, {"key": identifier, "removed_at": at, "material": None}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is no such factor that is not removed", factor=identifier)


def add_codes(uow: UnitOfWork, factor: str, digests: Iterable[str]) -> None:
    """Keep the recovery codes of a factor by their digests (hex). Raise STORE_CONFLICT for two that are equal."""
    rows = [{"factor": factor, "digest": digest} for digest in digests]
    if not 0 < len(rows) <= MOST_CODES:
        raise TrustError(ErrorCode.BUG, "a set of recovery codes has another size", codes=len(rows))
    if uow.write_many(_codes.insert(), rows) != len(rows):
        raise TrustError(ErrorCode.STORE_CONFLICT, "two recovery codes are equal")


def spend_code(uow: UnitOfWork, factor: str, digest: str, *, at: datetime) -> bool:
    """Use a recovery code; say False, writing nothing, when there is none, or it was used."""
    return uow.write(_SPEND, {"whose": factor, "code": digest, "used_at": at}) > 0


def count_codes(unit: ReadUnit, factor: str) -> int:
    """Return how many recovery codes of a factor are left."""
    return int(unit.fetch_value(_LEFT, {"whose": factor}))


def _row(row: Fields) -> FactorRow:
    material = row["material"]
    return FactorRow(**{**row, "material": None if material is None else bytes(material)})
