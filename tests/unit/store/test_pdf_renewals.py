"""Renewals that were begun: ended once whoever ends them, and a file that is there outranks a word that it is not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import pdf_renewals
from trustkit.store.pdf_renewals import RenewalRow, RenewalState

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

_T = TypeVar("_T")
BEFORE, AFTER = "b" * 64, "a" * 64
LATER = NOON + timedelta(minutes=1)


def act(database: Database, done: Callable[[UnitOfWork], _T]) -> _T:
    with database.unit_of_work() as uow:
        found = done(uow)
        tell(uow)
    return found


def intend(database: Database) -> None:
    act(database, lambda uow: pdf_renewals.intend(uow, document_sm3=AFTER, original_sm3=BEFORE, at=NOON))


def complete(database: Database) -> bool:
    return act(database, lambda uow: pdf_renewals.complete(uow, AFTER, at=LATER))


def abandon(database: Database) -> bool:
    return act(database, lambda uow: pdf_renewals.abandon(uow, AFTER, at=LATER))


def found(database: Database) -> RenewalRow | None:
    with database.reading() as unit:
        return pdf_renewals.find(unit, AFTER)


def test_an_intent_is_ended_once(database: Database) -> None:
    assert (found(database), complete(database), abandon(database)) == (None, False, False)
    intend(database)
    with database.reading() as unit:
        assert pdf_renewals.list_unfinished(unit, BEFORE, before=NOON) == ()
        (row,) = pdf_renewals.list_unfinished(unit, BEFORE, before=LATER)
        assert pdf_renewals.list_unfinished(unit, AFTER, before=LATER) == ()
    assert row == found(database)
    assert (row.state, row.intent_at, row.ended_at) == (RenewalState.INTENT, NOON, None)
    assert [complete(database), complete(database), abandon(database)] == [True, False, False]
    ended = found(database)
    assert ended is not None
    assert (ended.state, ended.ended_at) == (RenewalState.RENEWED, LATER)


def test_what_was_given_up_may_turn_out_done(database: Database) -> None:
    intend(database)
    assert [abandon(database), abandon(database), complete(database), complete(database)] == [True, False, True, False]


def test_a_document_is_made_once(database: Database) -> None:
    intend(database)
    with pytest.raises(TrustError) as refusal:
        intend(database)
    assert refusal.value.code is ErrorCode.STORE_CONFLICT
