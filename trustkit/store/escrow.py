"""Private keys in escrow, sealed to the recovery key: written before their certificate is signed, destroyed once at most.

escrow.add(uow, EscrowRow(serial=serial, envelope=sealed, …))
escrow.destroy(uow, serial, at=now)          # the record stays, the key is gone
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_bytes, bounded_limit
from trustkit.store.schema import certificates
from trustkit.store.schema import escrowed_keys as _table

if TYPE_CHECKING:
    from collections.abc import Collection

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

ENVELOPE_LIMIT = 64 * 1024

_ADD = insert(_table)
_FIND = select(_table).where(_table.c.serial == bindparam("key"))
_DESTROY = update(_table).where(_table.c.serial == bindparam("key"), _table.c.destroyed_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowRow:
    """One key: the serial it was made for, digests of its public half and of what was signed, and the set that opens it."""

    serial: str
    public_key_sm3: str
    tbs_sm3: str
    key_set: str
    escrowed_at: datetime
    destroyed_at: datetime | None = None
    envelope: bytes | None = field(repr=False)


def add(uow: UnitOfWork, row: EscrowRow) -> None:
    """Keep a sealed key. Raise STORE_CONFLICT when the serial has one, INPUT_EMPTY, INPUT_TOO_LARGE."""
    values = {
        "serial": row.serial,
        "public_key_sm3": row.public_key_sm3,
        "tbs_sm3": row.tbs_sm3,
        "key_set": row.key_set,
        "escrowed_at": row.escrowed_at,
        "envelope": bounded_bytes("envelope", row.envelope or b"", ENVELOPE_LIMIT),
    }
    uow.act(_ADD, values)


def destroy(uow: UnitOfWork, serial: str, *, at: datetime) -> None:
    """Forget a key and keep its record. Raise ESCROW_MISSING, ESCROW_DESTROYED when that was done before."""
    if not uow.act(_DESTROY, {"key": serial, "destroyed_at": at, "envelope": None}):
        get(uow, serial)
        raise TrustError(ErrorCode.ESCROW_DESTROYED, "destroyed before")


def get(unit: ReadUnit, serial: str) -> EscrowRow:
    """Return the record of a certificate's key. Raise ESCROW_MISSING."""
    row = unit.fetch_one(_FIND, {"key": serial})
    if row is None:
        raise TrustError(ErrorCode.ESCROW_MISSING, "no key of this certificate is in escrow")
    return _row(row)


def list_escrowed(
    unit: ReadUnit,
    *,
    issuers: Collection[str] | None = None,
    profiles: Collection[str] | None = None,
    limit: int = 50,
) -> tuple[EscrowRow, ...]:
    """List records, the newest first; only of certificates of these issuers and profiles, None for all."""
    query = select(_table).order_by(_table.c.escrowed_at.desc(), _table.c.serial.desc()).limit(bounded_limit(limit))
    wanted = [
        column.in_(sorted(seen))
        for column, seen in ((certificates.c.issuer, issuers), (certificates.c.profile, profiles))
        if seen is not None
    ]
    if wanted:
        query = query.where(_table.c.serial.in_(select(certificates.c.serial).where(*wanted)))
    return tuple(_row(row) for row in unit.fetch_all(query))


def _row(row: Fields) -> EscrowRow:
    return EscrowRow(**row)
