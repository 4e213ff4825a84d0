from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.databases import NOON, tell
from trustkit.store import clock_marks

if TYPE_CHECKING:
    from trustkit.store.database import Database

LATER = NOON + timedelta(microseconds=1)


def test_a_mark_moves_forward_only(database: Database) -> None:
    moved = []
    for at in (LATER, NOON, LATER, LATER + timedelta(days=1)):
        with database.unit_of_work() as uow:
            moved.append(clock_marks.advance(uow, "stamps", at))
    assert moved == [1, 0, 0, 1]
    with database.reading() as unit:
        assert clock_marks.find(unit, "stamps") == LATER + timedelta(days=1)
        assert clock_marks.find(unit, "other") is None


def test_a_mark_is_put_back_by_an_act(database: Database) -> None:
    for at in (LATER, NOON):
        with database.unit_of_work() as uow:
            clock_marks.put_back(uow, "stamps", at)
            tell(uow)
    with database.reading() as unit:
        assert clock_marks.find(unit, "stamps") == NOON
