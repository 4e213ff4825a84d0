"""Offers, tokens and deliveries on both databases: each code ends once, each authorization hands out once, and what is over goes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import credential_deliveries, credential_offers, credentials, licences, status_lists
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.credential_deliveries import DeliveryRow
from trustkit.store.credential_offers import OfferRow, OfferState, TokenRow
from trustkit.store.credentials import CredentialIntent

if TYPE_CHECKING:
    from trustkit.store.database import Database

LATER = NOON + timedelta(minutes=15)
LISTS = "https://trust.example/status/1", "https://trust.example/credentials/es256/1"


def offer(number: str = "1" * 32, **more: object) -> OfferRow:
    given = {"identifier": number, "licence": "a", "suites": "es256", "days": 30, "code_sm3": f"{number}{number}"}
    return OfferRow(**{**given, "created_at": NOON, "expires_at": LATER, **more})  # type: ignore[arg-type]


@pytest.fixture
def filled(database: Database) -> Database:
    """Give a database with one licence, two offers of it, and two credentials."""
    with database.unit_of_work() as uow:
        for uri, suite in zip(LISTS, (None, "es256"), strict=True):
            status_lists.open_list(uow, uri=uri, at=NOON, capacity=8, **({"suite": suite} if suite else {}))
            tell(uow)
        licences.reserve(uow, identifier="a", type_code="permit", version=1, status_list=LISTS[0], at=NOON)
        licences.complete(uow, "a", document=b"pdf", document_sm3="ab" * 32, at=NOON)
        for number in ("c", "d"):
            intent = CredentialIntent(
                number=number, identifier="a", suite="es256", status_list=LISTS[1], holder_key="k", expires_at=LATER
            )
            credentials.reserve(uow, intent, at=NOON)
        for each in ("1", "2"):
            credential_offers.add(uow, offer(each * 32, created_at=NOON + timedelta(seconds=int(each))))
        for _ in range(6):
            tell(uow)
    return database


def test_an_offer_is_found_listed_and_ends_once(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        assert credential_offers.hold_by_code(uow, "1" * 64) == credential_offers.find(uow, "1" * 32)
        assert credential_offers.hold_by_code(uow, "3" * 64) is None
        credential_offers.note_try(uow, "1" * 32)
        assert credential_offers.end(uow, "1" * 32, OfferState.REDEEMED, at=LATER)
        assert not credential_offers.end(uow, "1" * 32, OfferState.LOCKED, at=LATER)
        credential_offers.note_try(uow, "1" * 32)  # of one that has ended, no more tries are counted
        row = credential_offers.find(uow, "1" * 32)
        assert row is not None
        assert (row.state, row.tries, row.ended_at) == (OfferState.REDEEMED, 1, LATER)
        assert [each.identifier[0] for each in credential_offers.list_offers(uow, "a")] == ["2", "1"]
        assert credential_offers.list_offers(uow, "b") == ()
        assert len(credential_offers.list_offers(uow, limit=1)) == 1
        with pytest.raises(TrustError) as refusal:
            credential_offers.list_offers(uow, limit=PAGE_LIMIT + 1)
        assert refusal.value.code is ErrorCode.USAGE
        for _ in range(4):
            tell(uow)


def test_a_code_belongs_to_one_offer(filled: Database) -> None:
    with pytest.raises(TrustError) as refusal, filled.unit_of_work() as uow:
        credential_offers.add(uow, offer("3" * 32, code_sm3="1" * 64))
    assert refusal.value.code is ErrorCode.STORE_CONFLICT


def test_tokens_are_found_dropped_and_forgotten(filled: Database) -> None:
    with filled.unit_of_work() as uow:
        for number, ends in (("1", NOON), ("2", LATER), ("3", LATER)):
            row = TokenRow(token_sm3=number * 64, offer="1" * 32, binding="", expires_at=ends)
            credential_offers.add_token(uow, row)
        assert credential_offers.forget_tokens(uow, before=NOON + timedelta(seconds=1)) == 1
        assert credential_offers.find_token(uow, "1" * 64) is None
        found = credential_offers.find_token(uow, "2" * 64)
        assert found is not None
        assert (found.offer, found.binding, found.expires_at) == ("1" * 32, "", LATER)
        assert "2" * 64 not in repr(found)
        assert credential_offers.drop_tokens(uow, "1" * 32) == 2
        assert credential_offers.drop_tokens(uow, "1" * 32) == 0


def test_what_was_handed_out_is_not_handed_out_again_and_told_of_once(filled: Database) -> None:
    one = DeliveryRow(source="1" * 32, licence="a", suite="es256", number="c", notification_sm3="e" * 64)
    again = DeliveryRow(source="1" * 32, licence="a", suite="es256", number="d", notification_sm3="f" * 64)
    with filled.unit_of_work() as uow:
        assert credential_deliveries.add(uow, one)
        assert not credential_deliveries.add(uow, again)
        assert credential_deliveries.find(uow, "1" * 32, "a", "es256") == one
        assert credential_deliveries.find(uow, "1" * 32, "a", "sm2") is None
        assert credential_deliveries.tell(uow, "c", "credential_accepted")
        assert not credential_deliveries.tell(uow, "c", "credential_deleted")
        told = credential_deliveries.find_by_notification(uow, "e" * 64)
        assert told is not None
        assert told.told == "credential_accepted"
        assert credential_deliveries.find_by_notification(uow, "f" * 64) is None
        tell(uow)
