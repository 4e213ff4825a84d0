"""The register of seals on both databases: a number once, a request once, and of two acts at once one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import text

from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators, registrations, seals
from trustkit.store.operators import OperatorRow, Role
from trustkit.store.registrations import Kind, RegistrationRow, State
from trustkit.store.seals import ChangeRow, MadeSeal, SealRow, SealState

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

_T = TypeVar("_T")
LATER = NOON + timedelta(minutes=1)
MADE = MadeSeal(document=b"seal", document_sm3="d" * 64, info_sm3="1" * 64, valid_until=NOON + timedelta(days=365))
ROW = SealRow(
    number="es-a",
    registration="rq-a",
    kind="contract",
    name="示例公司合同专用章",
    holder="91310000MA1FL0EXA1",
    state=SealState.INTENT,
    intent_at=NOON,
)
REQUEST = RegistrationRow(
    id="rq-a",
    kind=Kind.SEAL,
    state=State.APPROVED,
    requester="op-a",
    needed=1,
    statement=b"s",
    signature=b"s",
    submitted_at=NOON,
    expires_at=LATER,
)
STOPPED = ChangeRow(
    number="es-a",
    ordinal=1,
    act="suspend",
    state=SealState.SUSPENDED,
    reason="under-review",
    since=NOON,
    recorded_at=NOON,
    registration="rq-b",
)

CHANGED = (
    "INSERT INTO seal_changes (number, ordinal, act, state, reason, since, recorded_at, registration)"
    " SELECT ?, 'suspend', 'suspended', 'x', made_at, made_at, registration FROM seals"
)


def act(database: Database, done: Callable[[UnitOfWork], _T], *, events: int = 1) -> _T:
    with database.unit_of_work() as uow:
        found = done(uow)
        for _ in range(events):
            tell(uow)
    return found


def refused(database: Database, done: Callable[[UnitOfWork], object]) -> Code:
    with pytest.raises(TrustError) as error:
        act(database, done)
    return error.value.code


@pytest.fixture
def asked(database: Database) -> Database:
    """Return a database with an operator and three requests of his."""
    operator = OperatorRow(
        id="op-a", role=Role.REQUESTER, label="a", public_key=b"k", public_key_sm3="0" * 64, enrolled_at=NOON
    )

    def write(uow: UnitOfWork) -> None:
        operators.enrol(uow, operator)
        for number in ("rq-a", "rq-b", "rq-c"):
            registrations.submit(uow, replace(REQUEST, id=number))

    act(database, write, events=4)
    return database


def made(database: Database) -> Database:
    act(database, partial(seals.reserve, row=ROW))
    act(database, partial(seals.complete, number="es-a", made=MADE, at=LATER))
    return database


def test_a_seal_is_reserved_and_made_once(asked: Database) -> None:
    act(asked, partial(seals.reserve, row=ROW))
    for row in (ROW, replace(ROW, number="es-b"), replace(ROW, registration="rq-b")):  # number and request are taken
        assert refused(asked, partial(seals.reserve, row=row)) is ErrorCode.STORE_CONFLICT
    with asked.reading() as unit:
        assert seals.find(unit, "es-a") == ROW
        assert seals.list_unfinished(unit, before=NOON) == ()
        assert seals.list_unfinished(unit, before=LATER) == (ROW,)
        with pytest.raises(TrustError):
            seals.get_document(unit, "es-a")
    act(asked, partial(seals.complete, number="es-a", made=MADE, at=LATER))
    assert refused(asked, partial(seals.complete, number="es-a", made=MADE, at=LATER)) is ErrorCode.STORE_CONFLICT
    assert refused(asked, lambda uow: seals.abandon(uow, "es-a", at=LATER, reason="x")) is ErrorCode.STORE_CONFLICT
    with asked.reading() as unit:
        found = seals.find_by_info(unit, MADE.info_sm3)
        assert found is not None
        assert (found.number, found.state, found.made_at, found.valid_until) == (
            "es-a",
            SealState.IN_FORCE,
            LATER,
            MADE.valid_until,
        )
        assert seals.get_document(unit, "es-a") == b"seal"
        assert seals.find_by_info(unit, "2" * 64) is None


def test_an_abandoned_intent_leaves_the_request_to_another_number(asked: Database) -> None:
    act(asked, partial(seals.reserve, row=ROW))
    act(asked, lambda uow: seals.abandon(uow, "es-a", at=LATER, reason="interrupted"))
    act(asked, partial(seals.reserve, row=replace(ROW, number="es-b")))
    with asked.reading() as unit:
        assert [row.number for row in seals.search(unit)] == ["es-b", "es-a"]
        assert [row.number for row in seals.search(unit, after="es-b")] == ["es-a"]
        assert [row.number for row in seals.search(unit, state=SealState.ABANDONED)] == ["es-a"]


def test_of_two_acts_at_once_one_is_refused(asked: Database) -> None:
    made(asked)
    act(asked, partial(seals.change, made=STOPPED, needed=SealState.IN_FORCE))
    again = replace(STOPPED, ordinal=2, registration="rq-c")
    for change, needed in (
        (again, SealState.IN_FORCE),  # it is not in force any more
        (replace(again, ordinal=1), SealState.SUSPENDED),  # this place is taken
        (replace(again, registration="rq-b"), SealState.SUSPENDED),  # this request has been carried out
    ):
        assert refused(asked, partial(seals.change, made=change, needed=needed)) is ErrorCode.STORE_CONFLICT
    resumed = replace(again, act="resume", state=SealState.IN_FORCE)
    act(asked, partial(seals.change, made=resumed, needed=SealState.SUSPENDED))
    with asked.reading() as unit:
        assert seals.list_changes(unit, "es-a") == (STOPPED, resumed)
        found = seals.find(unit, "es-a")
    assert found is not None
    assert found.state is SealState.IN_FORCE


def test_a_picture_lives_as_long_as_its_request(asked: Database) -> None:
    act(asked, partial(seals.keep_picture, registration="rq-a", picture=b"png"))
    assert (
        refused(asked, partial(seals.keep_picture, registration="rq-a", picture=b"other")) is ErrorCode.STORE_CONFLICT
    )
    act(asked, lambda uow: registrations.move(uow, "rq-a", {State.APPROVED}, State.WORKING))
    with asked.reading() as unit:
        assert seals.find_picture(unit, "rq-a") == b"png"
    act(asked, lambda uow: registrations.move(uow, "rq-a", {State.WORKING}, State.DONE, closed_at=LATER))
    with asked.reading() as unit:
        assert seals.find_picture(unit, "rq-a") is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seals SET state = 'odd'",
        "UPDATE seals SET document = NULL",
        "UPDATE seals SET info_sm3 = NULL",
        "UPDATE seals SET state = 'abandoned'",
        "UPDATE seals SET state = 'intent'",
        CHANGED.replace("?", "number, 0"),
        CHANGED.replace("?", "'es-none', 1"),
    ],
)
def test_the_tables_refuse_what_the_program_never_writes(asked: Database, statement: str) -> None:
    made(asked)
    with pytest.raises(TrustError), asked.unit_of_work() as uow:
        uow.write(text(statement))


@pytest.mark.parametrize("end", sorted(registrations.ENDED))
def test_a_picture_goes_with_its_request_however_that_ends(asked: Database, end: State) -> None:
    act(asked, partial(seals.keep_picture, registration="rq-a", picture=b"png"))
    act(asked, lambda uow: registrations.move(uow, "rq-a", {State.APPROVED}, end, closed_at=LATER))
    with asked.reading() as unit:
        assert seals.find_picture(unit, "rq-a") is None
