"""What clients of the verification API used, and their calls that came before: on each kind of store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from trustkit.api_codes import ApiCode
from trustkit.app.client_calls import ClientCalls
from trustkit.app.quota_policy import parse_quotas
from trustkit.clock import FixedClock
from trustkit.errors import TrustError
from trustkit.identity import NOT_SIGNED_IN, AuthContext, Principal
from trustkit.store import api_calls, api_use
from trustkit.store.api_calls import BegunCall
from trustkit.store.engines import POOL_OVERFLOW, POOL_SIZE
from trustkit.web.callers import keep_caller

if TYPE_CHECKING:
    from starlette.responses import Response

    from trustkit.store.database import Database

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
QUOTAS = b'format = 1\n[[client]]\nid = "a"\nper_day = 1\n'


def test_no_more_is_granted_than_every_period_leaves(database: Database) -> None:
    bounds = {"2026-12-01": (5, LATER), "2026-12": (7, LATER + timedelta(days=30))}
    with database.unit_of_work() as uow:
        assert [api_use.grant(uow, "a", bounds, wanted) for wanted in (3, 3, 3)] == [3, 2, 0]
        assert api_use.grant(uow, "b", bounds, 1) == 1
        assert api_use.grant(uow, "a", {"2026-12-02": (5, LATER), "2026-12": bounds["2026-12"]}, 5) == 2
    with database.reading() as unit:
        assert (api_use.used(unit, "a", "2026-12-01"), api_use.used(unit, "a", "2026-12")) == (5, 7)
        assert api_use.used(unit, "a", "2026-11") == 0
    with database.unit_of_work() as uow:
        assert api_use.forget(uow, before=LATER + timedelta(seconds=1)) == 3
        assert api_use.used(uow, "a", "2026-12") == 7


def test_a_key_stands_for_one_call(database: Database) -> None:
    def begin(call: str, now: datetime = NOW, client: str = "a") -> BegunCall | None:
        stale = now - timedelta(minutes=5)
        with database.unit_of_work() as uow:
            return api_calls.begin(uow, client, "k", call, now=now, until=now + timedelta(days=1), stale=stale)

    assert begin("c") is None
    assert begin("c") == BegunCall(call_sm3="c", answer=None)
    assert begin("c", client="b") is None
    with database.unit_of_work() as uow:
        api_calls.finish(uow, "a", "k", b"another's", begun_at=NOW - timedelta(hours=1))
        api_calls.let_go(uow, "a", "k", begun_at=NOW - timedelta(hours=1))
        api_calls.finish(uow, "a", "k", b"told", begun_at=NOW)
        api_calls.let_go(uow, "a", "k", begun_at=NOW)  # answered: nobody takes it up
    assert begin("d") == BegunCall(call_sm3="c", answer=b"told")
    assert begin("d", NOW + timedelta(hours=1)) == BegunCall(call_sm3="c", answer=b"told")
    assert begin("d", NOW + timedelta(days=2)) is None  # its time was over
    taken_up = BegunCall(call_sm3="d", answer=None, taken_up=True)
    assert begin("e", NOW + timedelta(days=2, minutes=6)) == BegunCall(call_sm3="d", answer=None)  # another call
    assert begin("d", NOW + timedelta(days=2, minutes=6)) == taken_up  # never answered: who began it is gone
    with database.unit_of_work() as uow:
        api_calls.let_go(uow, "a", "k", begun_at=NOW + timedelta(days=2))  # too late: it was taken up
    assert begin("d", NOW + timedelta(days=2, minutes=7)) == BegunCall(call_sm3="d", answer=None)
    with database.unit_of_work() as uow:
        api_calls.let_go(uow, "a", "k", begun_at=NOW + timedelta(days=2, minutes=6))
    assert begin("d", NOW + timedelta(days=2, minutes=7)) == taken_up
    with database.unit_of_work() as uow:
        assert api_calls.forget(uow, before=NOW + timedelta(days=2)) == 1  # b's


def test_a_client_over_its_quota_keeps_nobody_from_the_store(database: Database) -> None:
    calls = ClientCalls(database, FixedClock(NOW), parse_quotas(QUOTAS))
    many = POOL_SIZE + POOL_OVERFLOW + 5

    async def never() -> Response:
        raise AssertionError

    async def ask() -> TrustError:
        scope = {"type": "http", "headers": []}
        keep_caller(scope, AuthContext(principal=Principal(id="client:a"), assurance=NOT_SIGNED_IN, client="a"))
        with pytest.raises(TrustError) as refused:
            await calls.answered(Request(scope), None, 1, never)
        return refused.value

    async def act() -> list[TrustError]:
        return await asyncio.gather(*(ask() for _ in range(many)))

    assert calls.grant("a", 1) == 1
    assert [each.code for each in asyncio.run(act())] == [ApiCode.QUOTA_SPENT] * many
