"""A prepared statement asks and answers what the same statement through SQLAlchemy does, and fails as it does."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import sqlite

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_grants, op_refresh_tokens, op_seen
from trustkit.store.prepared import Preparing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Executable

    from trustkit.store.database import Database

NOW = datetime(2026, 12, 1, 8, 0, 0, 123456, tzinfo=UTC)
FIND = select(op_seen).where(op_seen.c.seen_sm3 == bindparam("key"))
COUNT = select(func.count()).select_from(op_seen).where(op_seen.c.expires_at < bindparam("before"))
PUT = insert(op_seen)
MOVE = update(op_seen).where(op_seen.c.seen_sm3 == bindparam("key")).values(expires_at=bindparam("to"))
ROW = {"seen_sm3": "ab" * 32, "expires_at": NOW}


def _prepared(statement: Executable, values: Mapping[str, object]) -> Any:
    preparing = Preparing(sqlite.dialect())
    assert preparing.find(statement, values) is None  # it may never come again
    return preparing.find(statement, values)


def _go_on(database: Database, values: dict[str, object]) -> None:
    with database.unit_of_work() as uow:
        with pytest.raises(TrustError):
            uow.write(MOVE, values)
        uow.write(MOVE, {"key": "a", "to": NOW})


def _give_up(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.write(PUT, ROW)
        raise ValueError("over")


@pytest.mark.parametrize("again", [1, 2, 3])
def test_the_first_run_and_every_later_one_say_the_same(database: Database, again: int) -> None:
    with database.unit_of_work() as uow:
        for at in range(again):
            assert uow.write(PUT, {"seen_sm3": f"{at:064}", "expires_at": NOW}) == 1
    with database.reading() as unit:
        for _ in range(again):
            found = unit.fetch_one(FIND, {"key": f"{0:064}"})
            assert dict(found or {}) == {"seen_sm3": f"{0:064}", "expires_at": NOW}
            assert unit.fetch_one(FIND, {"key": "none"}) is None
            assert [dict(each) for each in unit.fetch_all(FIND, {"key": f"{0:064}"})] == [dict(found or {})]
            assert unit.fetch_value(COUNT, {"before": NOW + timedelta(microseconds=1)}) == again
            assert unit.fetch_value(COUNT, {"before": NOW}) == 0


def test_moments_are_written_in_utc_whatever_their_zone(database: Database) -> None:
    zone = timedelta(hours=8)
    local = NOW.astimezone(timezone(zone))
    for at in range(3):
        with database.unit_of_work() as uow:
            uow.write(PUT, {"seen_sm3": f"{at:064}", "expires_at": local})
            assert uow.write(MOVE, {"key": f"{at:064}", "to": local + zone}) == 1
            assert uow.write(MOVE, {"key": "none", "to": local}) == 0
            assert (uow.fetch_one(FIND, {"key": f"{at:064}"}) or {})["expires_at"] == NOW + zone


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"key": "a", "to": NOW.replace(tzinfo=None)}, ErrorCode.BUG),  # nobody knows when that is
        ({"key": "a"}, ErrorCode.BUG),
        ({"key": "\ud800", "to": NOW}, ErrorCode.INPUT_UNREADABLE),
    ],
    ids=["a naive moment", "a value that is missing", "half a character"],
)
def test_what_does_not_fit_is_refused_as_before_and_ends_the_unit(
    database: Database, values: dict[str, object], code: ErrorCode
) -> None:
    if database.dialect != "sqlite":
        pytest.skip("every statement to a server goes through SQLAlchemy")
    for _ in range(3):
        with pytest.raises(TrustError) as refused, database.unit_of_work() as uow:
            uow.write(MOVE, values)
        assert refused.value.code is code
    with pytest.raises(TrustError, match="went on after"):
        _go_on(database, values)


def test_a_row_that_is_there_is_a_conflict_each_time(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.write(PUT, ROW)
    for _ in range(3):
        with pytest.raises(TrustError) as refused, database.unit_of_work() as uow:
            uow.write(PUT, ROW)
        assert refused.value.code is ErrorCode.STORE_CONFLICT
    with database.unit_of_work() as uow:
        for _ in range(3):
            assert uow.write(insert_or_skip(uow.dialect, op_seen), ROW) == 0


def test_what_a_statement_returns_is_the_same_each_time(database: Database) -> None:
    put = insert(op_seen).returning(op_seen.c.expires_at)
    move = update(op_seen).where(op_seen.c.seen_sm3 == bindparam("key")).values(expires_at=bindparam("to"))
    moved = move.returning(op_seen.c.expires_at)
    for at in range(3):
        with database.unit_of_work() as uow:
            assert uow.write_value(put, {"seen_sm3": f"{at:064}", "expires_at": NOW}) == NOW
            assert uow.write_value(moved, {"key": f"{at:064}", "to": NOW + timedelta(hours=1)}) == NOW + timedelta(
                hours=1
            )
            assert uow.write_value(moved, {"key": "none", "to": NOW}) is None
    with database.reading() as unit:
        assert unit.fetch_value(COUNT, {"before": NOW + timedelta(hours=2)}) == 3


def test_many_rows_are_one_statement_and_all_of_them(database: Database) -> None:
    for turn in range(3):
        rows = [{"seen_sm3": f"{turn}{at:063}", "expires_at": NOW} for at in range(5)]
        with database.unit_of_work() as uow:
            assert uow.write_many(PUT, rows) == len(rows)
    with database.reading() as unit:
        assert unit.fetch_value(COUNT, {"before": NOW + timedelta(days=1)}) == 15


def test_what_rolls_back_leaves_nothing(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="over"):
            _give_up(database)
    with database.reading() as unit:
        assert unit.fetch_one(FIND, {"key": ROW["seen_sm3"]}) is None


@pytest.mark.parametrize(
    "statement",
    [
        select(op_seen).where(op_seen.c.seen_sm3.in_(bindparam("key", expanding=True))),
        select(op_grants, op_refresh_tokens.c.created_at).where(op_grants.c.identifier == bindparam("key")),
    ],
    ids=["a list of values", "two columns of one name"],
)
def test_what_only_sqlalchemy_can_say_is_left_to_it(statement: Executable) -> None:
    assert _prepared(statement, {"key": "a"}) is None


def test_a_statement_of_one_call_is_forgotten_with_it() -> None:
    preparing = Preparing(sqlite.dialect())
    for at in range(100):
        preparing.find(select(op_seen).where(op_seen.c.seen_sm3 == str(at)), {})
    assert len(preparing._known) <= 1


def test_other_keys_are_another_statement() -> None:
    preparing = Preparing(sqlite.dialect())
    preparing.find(PUT, ROW)
    whole, part = preparing.find(PUT, ROW), preparing.find(PUT, {"seen_sm3": "a"})
    assert whole is not None
    assert part is not None
    assert whole.text != part.text
    assert asdict(whole)["columns"] == ()


def test_a_server_is_asked_through_sqlalchemy() -> None:
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    preparing = Preparing(postgresql.dialect())  # type: ignore[no-untyped-call]
    assert [preparing.find(FIND, {"key": "a"}) for _ in range(3)] == [None] * 3
