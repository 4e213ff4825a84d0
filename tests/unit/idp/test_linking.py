"""A link is made by who is signed in and asked for it, with what came back to his own browser once; nothing else makes one."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

import pytest

from idp.csrf import csrf_token
from idp.factors.enroller import Login, verify_fresh_login
from idp.handles import fresh_handle
from idp.linking import Linking
from idp.login_progress import FORM
from idp.login_view import LoginStage
from tests.support.factors import NOON, SECRETS
from tests.support.login_world import BROWSER, LoginWorld
from tests.support.signing_in import TERMINAL
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import person_links

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.evidence import BrokeredIdentity
    from idp.factors.enroller import VerifiedEnroller
    from idp.login_view import At, Outcome
    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit


@pytest.fixture
def world(database: Database) -> LoginWorld:
    world = LoginWorld(database)
    world.clock.at = NOON
    return world


def linking(world: LoginWorld) -> Linking:
    return world.brokered.linking


def enroller(world: LoginWorld, at: At) -> VerifiedEnroller:
    session = world.session(at.session)
    assert session is not None
    login = Login(
        person=session.person,
        assurance=session.assurance,
        authenticated_at=session.authenticated_at,
        session=session.id,
    )
    with world.database.reading() as unit:
        return verify_fresh_login(unit, login, now=world.clock.now())


def asked(world: LoginWorld, name: str = "li.hua") -> tuple[str, At]:
    """Sign somebody in who asks for a link; return who it is, and where its steps come from."""
    person = world.person(name)
    at = world.open()
    at = replace(at, session=world.password(at, name).session)
    return person, opened(world, at)


def opened(world: LoginWorld, at: At) -> At:
    with world.database.unit_of_work() as uow:
        made = linking(world).open(uow, enroller(world, at), browser=BROWSER, now=world.clock.now())
    form = csrf_token(SECRETS, BROWSER, FORM, made.interaction.id)
    return replace(at, interaction=made.interaction.id, form=form)


def linked(world: LoginWorld, person: str) -> list[str]:
    with world.database.reading() as unit:
        return [each.provider for each in person_links.list_links(unit, person)]


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code


def back(world: LoginWorld, at: At, state: str, name: str = "province") -> Outcome:
    answer = {"state": state, "code": "good"}
    return asyncio.run(world.brokered.finish(replace(at, interaction=""), name, answer))


def test_what_comes_back_is_linked_and_the_session_stays(world: LoginWorld) -> None:
    person, at = asked(world)
    state = asyncio.run(world.sent(at))
    assert world.provider.begun[-1].max_age is not None
    assert not world.provider.begun[-1].max_age  # somebody else's session there is not enough
    outcome = back(world, at, state)
    assert (outcome.view.stage, outcome.session) == (LoginStage.DONE, None)
    assert linked(world, person) == ["province"]
    assert world.satisfied_by(at) is not None
    assert world.session(at.session) is not None
    assert [each for each, _ in world.events("idp:link:made")] == [person]
    assert refused(lambda: back(world, at, state)) is IdentityCode.IDP_UPSTREAM_ANSWER  # once


def test_what_is_not_its_owners_or_not_now_links_nothing(world: LoginWorld) -> None:
    person, at = asked(world)
    begin = partial(world.brokered.begin, name="province", language="zh")
    assert refused(lambda: asyncio.run(begin(replace(at, form="0" * 64)))) is IdentityCode.IDP_FORGED
    assert refused(lambda: asyncio.run(begin(replace(at, session=None)))) is IdentityCode.IDP_SESSION
    state = asyncio.run(world.sent(at))
    strange = replace(at, browser=fresh_handle())
    assert refused(lambda: back(world, strange, state)) is IdentityCode.IDP_INTERACTION
    assert refused(lambda: back(world, at, fresh_handle())) is IdentityCode.IDP_UPSTREAM_ANSWER
    assert refused(lambda: back(world, at, state, "city")) is IdentityCode.IDP_UPSTREAM_ANSWER
    out = replace(at, session=None)
    assert refused(lambda: back(world, out, state)) is IdentityCode.IDP_SESSION
    state = asyncio.run(world.sent(at))
    world.clock.pass_(601)
    assert refused(lambda: back(world, at, state)) is IdentityCode.IDP_UPSTREAM_ANSWER
    assert refused(lambda: asyncio.run(begin(at))) is IdentityCode.FACTOR_ENROLMENT_STALE
    assert linked(world, person) == []


def test_another_who_signed_in_meanwhile_gets_no_link(world: LoginWorld) -> None:
    person, at = asked(world)
    state = asyncio.run(world.sent(at))
    other = world.person("wang.wei")
    theirs = world.open()
    theirs = replace(at, session=world.password(theirs, "wang.wei").session)
    assert refused(lambda: back(world, theirs, state)) is IdentityCode.IDP_SESSION
    assert linked(world, person) == linked(world, other) == []


def test_what_the_provider_refuses_and_what_is_anothers_is_told(world: LoginWorld) -> None:
    _, mine = asked(world)
    back(world, mine, asyncio.run(world.sent(mine)))
    person, at = asked(world, "wang.wei")
    assert refused(lambda: back(world, at, asyncio.run(world.sent(at)))) is IdentityCode.IDP_LINK_TAKEN
    world.provider.refuses = IdentityCode.IDP_UPSTREAM_DENIED
    assert refused(lambda: back(world, at, asyncio.run(world.sent(at)))) is IdentityCode.IDP_UPSTREAM_DENIED
    assert [reason for _, reason in world.events("idp:login:refused")] == ["idp:link:taken", "idp:upstream:denied"]
    assert linked(world, person) == []


@pytest.mark.parametrize("ago", [timedelta(hours=3), timedelta(seconds=61), None])
def test_a_session_left_open_at_the_provider_is_not_linked(
    world: LoginWorld, monkeypatch: pytest.MonkeyPatch, ago: timedelta | None
) -> None:
    person, at = asked(world)
    finish = world.provider.finish

    async def finishes(*args: Any, **more: Any) -> BrokeredIdentity:
        said = await finish(*args, **more)
        return replace(said, authenticated_at=None if ago is None else world.clock.now() - ago)

    monkeypatch.setattr(world.provider, "finish", finishes)
    assert refused(lambda: back(world, at, asyncio.run(world.sent(at)))) is IdentityCode.IDP_LINK_STALE
    assert linked(world, person) == []
    assert [reason for _, reason in world.events("idp:login:refused")] == ["idp:link:stale"]


def test_a_clock_a_minute_behind_is_a_new_login(world: LoginWorld) -> None:
    person, at = asked(world)
    world.provider.at = world.clock.now() - timedelta(seconds=59)
    back(world, at, asyncio.run(world.sent(at)))
    assert linked(world, person) == ["province"]


def test_a_session_that_ended_while_the_provider_was_asked_gets_no_link(
    world: LoginWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, at = asked(world)
    finish = world.provider.finish

    async def finishes(*args: Any, **more: Any) -> BrokeredIdentity:
        said = await finish(*args, **more)
        now = world.clock.now()
        with world.database.unit_of_work() as uow:
            world.people.access.end(uow, person, reason="owner", now=now, actor=Principal(id=person), keep=None)
        return said

    monkeypatch.setattr(world.provider, "finish", finishes)
    assert refused(lambda: back(world, at, asyncio.run(world.sent(at)))) is IdentityCode.IDP_SESSION
    assert linked(world, person) == []


def test_somebody_locked_out_links_nothing(world: LoginWorld) -> None:
    person, at = asked(world)
    state = asyncio.run(world.sent(at))
    with world.database.unit_of_work() as uow:
        world.people.lock(uow, person, reason="lost-device", now=world.clock.now(), actor=TERMINAL)
    assert refused(lambda: back(world, at, state)) in {IdentityCode.IDP_SESSION, IdentityCode.IDP_LOGIN_REFUSED}
    assert linked(world, person) == []


def test_of_two_removals_at_once_the_second_sees_what_the_first_left(
    world: LoginWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, at = asked(world)
    back(world, at, asyncio.run(world.sent(at)))
    again = opened(world, at)
    world.other.subject = "8801"
    back(world, again, asyncio.run(world.sent(again, "city")), "city")
    with world.database.reading() as unit:
        links = [each.link_mac for each in person_links.list_links(unit, person)]
        factor = next(each for each in world.factors.standing.lines(unit, person))
    who, looked, leads_in = enroller(world, at), Barrier(2), Linking.leads_in
    world.factors.standing.remove(who, factor.id, elsewhere=lambda _: True, now=world.clock.now())

    def looks(self: Linking, unit: ReadUnit, person: str, *, but: str = "") -> bool:
        found = leads_in(self, unit, person, but=but)
        with suppress(BrokenBarrierError):  # who takes turns never meets the other here
            looked.wait(timeout=1)
        return found

    def removes(link: str) -> Code | None:
        try:
            with world.database.unit_of_work() as uow:
                linking(world).remove(uow, who, link, now=world.clock.now())
        except TrustError as error:
            return error.code
        return None

    monkeypatch.setattr(Linking, "leads_in", looks)
    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(removes, links))
    assert set(told) == {IdentityCode.FACTOR_LAST, None}
    with world.database.reading() as unit:
        assert len(person_links.list_links(unit, person)) == 1


def test_a_link_is_removed_by_its_owner_but_for_the_last_way_in(world: LoginWorld) -> None:
    person, at = asked(world)
    back(world, at, asyncio.run(world.sent(at)))
    again = opened(world, at)
    world.other.subject = "8801"
    back(world, again, asyncio.run(world.sent(again, "city")), "city")
    with world.database.reading() as unit:
        province, city = (each.link_mac for each in person_links.list_links(unit, person))
        factor = next(each for each in world.factors.standing.lines(unit, person))
    who, remove = enroller(world, at), linking(world).remove
    world.factors.standing.remove(who, factor.id, elsewhere=lambda _: True, now=world.clock.now())

    def removes(link: str) -> None:
        with world.database.unit_of_work() as uow:
            remove(uow, who, link, now=world.clock.now())

    assert refused(lambda: removes("a" * 64)) is IdentityCode.IDP_LINK_MISSING
    removes(province)
    assert refused(lambda: removes(province)) is IdentityCode.IDP_LINK_MISSING
    assert refused(lambda: removes(city)) is IdentityCode.FACTOR_LAST
    world.clock.pass_(601)
    assert refused(lambda: removes(city)) is IdentityCode.FACTOR_ENROLMENT_STALE
