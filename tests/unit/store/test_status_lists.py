from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from tests.support.licence_register import revoke_licence
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import licences, status_lists
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.store.database import Database

URI = "https://trust.example/status/1"
LATER = NOON + timedelta(hours=1)


def test_opening_twice_is_opening_once(database: Database) -> None:
    with database.unit_of_work() as uow:
        row = status_lists.open_list(uow, uri=URI, at=NOON)
    with database.unit_of_work() as uow:
        assert status_lists.open_list(uow, uri=URI, at=LATER) == row
    assert row.capacity == 2**17
    with database.reading() as unit:
        assert status_lists.list_all(unit) == (row,)
        assert status_lists.count_free(unit, URI) == 2**17


@pytest.mark.parametrize(
    ("capacity", "code"),
    [(9, ErrorCode.STORE_CONFLICT), (0, ErrorCode.USAGE), (2**22 + 1, ErrorCode.USAGE)],
)
def test_refuses_another_capacity(database: Database, capacity: int, code: Code) -> None:
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=8)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=capacity)
    assert caught.value.code is code


def test_an_unknown_list_is_missing(database: Database) -> None:
    with database.unit_of_work() as uow:
        for ask in (status_lists.get_list, status_lists.count_free, partial(status_lists.prepare, at=NOON)):
            with pytest.raises(TrustError) as caught:
                ask(uow, URI)
            assert caught.value.code is ErrorCode.STORE_ROW_MISSING
        assert status_lists.find_latest_token(uow, URI) is None
        assert status_lists.list_states(uow, URI, at=NOON) == ()


def test_a_draft_holds_the_state_of_every_slot_given_out(database: Database) -> None:
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=8)
        for slot, name in ((6, "a"), (2, "b"), (4, "c"), (1, "d")):
            always = partial(min, slot)
            licences.reserve(uow, identifier=name, type_code="t", version=1, status_list=URI, at=NOON, choose=always)
            tell(uow)
        for name in ("a", "b"):
            licences.complete(uow, name, document=b"x", document_sm3="0" * 64, at=NOON)
            tell(uow)
        revoke_licence(uow, "b", at=NOON, reason="superseded")
        licences.abandon(uow, "c", at=NOON, reason="crash")
        tell(uow)
        tell(uow)
    with database.unit_of_work() as uow:
        draft = status_lists.prepare(uow, URI, at=NOON)
        assert (draft.uri, draft.number, draft.capacity) == (URI, 1, 8)
        assert draft.states == (
            (1, LicenceState.INTENT),
            (2, LicenceState.REVOKED),
            (4, LicenceState.ABANDONED),
            (6, LicenceState.ISSUED),
        )
        assert status_lists.list_states(uow, URI, at=NOON) == draft.states
        assert status_lists.prepare(uow, URI, at=NOON).number == 2


def test_the_latest_token_is_the_highest_number(database: Database) -> None:
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=8)
        for number in (1, 3, 2):
            status_lists.add_token(
                uow,
                uri=URI,
                number=number,
                token=f"token {number}",
                cwt=bytes((number,)) if number != 1 else None,
                issued_at=NOON,
                expires_at=LATER,
            )
            tell(uow)
    with database.reading() as unit:
        latest = status_lists.find_latest_token(unit, URI)
    assert latest is not None
    assert (latest.number, latest.token, latest.issued_at, latest.expires_at) == (3, "token 3", NOON, LATER)
    assert latest.cwt == b"\x03"
    assert "token 3" not in repr(latest)


def test_a_number_is_used_once(database: Database) -> None:
    def add() -> None:
        with database.unit_of_work() as uow:
            status_lists.open_list(uow, uri=URI, at=NOON, capacity=8)
            status_lists.add_token(uow, uri=URI, number=1, token="t", issued_at=NOON, expires_at=LATER)
            tell(uow)

    add()
    with pytest.raises(TrustError) as caught:
        add()
    assert caught.value.code is ErrorCode.STORE_CONFLICT
