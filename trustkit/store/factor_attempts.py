"""Proofs that were tried, counted by keyed digests: of an account, of an address, and of the two together.

    attempts.count(uow, "4f1c…", Scope.ACCOUNT, person=None, at=now, forget_before=…)     # how many now; None while it waits

A try is counted before it is judged, in its own transaction, so that many at once cannot have more than one by one.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, case, delete, or_, select, update

from trustkit.store.factor_schema import factor_attempts as _table
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

MOST_FORGOTTEN: Final = 100  # rows a call: more than one attempt makes, so that quiet rows never gather

_FORGOTTEN = _table.c.touched_at < bindparam("forget_before")
_COUNT = (
    update(_table)
    .where(
        _table.c.key == bindparam("which"),
        or_(_table.c.waits_until.is_(None), _table.c.waits_until <= bindparam("now")),
    )
    .values(
        failures=case((_FORGOTTEN, 1), else_=_table.c.failures + 1),
        began_at=case((_FORGOTTEN, bindparam("now")), else_=_table.c.began_at),
        touched_at=bindparam("now"),
        waits_until=None,
    )
    .returning(_table.c.failures)
)
_WAIT = update(_table).where(_table.c.key == bindparam("which"))
_WAITS = select(_table.c.waits_until).where(_table.c.key == bindparam("which"))
_KNOWN = select(_table.c.key).where(
    _table.c.key == bindparam("which"), _table.c.succeeded_at >= bindparam("not_before")
)
_CLEAR = update(_table).where(_table.c.key == bindparam("which")).values(failures=0, waits_until=None)
_GIVE_BACK = (
    update(_table)
    .where(_table.c.key == bindparam("which"), _table.c.failures > 0)
    .values(failures=_table.c.failures - 1)
)
_SUCCEED = (
    update(_table)
    .where(_table.c.key == bindparam("which"))
    .values(failures=0, waits_until=None, touched_at=bindparam("now"), succeeded_at=bindparam("now"))
)
_RELEASE = update(_table).where(_table.c.person == bindparam("whose")).values(failures=0, waits_until=None)
_QUIET = (
    select(_table.c.key)
    .where(
        _table.c.touched_at < bindparam("before"),
        or_(_table.c.succeeded_at.is_(None), _table.c.succeeded_at < bindparam("known_before")),
        or_(_table.c.waits_until.is_(None), _table.c.waits_until < bindparam("before")),
    )
    .limit(MOST_FORGOTTEN)
)
_FORGET = delete(_table).where(_table.c.key.in_(_QUIET))


@unique
class Scope(StrEnum):
    """What a count is of."""

    ACCOUNT = "account"
    ADDRESS = "address"
    PAIR = "pair"


def count(
    uow: UnitOfWork, key: str, scope: Scope, *, person: str | None, at: datetime, forget_before: datetime
) -> int | None:
    """Count a try, and return how many there are; None, counting nothing, while the key waits.

    A row nothing happened to since `forget_before` begins anew.
    """
    first = {
        "key": key,
        "scope": scope.value,
        "person": person,
        "failures": 0,
        "began_at": at,
        "touched_at": at,
    }
    uow.write(insert_or_skip(uow.dialect, _table), first)
    found = uow.write_value(_COUNT, {"which": key, "now": at, "forget_before": forget_before})
    return None if found is None else int(found)


def wait(uow: UnitOfWork, key: str, *, until: datetime) -> None:
    """Let a key wait."""
    uow.write(_WAIT, {"which": key, "waits_until": until})


def waits_until(unit: ReadUnit, key: str) -> datetime | None:
    """Return until when a key waits, None when it never did."""
    value: datetime | None = unit.fetch_value(_WAITS, {"which": key})
    return value


def known(unit: ReadUnit, key: str, *, since: datetime) -> bool:
    """Tell whether a proof succeeded under this key since a time."""
    return unit.fetch_value(_KNOWN, {"which": key, "not_before": since}) is not None


def clear(uow: UnitOfWork, key: str) -> None:
    """Forget the failures of a key."""
    uow.write(_CLEAR, {"which": key})


def give_back(uow: UnitOfWork, key: str) -> None:
    """Take one try off a key: it was no failure."""
    uow.write(_GIVE_BACK, {"which": key})


def succeed(uow: UnitOfWork, key: str, *, person: str, at: datetime) -> None:
    """Remember that a proof succeeded under a key."""
    first = {
        "key": key,
        "scope": Scope.PAIR.value,
        "person": person,
        "failures": 0,
        "began_at": at,
        "touched_at": at,
    }
    uow.write(insert_or_skip(uow.dialect, _table), first)
    uow.write(_SUCCEED, {"which": key, "now": at})


def release(uow: UnitOfWork, person: str) -> int:
    """Forget the failures of a person under every key; return how many keys there were."""
    return uow.write(_RELEASE, {"whose": person})


def forget(uow: UnitOfWork, *, before: datetime, known_before: datetime) -> int:
    """Remove at most `MOST_FORGOTTEN` rows nothing happened to since; return how many."""
    return uow.write(_FORGET, {"before": before, "known_before": known_before})
