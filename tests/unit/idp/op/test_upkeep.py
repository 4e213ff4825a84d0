"""Requests anybody can make are kept for minutes, and removed by pages."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import func, insert, select

from idp.interactions import Interactions
from idp.sessions import SessionRules, Sessions
from tests.support.provider import claims_of, interaction_of
from trustkit.app.idp_provider import HomeProvider
from trustkit.app.idp_upkeep import IdentityUpkeep
from trustkit.store import (
    factor_schema,
    identity_schema,
    idp_interactions,
    idp_logins,
    op_once,
    op_requests,
    op_schema,
    upstream_logouts,
)
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.idp_interactions import InteractionRow
from trustkit.store.idp_logins import LoginRow
from trustkit.store.op_requests import RequestKind, RequestRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Table

    from tests.support.provider import World
    from trustkit.store.database import Database
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


def _seen(uow: UnitOfWork, number: int, ended: datetime) -> None:
    op_once.see(uow, f"{number:064x}", expires_at=ended)


def _challenge(uow: UnitOfWork, number: int, ended: datetime) -> None:
    values = {"handle_sm3": f"{number:064x}", "purpose": "totp", "person": None, "kept": b"k"}
    uow.write(insert(factor_schema.factor_challenges), {**values, "created_at": ended, "expires_at": ended})


def _registration(uow: UnitOfWork, number: int, ended: datetime) -> None:
    values = {"token_sm3": f"{number:064x}", "uses_left": 1, "created_at": ended, "expires_at": ended}
    uow.write(insert(op_schema.op_registration_tokens), values)


def _interaction(uow: UnitOfWork, number: int, ended: datetime) -> None:
    row = InteractionRow(
        id_sm3=f"{number:064x}",
        browser_sm3="b",
        purpose="account",
        identity_level=0,
        authentication_level=1,
        max_age_seconds=None,
        reauthenticate=False,
        acr_values="",
        insists=True,
        client="",
        client_name="",
        reference="",
        person=None,
        language="",
        created_at=ended,
        expires_at=ended - timedelta(hours=1),
    )
    idp_interactions.add(uow, row)
    idp_logins.save(uow, LoginRow(interaction=row.id_sm3, grounds="{}"))


def _logout(uow: UnitOfWork, number: int, ended: datetime) -> None:
    upstream_logouts.note(uow, [f"{number:064x}"], at=ended, expires_at=ended)


TABLES = {
    "proofs of keys": (_seen, op_schema.op_seen),
    "challenges": (_challenge, factor_schema.factor_challenges),
    "registration tokens": (_registration, op_schema.op_registration_tokens),
    "interactions": (_interaction, identity_schema.idp_interactions),
    "logins under way": (_interaction, identity_schema.idp_logins),
    "providers' logouts": (_logout, identity_schema.idp_upstream_logouts),
}


@pytest.mark.parametrize("what", TABLES)
def test_what_lives_for_minutes_goes_by_pages(world: World, what: str) -> None:
    add, table = TABLES[what]
    now = world.clock.now()
    with world.database.unit_of_work() as uow:
        for number in range(PAGE_LIMIT + 1):
            add(uow, number, now - timedelta(seconds=1))
        add(uow, PAGE_LIMIT + 1, now + timedelta(minutes=1))
    counts: list[int] = []
    database = cast("Any", _Counting(world.database, table, counts))
    home = cast("Any", SimpleNamespace(clock=world.clock, database=database))
    HomeProvider(home=home).once()
    upkeep = IdentityUpkeep(
        database=database,
        clock=world.clock,
        interactions=Interactions(),
        sessions=Sessions(rules=SessionRules(), levels=cast("Any", None)),
        keys=cast("Any", SimpleNamespace(tend=lambda: None)),
    )
    upkeep.once()
    with world.database.reading() as unit:
        assert unit.fetch_value(select(func.count()).select_from(table)) == 1
    assert max(counts) <= PAGE_LIMIT  # of one unit: others wait no longer
    assert sum(counts) == PAGE_LIMIT + 1


class _Counting:
    """A database that counts how many rows of a table each unit removes."""

    def __init__(self, database: Database, table: Table, counts: list[int]) -> None:
        self.database, self.table, self.counts = database, table, counts

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        rows = select(func.count()).select_from(self.table)
        with self.database.unit_of_work() as uow:
            before = uow.fetch_value(rows)
            yield uow
            self.counts.append(before - uow.fetch_value(rows))
