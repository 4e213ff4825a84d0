"""Requests anybody can make are kept for minutes, and removed by pages."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from tests.support.provider import claims_of, interaction_of
from trustkit.app.idp_provider import HomeProvider
from trustkit.store import op_requests
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.op_requests import RequestKind, RequestRow

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from tests.support.provider import World
    from trustkit.store.unit_of_work import UnitOfWork


def _row(number: int, ended: datetime) -> RequestRow:
    return RequestRow(
        reference_sm3=f"{number:064x}",
        kind=RequestKind.ASKED,
        client="app",
        parameters="{}",
        created_at=ended,
        expires_at=ended,
    )


def test_what_is_over_is_gone_after_minutes_however_much_it_is(world: World) -> None:
    now = world.clock.now()
    over, lately = now - timedelta(minutes=11), now - timedelta(minutes=9)
    with world.database.unit_of_work() as uow:
        for number in range(PAGE_LIMIT + 1):
            op_requests.add(uow, _row(number, over))
        op_requests.add(uow, _row(PAGE_LIMIT + 1, lately))
    home = cast("Any", SimpleNamespace(clock=world.clock, database=world.database))
    HomeProvider(home=home).once()
    with world.database.unit_of_work() as uow:
        assert op_requests.find(uow, _row(0, over).reference_sm3) is None
        assert op_requests.find(uow, _row(PAGE_LIMIT + 1, lately).reference_sm3) is not None
        assert op_requests.forget(uow, before=now) == 1


def test_a_hint_is_kept_as_whom_it_names(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world, add = sqlite_world, op_requests.add
    kept: list[RequestRow] = []

    def keep(uow: UnitOfWork, row: RequestRow) -> None:
        kept.append(row)
        add(uow, row)

    monkeypatch.setattr(op_requests, "add", keep)
    client, secret = world.client()
    world.sign_in(world.person())
    hint = world.redeem(client, secret, world.code(client)).json()["id_token"]
    world.cookies.clear()
    assert interaction_of(world.browse("/authorize", world.asking(client, id_token_hint=hint)))[0] == "/login"
    (row,) = kept
    assert hint not in row.parameters
    assert claims_of(hint)["sub"] in row.parameters
