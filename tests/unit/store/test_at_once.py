"""One connection reads at once: each time a new snapshot, for one reader, and again after the database was closed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, func, insert, select

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.database import Database, open_database
from trustkit.store.op_schema import op_seen

if TYPE_CHECKING:
    from pathlib import Path

COUNT = select(func.count()).select_from(op_seen).where(op_seen.c.seen_sm3 != bindparam("key"))


@pytest.fixture
def store(tmp_path: Path) -> Database:
    found = open_database(f"sqlite:///{tmp_path}/store.db")
    found.migrate()
    return found


def _add(store: Database, key: str) -> None:
    with store.unit_of_work() as uow:
        uow.write(insert(op_seen), {"seen_sm3": key, "expires_at": datetime(2026, 12, 1, tzinfo=UTC)})


def _count(store: Database) -> int:
    with store.reading_at_once() as unit:
        assert unit is not None
        return int(unit.fetch_value(COUNT, {"key": "none"}))


def test_what_another_wrote_is_seen_by_the_next_look(store: Database, tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/store.db") as other:  # as a second worker has it
        for at in range(4):
            assert _count(store) == at
            _add(other, str(at))
    assert _count(store) == 4


def test_within_one_look_nothing_changes(store: Database) -> None:
    _count(store)
    with store.reading_at_once() as unit:
        assert unit is not None
        assert unit.fetch_value(COUNT, {"key": "none"}) == 0
        _add(store, "a")
        assert unit.fetch_value(COUNT, {"key": "none"}) == 0
    assert _count(store) == 1


def test_a_statement_of_one_call_is_within_the_look_as_well(store: Database) -> None:
    for at in range(3):
        with store.reading_at_once() as unit:
            assert unit is not None
            assert unit.fetch_value(select(func.count()).select_from(op_seen)) == at
        _add(store, str(at))


def test_a_second_reader_is_sent_to_wait_elsewhere(store: Database) -> None:
    with store.reading_at_once() as first:
        assert first is not None
        with pytest.raises(TrustError) as refused, store.reading_at_once():
            pass
    assert refused.value.code is ErrorCode.STORE_UNREACHABLE
    assert _count(store) == 0


def test_a_look_that_fails_leaves_the_next_as_it_was(store: Database) -> None:
    for _ in range(3):
        with pytest.raises(ValueError, match="over"), store.reading_at_once():
            raise ValueError("over")
    with store.reading_at_once() as unit:
        assert unit is not None
        with pytest.raises(TrustError):
            unit.fetch_value(COUNT, {"key": "\ud800"})
    _add(store, "a")
    assert _count(store) == 1


def test_it_cannot_write(store: Database) -> None:
    writing: Any = insert(op_seen).values(seen_sm3="a", expires_at=datetime(2026, 12, 1, tzinfo=UTC))
    with store.reading_at_once() as unit:
        assert unit is not None
        with pytest.raises(TrustError) as refused:
            unit.fetch_value(writing)
    assert refused.value.code is ErrorCode.DISK_UNWRITABLE


def test_after_closing_it_is_opened_again(store: Database) -> None:
    _add(store, "a")
    assert _count(store) == 1
    store.close()
    store.close()
    assert _count(store) == 1
    store.close()


def test_a_connection_that_failed_is_not_used_again(store: Database) -> None:
    def gone() -> None:
        with store.reading_at_once() as unit:
            assert unit is not None
            driver: Any = unit._connection.connection.dbapi_connection  # type: ignore[union-attr]
            driver.close()  # as a disk that went away

    with pytest.raises(TrustError) as caught:
        gone()
    assert caught.value.code is ErrorCode.BUG
    _add(store, "a")
    assert _count(store) == 1
