"""Questions to wallets in both databases: answered once, found by their own names alone, and gone when they are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS
from trustkit.store import presentations
from trustkit.store.presentations import ASKED_LIMIT, AnswerGiven, PresentationRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

T = TypeVar("T")
NOW = datetime(2026, 12, 1, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=10)
ROW = PresentationRow(
    presentation_id="0" * 32,
    client="platform",
    asked="{}",
    answer_sm3="a" * 64,
    key_sm3="b" * 64,
    created_at=NOW,
    expires_at=UNTIL,
)
GIVEN = AnswerGiven(at=NOW, expires_at=UNTIL + timedelta(minutes=5), answer=b"sealed", return_sm3="c" * 64)


def act(database: Database, what: Callable[[UnitOfWork], T]) -> T:
    with database.unit_of_work() as uow:
        done = what(uow)
        trail.record(
            uow,
            AuditEvent(
                type=EventType.PRESENTATION_FORGOTTEN,
                at=NOW,
                actor=ANONYMOUS,
                object_type="presentation",
                object_id=ROW.presentation_id,
            ),
        )
    return done


def found(database: Database, now: datetime = NOW) -> PresentationRow | None:
    with database.reading() as unit:
        by_number = presentations.find(unit, ROW.presentation_id, now=now)
        assert presentations.find_by_answer(unit, ROW.answer_sm3, now=now) == by_number
    return by_number


def test_a_question_is_answered_once(database: Database) -> None:
    act(database, lambda uow: presentations.add(uow, ROW))
    assert found(database) == ROW
    assert act(database, lambda uow: presentations.answer(uow, ROW.presentation_id, GIVEN))
    assert not act(database, lambda uow: presentations.answer(uow, ROW.presentation_id, replace(GIVEN, answer=b"x")))
    kept = found(database)
    assert kept is not None
    assert (kept.answer, kept.answered_at, kept.expires_at, kept.return_sm3) == (
        b"sealed",
        NOW,
        GIVEN.expires_at,
        "c" * 64,
    )
    with database.reading() as unit:
        assert presentations.count_octets(unit, "platform", now=NOW) == len(b"sealed")
        assert presentations.count_octets(unit, "platform", now=GIVEN.expires_at) == 0
        assert presentations.count_octets(unit, "other", now=NOW) == 0
    assert act(database, lambda uow: presentations.drop(uow, ROW.presentation_id))
    assert not act(database, lambda uow: presentations.drop(uow, ROW.presentation_id))
    assert found(database) is None


def test_what_is_over_is_not_there_and_goes(database: Database) -> None:
    act(database, lambda uow: presentations.add(uow, ROW))
    late = AnswerGiven(at=UNTIL, expires_at=UNTIL + timedelta(minutes=5), refused="access_denied")
    assert not act(database, lambda uow: presentations.answer(uow, ROW.presentation_id, late))
    assert found(database, UNTIL) is None
    with database.reading() as unit:
        assert presentations.count_open(unit, "platform", now=NOW) == 1
        assert presentations.count_open(unit, "platform", now=UNTIL) == 0
        assert presentations.count_open(unit, "other", now=NOW) == 0
    with database.unit_of_work() as uow:
        assert presentations.forget(uow, before=UNTIL) == 0
        assert presentations.forget(uow, before=UNTIL + timedelta(seconds=1)) == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ROW, ErrorCode.STORE_CONFLICT),
        (replace(ROW, presentation_id="1" * 32), ErrorCode.STORE_CONFLICT),
        (
            replace(ROW, presentation_id="1" * 32, answer_sm3="d" * 64, asked="x" * (ASKED_LIMIT + 1)),
            ErrorCode.INPUT_TOO_LARGE,
        ),
    ],
    ids=["its number", "its address", "its size"],
)
def test_questions_that_are_not_kept(database: Database, row: PresentationRow, code: ErrorCode) -> None:
    act(database, lambda uow: presentations.add(uow, ROW))
    with pytest.raises(TrustError) as refusal:
        act(database, lambda uow: presentations.add(uow, row))
    assert refusal.value.code is code


def test_no_question_without_its_entry_in_the_trail(database: Database) -> None:
    with pytest.raises(TrustError) as refusal, database.unit_of_work() as uow:
        presentations.add(uow, ROW)
    assert refusal.value.code is ErrorCode.BUG
    assert found(database) is None
