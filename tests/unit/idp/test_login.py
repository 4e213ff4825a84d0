"""People sign in step by step, no step says who there is, and no step counts that was not proved here and now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from idp.factors.port import FactorKind
from idp.factors.throttle import Limits
from idp.handles import fresh_handle
from idp.login_view import LoginStage
from idp.stepup import Obstacle, Shortfall
from tests.support.factors import PASSWORD
from tests.support.login_world import LEVEL_2, NAME, REAL_NAME_3, LoginWorld
from tests.support.signing_in import TERMINAL
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.store.database import Database

WRONG = "another horse battery"


@pytest.fixture
def world(database: Database) -> LoginWorld:
    return LoginWorld(database)


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code


def test_a_password_signs_somebody_in(world: LoginWorld) -> None:
    person = world.person()
    at = world.open()
    first = world.login.look(at).view
    assert (first.stage, first.kinds, first.missing) == (
        LoginStage.START,
        (FactorKind.PASSWORD,),
        Shortfall.SIGN_IN,
    )
    outcome = world.password(at)
    session = world.session(outcome.session)
    assert outcome.view.stage is LoginStage.DONE
    assert outcome.view.go_on == f"/authorize/continue?i={at.interaction}"
    assert session is not None
    assert (session.person, session.assurance, session.methods) == (person, AssuranceLevel(authentication=1), ("pwd",))
    assert world.satisfied_by(at) == session.id


def test_two_factors_are_two_steps_and_only_the_last_makes_a_session(world: LoginWorld) -> None:
    person = world.person()
    app = world.app(person)
    at = world.open(LEVEL_2)
    half = world.password(at)
    assert (half.view.stage, half.view.kinds, half.session) == (LoginStage.STEP, (FactorKind.TOTP,), None)
    assert half.view.missing is Shortfall.AUTHENTICATION
    whole = world.login.prove(at, FactorKind.TOTP, world.code(app))
    session = world.session(whole.session)
    assert session is not None
    assert (session.person, session.assurance) == (person, LEVEL_2)
    assert session.methods == ("mfa", "otp", "pwd")
    assert [each for each, _ in world.events("idp:session:begun")] == [session.id]


def test_a_name_nobody_has_a_wrong_password_and_a_lock_are_one_answer(world: LoginWorld) -> None:
    person = world.person()
    world.person("locked")
    with world.database.unit_of_work() as uow:
        found = world.people.find(uow, "locked")
        assert found is not None
        world.people.lock(uow, found.id, reason="lost-device", now=world.clock.now(), actor=TERMINAL)
    answers = [
        refused(lambda: world.password(world.open(), "nobody")),
        refused(lambda: world.password(world.open(), NAME, WRONG)),
        refused(lambda: world.password(world.open(), "locked")),
        refused(lambda: world.password(world.open(), "locked", WRONG)),
        refused(lambda: world.password(world.open(), "no name \x00")),
    ]
    assert set(answers) == {IdentityCode.IDP_LOGIN_REFUSED}
    assert [each for each, _ in world.events("idp:login:refused")] == ["nobody", person, found.id, found.id, "nobody"]
    assert NAME not in str(world.events("idp:login:refused"))


def test_spraying_is_slowed_for_names_that_exist_and_names_that_do_not(database: Database) -> None:
    world = LoginWorld(database, limits=Limits(free=2, address=4))
    world.person()
    for name in (NAME, "nobody"):
        codes = [refused(partial(world.password, world.open(), name, WRONG)) for _ in range(3)]
        assert codes == [IdentityCode.IDP_LOGIN_REFUSED, IdentityCode.IDP_LOGIN_REFUSED, IdentityCode.FACTOR_THROTTLED]
    assert refused(lambda: world.password(world.open(), "third", WRONG)) is IdentityCode.FACTOR_THROTTLED  # the address
    assert len(world.events("idp:login:refused")) == 4  # what was not looked at is not told one by one


@pytest.mark.parametrize("spelling", ["LI.HUA", "ｌｉ．ｈｕａ", " li.hua", "li.hua\t"])
@pytest.mark.parametrize("exists", [True, False])
def test_another_spelling_does_not_tell_a_name_that_exists(database: Database, spelling: str, *, exists: bool) -> None:
    world = LoginWorld(database, limits=Limits(free=2))
    if exists:
        world.person()
    codes = [refused(partial(world.password, world.open(), name, WRONG)) for name in (NAME, NAME, spelling)]
    assert codes == [IdentityCode.IDP_LOGIN_REFUSED, IdentityCode.IDP_LOGIN_REFUSED, IdentityCode.FACTOR_THROTTLED]


def test_what_is_no_name_is_counted_as_one(database: Database) -> None:
    world = LoginWorld(database, limits=Limits(free=2))
    codes = [refused(partial(world.password, world.open(), name, WRONG)) for name in ("a b", "x" * 65, "\x00")]
    assert codes[-1] is IdentityCode.FACTOR_THROTTLED


def test_nobody_fills_the_trail_with_junk(database: Database) -> None:
    world = LoginWorld(database, limits=Limits(address=5))
    world.means = replace(world.means, passkeys=world.factors.passkeys)
    desk = replace(world.desk, means=world.means)
    login = replace(world.login, desk=desk)
    at = world.open()
    codes = [refused(partial(login.passkey, at, '{"answer":"x"}')) for _ in range(20)]
    assert codes == [IdentityCode.FACTOR_PASSKEY_MALFORMED] * 5 + [IdentityCode.FACTOR_THROTTLED] * 15
    assert len(world.events("idp:login:refused")) == 5


def test_a_code_that_is_none_is_not_told_in_the_trail(world: LoginWorld) -> None:
    world.app(world.person())
    at = world.open(LEVEL_2)
    world.password(at)
    for _ in range(3):
        assert refused(lambda: world.login.prove(at, FactorKind.TOTP, "junk")) is IdentityCode.FACTOR_CODE_FORM
    assert world.events("idp:login:refused") == []


def test_no_step_is_taken_without_the_form_of_this_browser(world: LoginWorld) -> None:
    world.person()
    at, other = world.open(), world.open()
    for form in ("", other.form, "0" * 64):
        assert refused(partial(world.password, replace(at, form=form))) is IdentityCode.IDP_FORGED
    assert refused(lambda: world.password(replace(at, browser=fresh_handle()))) is IdentityCode.IDP_INTERACTION
    assert refused(lambda: world.password(replace(at, browser=None))) is IdentityCode.IDP_INTERACTION
    assert refused(lambda: world.login.look(replace(at, interaction=fresh_handle()))) is IdentityCode.IDP_INTERACTION
    world.clock.pass_(3600)
    assert refused(lambda: world.password(at)) is IdentityCode.IDP_INTERACTION
    assert world.events("idp:session:begun") == []


def test_no_step_comes_before_its_turn(world: LoginWorld) -> None:
    person = world.person()
    app = world.app(person)
    at = world.open(LEVEL_2)
    code = world.code(app)
    assert refused(lambda: world.login.prove(at, FactorKind.TOTP, code)) is IdentityCode.IDP_LOGIN_STEP
    assert refused(lambda: world.login.prove(at, FactorKind.TOTP, code, login_name=NAME)) is IdentityCode.IDP_LOGIN_STEP
    assert refused(lambda: world.login.prove(at, FactorKind.PASSKEY, "{}")) is IdentityCode.IDP_LOGIN_STEP
    assert refused(lambda: world.password(at, "", "x" * 5000)) is IdentityCode.IDP_LOGIN_STEP
    world.password(at)
    assert refused(lambda: world.password(at, "", PASSWORD)) is IdentityCode.IDP_LOGIN_STEP
    assert refused(lambda: world.login.prove(at, FactorKind.TOTP, "000000")) is IdentityCode.FACTOR_REFUSED
    assert world.login.prove(at, FactorKind.TOTP, code).view.stage is LoginStage.DONE
    assert refused(lambda: world.login.prove(at, FactorKind.TOTP, code)) is IdentityCode.IDP_LOGIN_STEP  # it is over


def test_a_planted_session_is_not_taken_over(world: LoginWorld) -> None:
    world.person()
    planted = fresh_handle()
    outcome = world.password(replace(world.open(), session=planted))
    assert outcome.session not in {None, planted}
    assert world.session(planted) is None


def test_signing_in_again_ends_what_the_browser_had(world: LoginWorld) -> None:
    world.person()
    _, first = world.signed_in()
    world.clock.pass_(1)
    at = world.open(session=first.session, reauthenticate=True)
    assert world.login.look(at).view.stage is LoginStage.STEP
    second = world.password(at)
    assert world.session(first.session) is None
    assert world.session(second.session) is not None


def test_stepping_up_adds_to_the_session_under_a_new_secret(world: LoginWorld) -> None:
    person = world.person()
    app = world.app(person)
    _, first = world.signed_in()
    before = world.session(first.session)
    at = world.open(LEVEL_2, session=first.session)
    view = world.login.look(at).view
    assert (view.stage, view.kinds) == (LoginStage.STEP, (FactorKind.TOTP,))
    second = world.login.prove(at, FactorKind.TOTP, world.code(app))
    after = world.session(second.session)
    assert before is not None
    assert after is not None
    assert (after.id, after.assurance) == (before.id, LEVEL_2)
    assert world.session(first.session) is None
    assert world.satisfied_by(at) == before.id
    assert [each for each, _ in world.events("idp:session:raised")] == [before.id]


def test_a_session_that_is_enough_goes_on_at_once(world: LoginWorld) -> None:
    world.person()
    _, first = world.signed_in()
    at = world.open(session=first.session)
    assert world.login.look(at).view.stage is LoginStage.DONE
    found = world.session(first.session)
    assert found is not None
    assert world.satisfied_by(at) == found.id


def test_an_old_session_is_made_fresh_by_proving_again(world: LoginWorld) -> None:
    world.person()
    _, first = world.signed_in()
    world.clock.pass_(600)
    at = world.open(session=first.session, max_age=timedelta(minutes=5))
    view = world.login.look(at).view
    assert (view.stage, view.missing) == (LoginStage.STEP, Shortfall.AGE)
    second = world.password(at, "", PASSWORD)
    found = world.session(second.session)
    assert found is not None
    assert found.authenticated_at == world.clock.now()


def test_somebody_else_does_not_finish_what_was_begun_for_a_person(world: LoginWorld) -> None:
    person = world.person()
    world.person("wang.wei")
    at = world.open(person=person)
    assert refused(lambda: world.password(at, "wang.wei")) is IdentityCode.IDP_LOGIN_OTHER
    assert world.password(at).view.stage is LoginStage.DONE


def test_a_login_that_builds_on_a_session_starts_over_when_it_ends(world: LoginWorld) -> None:
    person = world.person()
    world.app(person)
    _, first = world.signed_in()
    world.links.found["province", "4401"] = person
    at = world.open(REAL_NAME_3, session=first.session)
    assert world.login.look(at).view.stage is LoginStage.STEP
    with world.database.unit_of_work() as uow:
        world.sessions.end_all(uow, person, reason="logout", now=world.clock.now(), actor=TERMINAL)
    assert world.login.look(at).view.stage is LoginStage.START
    assert refused(lambda: world.password(at, "", PASSWORD)) is IdentityCode.IDP_LOGIN_REFUSED


def test_what_nothing_here_reaches_is_said_to_be_impossible(world: LoginWorld) -> None:
    world.person()
    at = world.open(AssuranceLevel(authentication=3))
    view = world.password(at).view
    assert (view.stage, view.obstacle) == (LoginStage.IMPOSSIBLE, Obstacle.FACTOR)
    assert world.satisfied_by(at) is None


def test_a_lock_ends_a_login_that_is_half_done(world: LoginWorld) -> None:
    person = world.person()
    app = world.app(person)
    at = world.open(LEVEL_2)
    assert world.password(at).view.stage is LoginStage.STEP
    with world.database.unit_of_work() as uow:
        world.people.lock(uow, person, reason="lost-device", now=world.clock.now(), actor=TERMINAL)
    with world.database.unit_of_work() as uow:
        world.people.unlock(uow, person, now=world.clock.now(), actor=TERMINAL)
    assert world.login.look(at).view.stage is LoginStage.START
    assert refused(lambda: world.login.prove(at, FactorKind.TOTP, world.code(app))) is IdentityCode.IDP_LOGIN_STEP


def test_of_two_steps_at_once_one_is_taken(world: LoginWorld) -> None:
    person = world.person()
    world.app(person)
    at = world.open(LEVEL_2)
    with world.database.reading() as unit:
        seen = world.desk.load(unit, at, now=world.clock.now())
    world.password(at)
    with pytest.raises(TrustError) as caught, world.database.unit_of_work() as uow:
        world.desk.save(uow, seen)
    assert caught.value.code is IdentityCode.IDP_LOGIN_STEP


def test_a_login_has_so_many_steps_and_no_more(world: LoginWorld) -> None:
    person = world.person()
    world.app(person)
    at = world.open(LEVEL_2)
    for _ in range(100):
        with world.database.unit_of_work() as uow:
            world.desk.save(uow, world.desk.load(uow, at, now=world.clock.now()))
    assert refused(lambda: world.password(at)) is IdentityCode.IDP_LOGIN_STEP
