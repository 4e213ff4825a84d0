"""Certificate revocation lists, by issuer and rising number (RFC 5280 5.2.3).

    draft = crls.prepare(uow, "issuing")       # number and entries, taken together
    crls.add(uow, issuer="issuing", number=draft.number, der=der, this_update=now, next_update=later)

A number is taken and the entries are read under one lock, so a CRL with a higher number never knows less.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from trustkit.store.bounds import bounded_bytes, bounded_text
from trustkit.store.certificates import ISSUER_LIMIT, RevokedCertificate, list_revoked
from trustkit.store.schema import crls as _table
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

# About a million entries.
DER_LIMIT = 64 * 1024 * 1024

_ADD = insert(_table)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlDraft:
    """What the next CRL of an issuer has to say."""

    issuer: str
    number: int
    revoked: tuple[RevokedCertificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlRow:
    """One published CRL."""

    issuer: str
    number: int
    this_update: datetime
    next_update: datetime
    der: bytes = field(repr=False)


def prepare(uow: UnitOfWork, issuer: str, *, unexpired_at: datetime | None = None) -> CrlDraft:
    """Take the next number of `issuer` and read its revoked certificates under the same lock."""
    number = next_value(uow, f"crl:{bounded_text('issuer', issuer, ISSUER_LIMIT)}")
    return CrlDraft(issuer=issuer, number=number, revoked=list_revoked(uow, issuer, unexpired_at=unexpired_at))


def add(uow: UnitOfWork, *, issuer: str, number: int, der: bytes, this_update: datetime, next_update: datetime) -> None:
    """Keep a signed CRL.

    Raises:
        TrustError: STORE_CONFLICT when the number is taken.
    """
    values = {
        "issuer": bounded_text("issuer", issuer, ISSUER_LIMIT),
        "number": number,
        "this_update": this_update,
        "next_update": next_update,
        "der": bounded_bytes("CRL", der, DER_LIMIT),
    }
    uow.act(_ADD, values)


def find_latest(unit: ReadUnit, issuer: str) -> CrlRow | None:
    """Return the CRL with the highest number of `issuer`, or None."""
    query = select(_table).where(_table.c.issuer == issuer).order_by(_table.c.number.desc()).limit(1)
    row = unit.fetch_one(query)
    return None if row is None else CrlRow(**row)
