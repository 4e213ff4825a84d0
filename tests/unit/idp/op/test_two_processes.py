"""Two processes at one store: what is good once is good once among them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.provider import World
from trustkit.store import op_grants
from trustkit.store.database import open_database

if TYPE_CHECKING:
    import httpx

    from idp.op.client_model import Client


def _each(url: str, act: str, client: Client, secret: str, what: str) -> list[httpx.Response]:
    """Let two providers with connections of their own do the same at the same time, some times each."""

    def one(_: int) -> list[httpx.Response]:
        with open_database(url) as database:
            return [getattr(World(database=database), act)(client, secret, what) for _ in range(3)]

    with ThreadPoolExecutor(2) as pool:
        return [answer for answers in pool.map(one, range(2)) for answer in answers]


def test_one_of_them_redeems_a_code_and_refreshes(migrated_url: str) -> None:
    with open_database(migrated_url) as database:
        world = World(database=database)
        client, secret = world.client()
        world.sign_in(world.person())
        answers = _each(migrated_url, "redeem", client, secret, world.code(client))
        assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]
        tokens = world.redeem(client, secret, world.code(client)).json()
        answers = _each(migrated_url, "refresh", client, secret, tokens["refresh_token"])
        assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]
        (good,) = (answer.json() for answer in answers if answer.status_code == 200)
        assert world.refresh(client, secret, good["refresh_token"]).json()["error"] == "invalid_grant"  # reuse ended it


@pytest.mark.parametrize("what", ["code", "refresh"])
def test_the_second_of_two_at_once_ends_what_came_of_the_first(
    world: World, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, secret = world.client()
    world.sign_in(world.person())
    code = world.code(client)
    first = world.redeem(client, secret, code).json()
    handed, act = (code, world.redeem) if what == "code" else (first["refresh_token"], world.refresh)
    if what == "refresh":
        first = world.refresh(client, secret, handed).json()
    name = f"find_{what}"
    find = getattr(op_grants, name)
    # The second process looked before the first had committed.
    monkeypatch.setattr(op_grants, name, lambda unit, key: replace(find(unit, key), used_at=None))
    assert act(client, secret, handed).json()["error"] == "invalid_grant"
    monkeypatch.undo()
    assert world.refresh(client, secret, first["refresh_token"]).json()["error"] == "invalid_grant"
