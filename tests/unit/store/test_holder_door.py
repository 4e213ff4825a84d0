"""The tables of the holders' door, on both databases: a request is answered once and in time, digests are one person's, sessions end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import authorisation_requests, holder_sessions, people, person_holders
from trustkit.store.authorisation_requests import AskRow, AskState
from trustkit.store.holder_sessions import HolderSessionRow
from trustkit.store.people import PersonRow

if TYPE_CHECKING:
    from trustkit.store.database import Database

HOLDER = "ab" * 32
ASKED = AskRow(
    number="R",
    handle_sm3="cd" * 32,
    recipient="91990100MA7TRYQ01H",
    recipient_name="示例银行",
    type_code="permit",
    purpose="办理贷款",
    days=30,
    most_copies=1,
    holder=None,
    asked_at=NOON,
    expires_at=NOON + timedelta(minutes=30),
)


@pytest.fixture
def asked(database: Database) -> Database:
    with database.unit_of_work() as uow:
        authorisation_requests.add(uow, ASKED)
        tell(uow)
    return database


def test_a_request_is_found_as_it_was_made(asked: Database) -> None:
    with asked.reading() as unit:
        assert authorisation_requests.find(unit, "R") == ASKED
        assert authorisation_requests.find_by_handle(unit, ASKED.handle_sm3) == ASKED
        assert authorisation_requests.find_by_handle(unit, "00" * 32) is None
        assert authorisation_requests.count_waiting(unit, ASKED.recipient, at=NOON) == 1
        assert authorisation_requests.count_waiting(unit, ASKED.recipient, at=ASKED.expires_at) == 0


@pytest.mark.parametrize("late", [False, True])
def test_it_is_answered_once_and_in_time(asked: Database, late: bool) -> None:  # noqa: FBT001 - a parameter of the test
    at = ASKED.expires_at if late else NOON
    if not late:
        with asked.unit_of_work() as uow:
            authorisation_requests.answer(uow, "R", AskState.REFUSED, at=at)
            tell(uow)
    with pytest.raises(TrustError) as refused, asked.unit_of_work() as uow:
        authorisation_requests.answer(uow, "R", AskState.REFUSED, at=at)
    assert refused.value.code is ErrorCode.STORE_CONFLICT
    with asked.reading() as unit:
        row = authorisation_requests.find(unit, "R")
    assert row is not None
    assert row.state_at(ASKED.expires_at) is (AskState.EXPIRED if late else AskState.REFUSED)


def test_an_approval_without_an_authorisation_is_no_row(asked: Database) -> None:
    with pytest.raises(TrustError) as refused, asked.unit_of_work() as uow:
        authorisation_requests.answer(uow, "R", AskState.APPROVED, at=NOON)
    assert refused.value.code is ErrorCode.BUG


def test_old_requests_are_forgotten(asked: Database) -> None:
    with asked.unit_of_work() as uow:
        assert authorisation_requests.forget(uow, before=ASKED.expires_at) == 0
        assert authorisation_requests.forget(uow, before=ASKED.expires_at + timedelta(seconds=1)) == 1


def test_a_digest_is_one_persons(database: Database) -> None:
    with database.unit_of_work() as uow:
        for name in ("np-a", "np-b"):
            people.add(uow, PersonRow(id=name, created_at=NOON))
        assert person_holders.add(uow, HOLDER, person="np-a", at=NOON)
        assert not person_holders.add(uow, HOLDER, person="np-b", at=NOON)
        tell(uow)
        tell(uow)
        tell(uow)
    with database.reading() as unit:
        assert (person_holders.list_of(unit, "np-a"), person_holders.list_of(unit, "np-b")) == ((HOLDER,), ())
        assert person_holders.find(unit, HOLDER) == "np-a"


def test_sessions_end(database: Database) -> None:
    row = HolderSessionRow(secret_sm3="ef" * 32, grant_id="og-a", created_at=NOON, expires_at=NOON + timedelta(hours=1))
    with database.unit_of_work() as uow:
        holder_sessions.add(uow, row)
        holder_sessions.forget(uow, before=NOON)
        assert holder_sessions.find(uow, row.secret_sm3) == row
        holder_sessions.remove(uow, row.secret_sm3)
        holder_sessions.remove(uow, row.secret_sm3)
        assert holder_sessions.find(uow, row.secret_sm3) is None
        holder_sessions.add(uow, row)
        holder_sessions.forget(uow, before=row.expires_at + timedelta(seconds=1))
        assert holder_sessions.find(uow, row.secret_sm3) is None
