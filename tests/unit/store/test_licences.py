from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from tests.support.licence_register import revoke_licence
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import licences, status_lists
from trustkit.store.licence_search import LicenceSearch, search
from trustkit.store.licences import LicenceRow, LicenceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

URI = "https://trust.example/status/1"
SM3 = "ab" * 32
FIRST = "1.2.156.3005.2.A"


def open_list(database: Database, capacity: int = 8) -> None:
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, capacity=capacity, at=NOON)


def reserve(
    database: Database, identifier: str = FIRST, *, choose: Callable[[int], int] | None = None, minutes: int = 0
) -> LicenceRow:
    words = {} if choose is None else {"choose": choose}
    with database.unit_of_work() as uow:
        row = licences.reserve(
            uow,
            identifier=identifier,
            type_code="business-licence",
            version=1,
            status_list=URI,
            at=NOON + timedelta(minutes=minutes),
            **words,  # type: ignore[arg-type]
        )
        tell(uow)
    return row


def complete(uow: UnitOfWork, identifier: str) -> None:
    licences.complete(uow, identifier, document=b"%PDF", document_sm3=SM3, at=NOON)


def abandon(uow: UnitOfWork, identifier: str) -> None:
    licences.abandon(uow, identifier, at=NOON, reason="crash")


def revoke(uow: UnitOfWork, identifier: str) -> None:
    revoke_licence(uow, identifier, at=NOON, reason="注销")


def done(database: Database, identifier: str, *steps: Callable[[UnitOfWork, str], None]) -> None:
    with database.unit_of_work() as uow:
        for step in steps:
            step(uow, identifier)
            tell(uow)


def test_a_licence_goes_from_intent_to_revoked(database: Database) -> None:
    open_list(database)
    row = reserve(database, choose=lambda _: 5)
    with database.reading() as unit:
        assert licences.get(unit, FIRST) == row
    assert (row.state, row.status_list, row.status_index) == (LicenceState.INTENT, URI, 5)
    done(database, FIRST, complete)
    with database.reading() as unit:
        issued = licences.get(unit, FIRST)
        assert licences.get_document(unit, FIRST) == b"%PDF"
    assert (issued.state, issued.document_sm3, issued.issued_at) == (LicenceState.ISSUED, SM3, NOON)
    done(database, FIRST, revoke)
    with database.reading() as unit:
        revoked = licences.get(unit, FIRST)
        assert licences.get_document(unit, FIRST) == b"%PDF"
    assert (revoked.state, revoked.revoked_at, revoked.reason) == (LicenceState.REVOKED, NOON, "注销")


REFUSED_STEPS = (
    pytest.param((), revoke, "intent", id="revoke an intent"),
    pytest.param((complete,), complete, "issued", id="complete twice"),
    pytest.param((complete,), abandon, "issued", id="abandon an issued one"),
    pytest.param((complete, revoke), revoke, "revoked", id="revoke twice"),
    pytest.param((complete, revoke), complete, "revoked", id="complete a revoked one"),
    pytest.param((complete, revoke), abandon, "revoked", id="abandon a revoked one"),
    pytest.param((abandon,), complete, "abandoned", id="complete an abandoned one"),
    pytest.param((abandon,), revoke, "abandoned", id="revoke an abandoned one"),
    pytest.param((abandon,), abandon, "abandoned", id="abandon twice"),
)


@pytest.mark.parametrize(("before", "step", "found"), REFUSED_STEPS)
def test_states_only_move_forward(
    database: Database,
    before: tuple[Callable[[UnitOfWork, str], None], ...],
    step: Callable[[UnitOfWork, str], None],
    found: str,
) -> None:
    open_list(database)
    reserve(database)
    done(database, FIRST, *before)
    with database.reading() as unit:
        was = licences.get(unit, FIRST)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        step(uow, FIRST)
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    assert caught.value.facts["found"] == found
    with database.reading() as unit:
        assert licences.get(unit, FIRST) == was


def test_an_unknown_licence_is_missing(database: Database) -> None:
    with database.reading() as unit:
        assert licences.find(unit, "none") is None
        for get in (licences.get, licences.get_document):
            with pytest.raises(TrustError) as caught:
                get(unit, "none")
            assert caught.value.code is ErrorCode.STORE_ROW_MISSING
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        revoke(uow, "none")
    assert caught.value.facts["found"] == "none"


def test_an_intent_has_no_document(database: Database) -> None:
    open_list(database)
    reserve(database)
    with database.reading() as unit, pytest.raises(TrustError) as caught:
        licences.get_document(unit, FIRST)
    assert caught.value.code is ErrorCode.STORE_ROW_MISSING


def test_an_identifier_is_taken_once_for_ever(database: Database) -> None:
    open_list(database)
    reserve(database)
    done(database, FIRST, abandon)
    with pytest.raises(TrustError) as caught:
        reserve(database)
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    with database.reading() as unit:
        assert status_lists.count_free(unit, URI) == 7


def test_a_list_fills_to_its_last_slot_and_no_slot_is_given_twice(database: Database) -> None:
    open_list(database, capacity=5)
    rows = [reserve(database, f"L{number}", choose=lambda _: 0) for number in range(5)]
    assert sorted(row.status_index for row in rows) == [0, 1, 2, 3, 4]
    with pytest.raises(TrustError) as caught:
        reserve(database, "L5")
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    assert caught.value.facts == {"full": True}


def test_slots_are_random(database: Database) -> None:
    open_list(database, capacity=2**17)
    slots = [reserve(database, f"L{number}").status_index for number in range(12)]
    assert len(set(slots)) == 12
    assert slots != sorted(slots)


def test_a_list_that_was_not_opened_is_missing(database: Database) -> None:
    with pytest.raises(TrustError) as caught:
        reserve(database)
    assert caught.value.code is ErrorCode.STORE_ROW_MISSING


@pytest.mark.parametrize(
    ("document", "digest", "code"),
    [
        (b"", SM3, ErrorCode.INPUT_EMPTY),
        (bytes(licences.DOCUMENT_LIMIT + 1), SM3, ErrorCode.INPUT_TOO_LARGE),
        (b"%PDF", SM3.upper(), ErrorCode.BUG),
        (b"%PDF", SM3[:-1], ErrorCode.BUG),
        (b"%PDF", "", ErrorCode.BUG),
    ],
    ids=["empty", "too large", "upper case", "short", "no digest"],
)
def test_refuses_a_document_that_does_not_fit(database: Database, document: bytes, digest: str, code: Code) -> None:
    open_list(database)
    reserve(database)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        licences.complete(uow, FIRST, document=document, document_sm3=digest, at=NOON)
    assert caught.value.code is code


def test_search_goes_by_pages_newest_first(database: Database) -> None:
    open_list(database)
    for number in range(5):
        reserve(database, f"L{number}", minutes=number // 2)
    seen: list[str] = []
    with database.reading() as unit:
        while page := search(unit, LicenceSearch(after=seen[-1] if seen else None, limit=2)):
            seen.extend(row.identifier for row in page)
        assert seen == ["L4", "L3", "L2", "L1", "L0"]
        assert search(unit, LicenceSearch(type_code="other")) == ()
        assert len(search(unit, LicenceSearch(state=LicenceState.INTENT))) == 5


def test_unfinished_are_old_intents_only(database: Database) -> None:
    open_list(database)
    for number in range(3):
        reserve(database, f"L{number}", minutes=number)
    done(database, "L0", complete)
    with database.reading() as unit:
        found = licences.list_unfinished(unit, before=NOON + timedelta(minutes=2))
    assert [row.identifier for row in found] == ["L1"]


def further(uow: UnitOfWork, identifier: str) -> None:
    licences.add_document(uow, identifier, "ofd", document=b"PK", document_sm3=SM3)


def test_a_licence_has_documents_in_further_formats(database: Database) -> None:
    open_list(database)
    reserve(database)
    done(database, FIRST, complete, further)
    with database.reading() as unit:
        assert licences.get_document(unit, FIRST) == b"%PDF"
        assert licences.find_document(unit, FIRST, "ofd") == b"PK"
        assert licences.find_document(unit, FIRST, "xml") is None
        assert licences.find_document(unit, "another", "ofd") is None


@pytest.mark.parametrize("before", [(), (complete, revoke), (complete, further)])
def test_only_an_issued_licence_gets_a_document_and_once(
    database: Database, before: tuple[Callable[[UnitOfWork, str], None], ...]
) -> None:
    open_list(database)
    reserve(database)
    done(database, FIRST, *before)
    with pytest.raises(TrustError) as caught:
        done(database, FIRST, further)
    assert caught.value.code is ErrorCode.STORE_CONFLICT
