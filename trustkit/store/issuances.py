"""Reserving and completing certificates of the register by the hundred, and what is asked of it before either.

issuances.take_turn(uow)                      # reservations follow one another, whatever process makes them
issuances.certified_keys(uow, digests)        # who has these keys already
rows = issuances.reserve_many(uow, …)         # intents with serials, one statement
issuances.complete_many(uow, …)               # issued, one statement
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, insert, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_bytes, bounded_text
from trustkit.store.certificates import (
    DER_LIMIT,
    ISSUER_LIMIT,
    PROFILE_LIMIT,
    SUBJECT_LIMIT,
    CertificateState,
    random_serial,
)
from trustkit.store.schema import certificates as _table
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

BATCH_LIMIT: Final = 1000  # certificates of one unit of work: some 2 MB, a second of the register's writer
_TURN: Final = "issuance"
_ADD = insert(_table)
_COMPLETE = update(_table).where(_table.c.serial == bindparam("key"), _table.c.state == "intent")
_LATEST = select(func.max(_table.c.intent_at)).where(
    _table.c.issuer == bindparam("key"), _table.c.state == "issued", _table.c.revoked_at.is_(None)
)
_KEYS = (
    select(_table.c.key_sm3, _table.c.subject, _table.c.authority, _table.c.reason)
    .distinct()
    .where(_table.c.key_sm3.in_(bindparam("keys", expanding=True)), _table.c.state != "abandoned")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One certificate to reserve: `key_sm3` the digest of its key, `authority` and `role` set for an authority's own."""

    profile: str
    subject: str
    key_sm3: str
    authority: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedKey:
    """A key the register knows: for which subject, of which authority (None for an end entity), why it was revoked."""

    key_sm3: str
    subject: str
    authority: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A reserved certificate that is now signed; `authority_key` identifies, in hex, the issuer's key that did it."""

    serial: str
    der: bytes
    not_after: datetime
    authority_key: str | None


def take_turn(uow: UnitOfWork) -> None:
    """Make reservations follow one another: what is read after this includes all that earlier ones wrote.

    Raises:
        TrustError: STORE_UNREACHABLE when another unit keeps the turn too long.
    """
    next_value(uow, _TURN)


def latest_issuance(unit: ReadUnit, issuer: str) -> datetime | None:
    """Return when the newest certificate of an issuer that is in force was begun, None when there is none."""
    found = unit.fetch_one(_LATEST, {"key": issuer})
    return None if found is None else next(iter(found.values()))


def certified_keys(unit: ReadUnit, digests: Sequence[str]) -> tuple[CertifiedKey, ...]:
    """Return what the register has for keys by their digests, intents included."""
    rows = unit.fetch_all(_KEYS, {"keys": list(digests)})
    return tuple(
        CertifiedKey(key_sm3=row["key_sm3"], subject=row["subject"], authority=row["authority"], reason=row["reason"])
        for row in rows
    )


def reserve_many(
    uow: UnitOfWork,
    *,
    issuer: str,
    wanted: Sequence[Wanted],
    at: datetime,
    random_octets: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[str, ...]:
    """Write the intents to issue and return their serials, in order.

    Raises:
        TrustError: USAGE over BATCH_LIMIT, INPUT_TOO_LARGE, STORE_CONFLICT when the random source repeats itself.
    """
    if not 0 < len(wanted) <= BATCH_LIMIT:
        raise TrustError(ErrorCode.USAGE, "certificates of one batch", limit=BATCH_LIMIT)
    bounded_text("issuer", issuer, ISSUER_LIMIT)
    serials = tuple(random_serial(random_octets) for _ in wanted)
    uow.act_many(
        _ADD,
        [
            {
                "serial": serial,
                "issuer": issuer,
                "profile": bounded_text("profile", each.profile, PROFILE_LIMIT),
                "subject": bounded_text("subject", each.subject, SUBJECT_LIMIT),
                "state": CertificateState.INTENT.value,
                "intent_at": at,
                "authority": each.authority,
                "role": each.role,
                "key_sm3": each.key_sm3,
            }
            for serial, each in zip(serials, wanted, strict=True)
        ],
    )
    return serials


def complete_many(uow: UnitOfWork, finished: Sequence[Finished], *, at: datetime) -> None:
    """Turn intents into issued certificates. Raise STORE_CONFLICT unless each is an intent, INPUT_TOO_LARGE."""
    uow.act_many(
        _COMPLETE,
        [
            {
                "key": each.serial,
                "state": CertificateState.ISSUED.value,
                "der": bounded_bytes("certificate", each.der, DER_LIMIT),
                "issued_at": at,
                "not_after": each.not_after,
                "authority_key": each.authority_key,
            }
            for each in finished
        ],
    )
