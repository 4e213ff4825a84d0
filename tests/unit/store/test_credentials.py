"""The register of credentials, on both databases: slots, states, and what a list says of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from tests.support.licence_register import revoke_licence
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import credentials, licences, status_lists
from trustkit.store.credentials import CredentialIntent, CredentialRow, CredentialState
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

DOCUMENTS, URI = "https://trust.example/status/1", "https://trust.example/credentials/sm2/1"
LATER = NOON + timedelta(hours=1)
DIGEST = "ab" * 32


def _tell(uow: UnitOfWork, acts: int) -> None:
    for _ in range(acts):
        tell(uow)


def _licence(uow: UnitOfWork, name: str) -> None:
    licences.reserve(uow, identifier=name, type_code="permit", version=1, status_list=DOCUMENTS, at=NOON)
    licences.complete(uow, name, document=b"pdf", document_sm3=DIGEST, at=NOON)
    _tell(uow, 2)


def _intent(number: str, licence: str = "a", uri: str = URI) -> CredentialIntent:
    return CredentialIntent(
        number=number,
        identifier=licence,
        suite="sm2",
        status_list=uri,
        holder_key="k",
        expires_at=NOON + timedelta(days=1),
    )


def _reserve(
    uow: UnitOfWork, number: str, licence: str = "a", choose: Callable[[int], int] | None = None
) -> CredentialRow:
    row = credentials.reserve(uow, _intent(number, licence), at=NOON, **({"choose": choose} if choose else {}))
    tell(uow)
    return row


@pytest.fixture
def filled(database: Database) -> Database:
    """Give a database with the licences a and b, and a list of four slots for credentials."""
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=DOCUMENTS, at=NOON, capacity=8)
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=4, suite="sm2")
        _licence(uow, "a")
        _licence(uow, "b")
    return database


def test_lists_are_of_documents_or_of_a_suite(filled: Database) -> None:
    with filled.reading() as unit:
        assert [row.uri for row in status_lists.list_of_suite(unit, None)] == [DOCUMENTS]
        assert [row.uri for row in status_lists.list_of_suite(unit, "sm2")] == [URI]
        assert status_lists.list_of_suite(unit, "es256") == ()


def test_slots_are_given_out_once_until_the_list_is_full(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        slots = [_reserve(uow, str(number), choose=lambda _: 0).status_index for number in range(4)]
        assert sorted(slots) == [0, 1, 2, 3]
        assert status_lists.count_free(uow, URI) == 0
        with pytest.raises(TrustError) as refusal:
            credentials.reserve(uow, _intent("5"), at=NOON)
    assert (refusal.value.code, refusal.value.facts.get("full")) == (ErrorCode.STORE_CONFLICT, True)


def test_what_cannot_be_reserved(filled: Database) -> None:
    for intent, code in (
        (_intent("1", uri="https://elsewhere.test"), ErrorCode.STORE_ROW_MISSING),
        (_intent("x" * 33), ErrorCode.INPUT_TOO_LARGE),
    ):
        with filled.unit_of_work() as uow, pytest.raises(TrustError) as refusal:
            credentials.reserve(uow, intent, at=NOON)
        assert refusal.value.code is code
    with filled.unit_of_work() as uow:
        _reserve(uow, "1")
        with pytest.raises(TrustError) as refusal:
            credentials.reserve(uow, _intent("1"), at=NOON)
        assert refusal.value.code is ErrorCode.STORE_CONFLICT
        with pytest.raises(TrustError) as refusal:
            credentials.get(uow, "2")
        assert refusal.value.code is ErrorCode.STORE_ROW_MISSING


def test_what_a_list_says_of_each(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        slot = {name: _reserve(uow, name, licence).status_index for name, licence in zip("wxyz", "aaab", strict=True)}
        for name in "wxz":
            credentials.complete(uow, name, credential_sm3=DIGEST, at=NOON)
        credentials.abandon(uow, "y", at=NOON, reason="crash")
        credentials.move(uow, credentials.get(uow, "x"), CredentialState.SUSPENDED, at=NOON, reason="other")
        _tell(uow, 5)
        told = dict(status_lists.list_states(uow, URI, at=NOON))
        assert told == {
            slot["w"]: LicenceState.ISSUED,
            slot["x"]: LicenceState.SUSPENDED,
            slot["y"]: LicenceState.ABANDONED,
            slot["z"]: LicenceState.ISSUED,
        }
        assert credentials.lists_of_licence(uow, "a", after=NOON) == (("sm2", URI),)
        assert (
            credentials.lists_of_licence(uow, "a", after=NOON + timedelta(days=1)) == ()
        )  # expired, in whatever state
        revoke_licence(uow, "a", at=LATER, reason="error")
        tell(uow)
        told = dict(status_lists.list_states(uow, URI, at=LATER))
        assert told[slot["w"]] is told[slot["x"]] is LicenceState.REVOKED
        assert (told[slot["y"]], told[slot["z"]]) == (LicenceState.ABANDONED, LicenceState.ISSUED)
        assert status_lists.find_next_change(uow, URI, after=NOON) is None
        credentials.move(uow, credentials.get(uow, "z"), CredentialState.REVOKED, at=LATER, reason="other")
        tell(uow)
        assert dict(status_lists.list_states(uow, URI, at=LATER))[slot["z"]] is LicenceState.REVOKED
        assert credentials.lists_of_licence(uow, "b", after=NOON) == ()


def test_a_row_moves_from_the_state_that_was_seen(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        intent = _reserve(uow, "1")
        assert credentials.list_unfinished(uow, before=LATER) == (intent,)
        assert credentials.list_unfinished(uow, before=NOON) == ()
        credentials.complete(uow, "1", credential_sm3=DIGEST, at=NOON)
        tell(uow)
        again: tuple[Callable[[], None], ...] = (
            lambda: credentials.complete(uow, "1", credential_sm3=DIGEST, at=NOON),
            lambda: credentials.abandon(uow, "1", at=NOON, reason="crash"),
            lambda: credentials.move(uow, intent, CredentialState.REVOKED, at=NOON, reason="other"),
        )
        for act in again:
            with pytest.raises(TrustError) as refusal:
                act()
            assert refusal.value.code is ErrorCode.STORE_CONFLICT
        assert [row.number for row in credentials.list_of_licence(uow, "a")] == ["1"]
