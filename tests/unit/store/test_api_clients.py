"""What clients of the verification API used, and their calls that came before: on each kind of store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trustkit.store import api_calls, api_use
from trustkit.store.api_calls import BegunCall

if TYPE_CHECKING:
    from trustkit.store.database import Database

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


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
        api_calls.finish(uow, "a", "k", b"told")
    assert begin("d") == BegunCall(call_sm3="c", answer=b"told")
    assert begin("d", NOW + timedelta(hours=1)) == BegunCall(call_sm3="c", answer=b"told")
    assert begin("d", NOW + timedelta(days=2)) is None  # its time was over
    assert begin("d", NOW + timedelta(days=2, minutes=6)) is None  # never answered: who began it is gone
    with database.unit_of_work() as uow:
        api_calls.drop(uow, "a", "k")
    assert begin("e", NOW + timedelta(days=2)) is None
    with database.unit_of_work() as uow:
        assert api_calls.forget(uow, before=NOW + timedelta(days=2)) == 1  # b's
