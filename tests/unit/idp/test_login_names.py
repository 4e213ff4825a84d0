"""A login that is needed for any of several names works for the one that asks least of the person, and offers what would do alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idp.factors.port import FactorKind
from idp.login_view import LoginStage
from idp.stepup import Obstacle, Shortfall
from tests.support.factors import PASSWORD
from tests.support.login_world import LEVEL_1, LEVEL_2, LoginWorld
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.login_view import At
    from trustkit.error_family import Code
    from trustkit.store.database import Database


@pytest.fixture
def world(database: Database) -> LoginWorld:
    return LoginWorld(database)


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code


def known(world: LoginWorld, acr: str, *, insists: bool = True) -> At:
    """Open a login for some names, and prove the password in it."""
    at = world.open(acr=acr, insists=insists)
    world.password(at)
    return at


@pytest.mark.parametrize(
    ("acr", "passkey", "hardware", "kinds"),
    [
        ("phr", True, False, (FactorKind.PASSKEY,)),  # and no code of an app, which can be phished
        ("phrh", True, True, (FactorKind.PASSKEY,)),
        ("urn:trustkit:aal:2:phr", True, False, (FactorKind.PASSKEY,)),
        ("urn:trustkit:aal:2", True, False, (FactorKind.PASSKEY, FactorKind.TOTP)),
        ("phrh urn:trustkit:aal:2", True, False, (FactorKind.PASSKEY, FactorKind.TOTP)),  # the first cannot be
        ("urn:trustkit:ial:4 phr", True, False, (FactorKind.PASSKEY,)),
        ("urn:trustkit:aal:3 urn:trustkit:aal:2", False, False, (FactorKind.TOTP,)),
        ("urn:trustkit:aal:2 phr", True, False, (FactorKind.PASSKEY, FactorKind.TOTP)),  # both can: the client's order
    ],
)
def test_what_would_do_is_offered(
    world: LoginWorld, acr: str, kinds: tuple[FactorKind, ...], *, passkey: bool, hardware: bool
) -> None:
    person = world.person()
    world.app(person)
    if passkey:
        world.passkey(person, hardware=hardware)
    view = world.login.look(known(world, acr)).view
    assert (view.stage, view.kinds) == (LoginStage.STEP, kinds)


@pytest.mark.parametrize("acr", ["phr", "phrh", "urn:trustkit:aal:2:phr", "phrh urn:trustkit:aal:3"])
def test_what_nobody_can_prove_is_impossible_and_no_other_factor_is_taken_for_it(world: LoginWorld, acr: str) -> None:
    person = world.person()
    app = world.app(person)
    at = known(world, acr)
    view = world.login.look(at).view
    assert (view.stage, view.obstacle, view.kinds, view.connectors) == (
        LoginStage.IMPOSSIBLE,
        Obstacle.FACTOR,
        (),
        (),
    )
    assert view.refusal is not None
    assert view.refusal.code is IdentityCode.IDP_LOGIN_IMPOSSIBLE
    acts: tuple[Callable[[], object], ...] = (
        lambda: world.login.prove(at, FactorKind.TOTP, world.code(app)),
        lambda: world.password(at, "", PASSWORD),
        lambda: world.login.passkey_options(at),
        lambda: asyncio.run(world.sent(at)),
    )
    assert {refused(act) for act in acts} == {IdentityCode.IDP_LOGIN_IMPOSSIBLE}
    assert world.satisfied_by(at) is None


def test_a_strong_session_is_not_enough_for_a_promise_it_does_not_keep(world: LoginWorld) -> None:
    person = world.person()
    app = world.app(person)
    at = world.open(LEVEL_2)
    world.password(at)
    session = world.login.prove(at, FactorKind.TOTP, world.code(app)).session
    world.passkey(person)
    view = world.login.look(world.open(session=session, acr="phr")).view
    assert (view.stage, view.missing, view.kinds) == (LoginStage.STEP, Shortfall.PHISHING, (FactorKind.PASSKEY,))
    assert view.aim == LEVEL_2  # though the name asks for less
    assert world.login.look(world.open(session=session, acr="phr urn:trustkit:aal:2")).view.stage is LoginStage.DONE


def test_what_is_only_wished_for_keeps_nobody_out(world: LoginWorld) -> None:
    person = world.person()
    outcome = world.password(world.open(acr="phr urn:trustkit:ial:3", insists=False))
    session = world.session(outcome.session)
    assert session is not None
    assert session.assurance == LEVEL_1
    world.passkey(person)  # from now on it can be, and so it is tried for
    assert world.login.look(known(world, "phr", insists=False)).view.kinds == (FactorKind.PASSKEY,)
    strong = replace(world.open(AssuranceLevel(authentication=3), acr="phr", insists=False))
    world.password(strong)
    assert world.login.look(strong).view.stage is LoginStage.IMPOSSIBLE  # what the client must have is no wish


@pytest.mark.parametrize("bound", [True, False])
def test_a_connector_is_offered_for_a_promise_that_its_ladder_gives(world: LoginWorld, *, bound: bool) -> None:
    person = world.person()
    world.links.found["province", "4401"] = person
    way = replace(world.means.connectors["province"], phishing_resistant=bound)
    world.means = replace(world.means, connectors={"province": way})
    world.passkey(person)
    at = known(world, "phr")
    view = world.login.look(at).view
    assert [each.name for each in view.connectors] == (["province"] if bound else [])
    if bound:
        asyncio.run(world.sent(at))
        assert (world.provider.begun[0].needed, world.provider.begun[0].bound) == (LEVEL_1, True)
    else:
        with pytest.raises(TrustError) as caught:
            asyncio.run(world.sent(at))
        assert caught.value.code is IdentityCode.IDP_LOGIN_STEP


def test_a_provider_is_asked_for_what_is_reached_in_the_end(world: LoginWorld) -> None:
    person = world.person()
    app = world.app(person)
    world.links.found["province", "4401"] = person
    at = world.open(LEVEL_2)
    world.password(at)
    session = world.login.prove(at, FactorKind.TOTP, world.code(app)).session
    at = world.open(AssuranceLevel(identity=2, authentication=1), session=session, acr="urn:trustkit:ial:3")
    assert world.login.look(at).view.aim == AssuranceLevel(identity=3, authentication=2)
    outcome = asyncio.run(world.through(at))
    assert world.provider.begun[0].needed == AssuranceLevel(identity=3, authentication=2)
    found = world.session(outcome.session)
    assert found is not None
    assert found.assurance == AssuranceLevel(identity=3, authentication=2)
