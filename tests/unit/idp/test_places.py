"""A sign-in from where somebody was not before is told to him; the place is kept as a digest of both together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from idp.places import KNOWN, Places
from tests.support.factors import HERE, NOON, SECRETS
from tests.support.login_world import LoginWorld
from trustkit.store import notices
from trustkit.store.identity_schema import sign_in_places

if TYPE_CHECKING:
    from trustkit.store.database import Database

PLACES = Places(sealing=SECRETS)


@pytest.fixture
def world(database: Database) -> LoginWorld:
    world = LoginWorld(database)
    world.clock.at = NOON
    world.desk = replace(world.desk, on_signed_in=(PLACES.signed_in,))
    world.login = replace(world.login, desk=world.desk)
    return world


def told(world: LoginWorld, person: str) -> int:
    with world.database.reading() as unit:
        return sum(row.about == "signed-in" for row in notices.list_of(unit, person))


def test_a_new_place_is_told_once_and_a_known_one_is_not(world: LoginWorld) -> None:
    person = world.person()
    for address, count in ((HERE, 1), (HERE, 1), ("203.0.113.9", 2), (HERE, 2), ("2001:db8::/64", 3)):
        world.password(replace(world.open(), address=address))
        assert told(world, person) == count, address
    world.clock.pass_((KNOWN + timedelta(days=1)).total_seconds())
    world.password(replace(world.open(), address=HERE))
    assert told(world, person) == 4


@pytest.mark.parametrize("address", ["", "127.0.0.1", "::1"])
def test_what_is_nobodys_place_is_told_each_time(world: LoginWorld, address: str) -> None:
    person = world.person()
    for count in (1, 2):
        world.password(replace(world.open(), address=address))
        assert told(world, person) == count


def test_a_place_is_each_persons_own_and_forgotten(world: LoginWorld) -> None:
    one, other = world.person(), world.person("wang.wei")
    world.password(replace(world.open(), address=HERE))
    world.password(replace(world.open(), address=HERE), "wang.wei")
    assert (told(world, one), told(world, other)) == (1, 1)
    with world.database.reading() as unit:
        kept = unit.fetch_all(select(sign_in_places), {})
    assert len(kept) == 2
    assert HERE not in str([dict(row) for row in kept])
    with world.database.unit_of_work() as uow:
        Places.forget(uow, now=NOON + KNOWN)
        assert len(uow.fetch_all(select(sign_in_places), {})) == 2
        Places.forget(uow, now=NOON + KNOWN + timedelta(seconds=1))
        assert uow.fetch_all(select(sign_in_places), {}) == []
