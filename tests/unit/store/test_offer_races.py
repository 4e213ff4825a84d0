"""Transaction codes tried at once, on both databases: each try is counted, and after five the offer is locked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING

from esign.wallet.handles import digest_of
from esign.wallet.offers import transaction_mac
from esign.wallet.redeeming import MOST_TRIES, RedeemingDesk
from esign.wallet.requests import TokenRequest
from tests.support.databases import NOON, tell
from trustkit.clock import FixedClock
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError
from trustkit.store import credential_offers, licences, status_lists
from trustkit.store.credential_offers import OfferRow, OfferState
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.store.database import Database

URI = "https://trust.example/status/1"
CODE = "c" * 43
RACERS, ROUNDS = 4, 5


def _offer(database: Database) -> None:
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=8)
        licences.reserve(uow, identifier="a", type_code="permit", version=1, status_list=URI, at=NOON)
        row = OfferRow(
            identifier="1" * 32,
            licence="a",
            suites="es256",
            days=1,
            code_sm3=digest_of(CODE),
            transaction_mac=transaction_mac(CODE, "123456"),
            created_at=NOON,
            expires_at=NOON + timedelta(minutes=15),
        )
        credential_offers.add(uow, row)
        for _ in range(3):
            tell(uow)


def test_tries_at_once_are_counted_each(migrated_url: str) -> None:
    with open_database(migrated_url) as database:
        _offer(database)
    start = Barrier(RACERS)

    def tried(_: int) -> list[Code]:
        refusals: list[Code] = []
        with open_database(migrated_url) as database:
            desk = RedeemingDesk(
                database=database, clock=FixedClock(NOON), kind_of=lambda _: "permit", entropy=lambda size: b"e" * size
            )
            start.wait()
            for _ in range(ROUNDS):
                try:
                    desk.redeem(TokenRequest(code=CODE, transaction_code="000000"), None)
                except TrustError as error:
                    refusals.append(error.code)
        return refusals

    with ThreadPoolExecutor(RACERS) as pool:
        every = [code for codes in pool.map(tried, range(RACERS)) for code in codes]
    assert every.count(CredentialCode.OFFER_TRANSACTION) == MOST_TRIES
    assert every.count(CredentialCode.OFFER_CODE) == RACERS * ROUNDS - MOST_TRIES
    with open_database(migrated_url) as database, database.reading() as unit:
        row = credential_offers.find(unit, "1" * 32)
    assert row is not None
    assert (row.state, row.tries) == (OfferState.LOCKED, MOST_TRIES)
