"""The registers of authorisations and copies, on both databases: what is drawn and given back, slots, and what a list says of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from tests.support.licence_register import revoke_licence
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import copy_authorisations, licence_copies, licences, status_lists
from trustkit.store.copy_authorisations import AuthorisationSource, NewAuthorisation
from trustkit.store.licence_copies import SUITE, CopyIntent, CopyState
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.database import Database
    from trustkit.store.licence_copies import CopyRow
    from trustkit.store.unit_of_work import UnitOfWork

DOCUMENTS, URI = "https://trust.example/status/1", "https://trust.example/copies/1"
LATER = NOON + timedelta(hours=1)
DIGEST = "ab" * 32
ALLOWED = NewAuthorisation(
    number="AUTHORISED",
    identifier="a",
    holder="cd" * 32,
    purpose="办理开户",
    recipient="91990100MA7TRYQ01H",
    recipient_name="示例银行",
    source=AuthorisationSource.STATEMENT,
    evidence_sm3=DIGEST,
    valid_until=NOON + timedelta(days=1),
    most_copies=2,
)
INTENT = CopyIntent(
    number="1",
    identifier="a",
    authorisation=ALLOWED.number,
    status_list=URI,
    valid_from=NOON,
    valid_until=NOON + timedelta(days=1),
)


@pytest.fixture
def filled(database: Database) -> Database:
    """Give a database with the licences a and b, an authorisation of a, and a list of four slots for copies."""
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=DOCUMENTS, at=NOON, capacity=8)
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=4, suite=SUITE)
        for name in "ab":
            licences.reserve(uow, identifier=name, type_code="permit", version=1, status_list=DOCUMENTS, at=NOON)
            licences.complete(uow, name, document=b"pdf", document_sm3=DIGEST, at=NOON)
            tell(uow)
            tell(uow)
        copy_authorisations.record(uow, ALLOWED, at=NOON, actor="clerk")
        tell(uow)
    return database


def _reserve(uow: UnitOfWork, number: str, choose: Callable[[int], int] | None = None) -> CopyRow:
    more = {"choose": choose} if choose else {}
    row = licence_copies.reserve(uow, replace(INTENT, number=number), at=NOON, **more)
    tell(uow)
    return row


def _refused(act: Callable[[], object]) -> TrustError:
    with pytest.raises(TrustError) as refusal:
        act()
    assert refusal.value.code is ErrorCode.STORE_CONFLICT
    return refusal.value


def test_no_more_is_drawn_than_was_allowed(filled: Database) -> None:
    number = ALLOWED.number
    with filled.unit_of_work() as uow:
        copy_authorisations.draw(uow, number, at=LATER)
        copy_authorisations.draw(uow, number, at=LATER)
        _refused(lambda: copy_authorisations.draw(uow, number, at=LATER))
        copy_authorisations.give_back(uow, number)
        copy_authorisations.draw(uow, number, at=LATER)
        copy_authorisations.hold(uow, number, at=LATER)
        assert copy_authorisations.get(uow, number).copies == 2


def test_what_is_over_or_withdrawn_allows_nothing(filled: Database) -> None:
    number = ALLOWED.number
    with filled.unit_of_work() as uow:
        for act in (copy_authorisations.draw, copy_authorisations.hold):
            _refused(partial(act, uow, number, at=ALLOWED.valid_until))
        copy_authorisations.withdraw(uow, number, at=NOON, reason="other")
        tell(uow)
        for act in (copy_authorisations.draw, copy_authorisations.hold):
            _refused(partial(act, uow, number, at=NOON))
        _refused(lambda: copy_authorisations.withdraw(uow, number, at=NOON, reason="other"))
        with pytest.raises(TrustError) as refusal:
            copy_authorisations.get(uow, "none")
        assert refusal.value.code is ErrorCode.STORE_ROW_MISSING


def test_slots_are_given_out_once_until_the_list_is_full(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        slots = [_reserve(uow, str(number), lambda _: 0).status_index for number in range(4)]
        assert sorted(slots) == [0, 1, 2, 3]
        assert status_lists.count_free(uow, URI) == 0
        error = _refused(lambda: licence_copies.reserve(uow, replace(INTENT, number="5"), at=NOON))
        assert error.facts.get("full") is True


def test_what_cannot_be_reserved(filled: Database) -> None:
    for intent, code in (
        (replace(INTENT, status_list="https://elsewhere.test"), ErrorCode.STORE_ROW_MISSING),
        (replace(INTENT, number="x" * 17), ErrorCode.INPUT_TOO_LARGE),
        (replace(INTENT, repeat_key="x" * 129), ErrorCode.INPUT_TOO_LARGE),
    ):
        with filled.unit_of_work() as uow, pytest.raises(TrustError) as refusal:
            licence_copies.reserve(uow, intent, at=NOON)
        assert refusal.value.code is code
    with filled.unit_of_work() as uow:
        licence_copies.reserve(uow, replace(INTENT, repeat_key="k"), at=NOON)
        tell(uow)
        _refused(lambda: licence_copies.reserve(uow, INTENT, at=NOON))
        _refused(lambda: licence_copies.reserve(uow, replace(INTENT, number="2", repeat_key="k"), at=NOON))


def test_the_ways_of_a_copy(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        copy_authorisations.draw(uow, ALLOWED.number, at=NOON)
        copy_authorisations.draw(uow, ALLOWED.number, at=NOON)
        for number in "12":
            _reserve(uow, number)
        licence_copies.complete(uow, "1", at=NOON)
        licence_copies.add_document(uow, "1", "pdf", document=b"pdf", document_sm3=DIGEST)
        licence_copies.abandon(uow, "2", at=LATER, reason="crash")
        tell(uow)
        tell(uow)
        assert licence_copies.list_documents(uow, "1") == (("pdf", b"pdf", DIGEST),)
        assert copy_authorisations.get(uow, ALLOWED.number).copies == 1
        for act in (licence_copies.complete, licence_copies.abandon, licence_copies.revoke):
            more = {} if act is licence_copies.complete else {"reason": "other"}
            _refused(partial(act, uow, "2", at=LATER, **more))
        licence_copies.revoke(uow, "1", at=LATER, reason="leaked")
        tell(uow)
        assert licence_copies.get(uow, "1").state is CopyState.REVOKED
        assert [row.number for row in licence_copies.list_of_licence(uow, "a")] == ["1", "2"]
        assert licence_copies.list_unfinished(uow, before=LATER) == ()


def test_what_a_list_says_of_each(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        slot = {number: _reserve(uow, number).status_index for number in "123"}
        for number in "12":
            licence_copies.complete(uow, number, at=NOON)
            tell(uow)
        licence_copies.revoke(uow, "2", at=NOON, reason="leaked")
        tell(uow)
        told = dict(status_lists.list_states(uow, URI, at=NOON))
        wanted = (LicenceState.ISSUED, LicenceState.REVOKED, LicenceState.ISSUED)
        assert told == dict(zip(slot.values(), wanted, strict=True))
        assert licence_copies.lists_of_licence(uow, "a", after=NOON) == (URI,)
        assert licence_copies.lists_of_licence(uow, "a", after=INTENT.valid_until) == ()
        assert licence_copies.lists_of_licence(uow, "b", after=NOON) == ()
        revoke_licence(uow, "a", at=LATER, reason="unlawful")
        tell(uow)
        told = dict(status_lists.list_states(uow, URI, at=LATER))
        assert set(told.values()) == {LicenceState.REVOKED}
