"""Whoever is tried, the same work is done and the same count is kept: nothing tells who there is, who is locked out, or who has what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from idp.factors import hashing
from idp.factors.throttle import Limits
from idp.group_commit import GroupWriter
from idp.login_password import PasswordStep
from idp.password_room import PasswordRoom
from tests.support.login_world import NAME, LoginWorld
from tests.support.signing_in import TERMINAL
from trustkit.audit import trail
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from trustkit.store.database import Database

WRONG = "another horse battery"
CASES = ("nobody", "wrong", "locked", "locked wrong", "no password", "no name")


def tried(world: LoginWorld, case: str) -> None:
    """Try to sign in once, in vain."""
    name = {"nobody": "nobody", "wrong": NAME, "no password": "keyed", "no name": "no name \x00"}.get(case, "locked")
    password = (WRONG,) if case in {"wrong", "locked wrong"} else ()
    with pytest.raises(TrustError) as caught:
        world.password(world.open(), name, *password)
    assert caught.value.code in {IdentityCode.IDP_LOGIN_REFUSED, IdentityCode.FACTOR_THROTTLED}
    if caught.value.code is IdentityCode.FACTOR_THROTTLED:
        raise caught.value


@pytest.fixture
def world(database: Database) -> LoginWorld:
    world = LoginWorld(database, limits=Limits(free=3, address=1000))
    world.person()
    world.person("locked")
    with database.unit_of_work() as uow:
        world.people.create(uow, login_name="keyed", now=world.clock.now(), actor=TERMINAL)  # who has no password
        found = world.people.find(uow, "locked")
        assert found is not None
        world.people.lock(uow, found.id, reason="left", now=world.clock.now(), actor=TERMINAL)
    return world


@pytest.mark.parametrize("case", CASES)
def test_one_hash_of_one_cost_is_compared(world: LoginWorld, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    compared: list[tuple[int, int]] = []
    argon2id = hashing._argon2id

    def counted(keyed: bytes, salt: bytes, passes: int, memory_kib: int) -> bytes:
        compared.append((passes, memory_kib))
        return argon2id(keyed, salt, passes, memory_kib)

    def none_made(*_: object, **__: object) -> str:
        raise AssertionError("a hash was made")

    monkeypatch.setattr(hashing, "_argon2id", counted)
    monkeypatch.setattr(hashing.PasswordHashing, "hash", none_made)
    tried(world, case)
    tried(world, "nobody")
    assert len(compared) == 2
    assert compared[0] == compared[1]  # the cost


@pytest.mark.parametrize("case", CASES)
def test_every_try_counts(world: LoginWorld, case: str) -> None:
    for _ in range(3):
        tried(world, case)
    with pytest.raises(TrustError) as caught:
        tried(world, case)
    assert caught.value.code is IdentityCode.FACTOR_THROTTLED


@pytest.mark.parametrize("case", CASES)
def test_the_trail_gives_every_refusal_one_reason(world: LoginWorld, case: str) -> None:
    tried(world, case)
    with world.database.reading() as unit:
        (told,) = (each for each in trail.list_events(unit, limit=1000) if each.type == "idp:login:refused")
    assert told.reason == IdentityCode.FACTOR_REFUSED.value


def test_a_lock_ends_with_the_letting_in(world: LoginWorld) -> None:
    tried(world, "locked")
    with world.database.unit_of_work() as uow:
        found = world.people.find(uow, "locked")
        assert found is not None
        world.people.unlock(uow, found.id, now=world.clock.now(), actor=TERMINAL)
    outcome = partial(world.password, world.open(), "locked")()
    assert outcome.session is not None


def test_who_has_to_wait_undoes_nothing_of_those_he_is_written_with(world: LoginWorld) -> None:
    for _ in range(3):
        tried(world, "wrong")
    step = PasswordStep(
        login=world.login, passwords=world.factors.passwords, writer=GroupWriter(world.database), room=PasswordRoom(1)
    )
    at = world.open()
    with world.database.unit_of_work() as uow:
        begun = step._begin(uow, at, NAME, world.clock.now())  # refused, not raised: the unit goes on
    step.writer.close()
    assert begun.value is None
    assert begun.refused is not None
    assert begun.refused.code is IdentityCode.FACTOR_THROTTLED
