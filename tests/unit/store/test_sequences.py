from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.meta import find_meta, put_meta
from trustkit.store.sequences import next_value, take_values

if TYPE_CHECKING:
    from trustkit.store.database import Database


def test_each_name_counts_for_itself(database: Database) -> None:
    given = []
    for name in ("a", "b", "a", "a"):
        with database.unit_of_work() as uow:
            given.append(next_value(uow, name))
    assert given == [1, 1, 2, 3]


def test_several_numbers_in_one_unit(database: Database) -> None:
    with database.unit_of_work() as uow:
        assert [next_value(uow, "a") for _ in range(3)] == [1, 2, 3]


def test_numbers_by_the_block(database: Database) -> None:
    given = []
    for count in (5, 1, 1000, 1):
        with database.unit_of_work() as uow:
            given.append(take_values(uow, "a", count))
    assert given == [1, 6, 7, 1007]


def test_no_numbers_are_not_taken(database: Database) -> None:
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        take_values(uow, "a", 0)
    assert caught.value.code is ErrorCode.USAGE


def test_a_name_too_long_is_refused(database: Database) -> None:
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        next_value(uow, "x" * 641)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE


def test_meta_is_written_once(database: Database) -> None:
    with database.unit_of_work() as uow:
        put_meta(uow, "instance_id", "7f")
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        put_meta(uow, "instance_id", "80")
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    with database.reading() as unit:
        assert find_meta(unit, "instance_id") == "7f"
        assert find_meta(unit, "created_at") is None
