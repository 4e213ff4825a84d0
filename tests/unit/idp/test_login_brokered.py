"""A provider says who it is and how surely; the decision is ours, after it; and what comes back is good once, here."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idp.evidence import OrganisationClaim
from idp.factors.port import FactorKind
from idp.factors.throttle import Limits
from idp.handles import fresh_handle
from idp.login_brokered import LIFETIME
from idp.login_view import LoginStage
from idp.stepup import Shortfall
from idp.subject.documents import parse_document
from idp.subject.mandates import Mandates
from tests.support.login_world import LEVEL_2, NAME, REAL_NAME_3, LoginWorld
from tests.support.signing_in import TERMINAL
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from idp.subject.mandates import ActingFor
    from trustkit.error_family import Code
    from trustkit.store.database import Database


@pytest.fixture
def world(database: Database) -> LoginWorld:
    return LoginWorld(database)


def refused(act: Coroutine[Any, Any, object]) -> Code:
    with pytest.raises(TrustError) as caught:
        asyncio.run(act)
    return caught.value.code


def test_a_person_nobody_knew_comes_by_a_provider_and_is_known_again(world: LoginWorld) -> None:
    at = world.open(AssuranceLevel(identity=3, authentication=1))
    first = asyncio.run(world.through(at))
    session = world.session(first.session)
    assert session is not None
    assert (session.assurance, session.provider) == (AssuranceLevel(identity=3, authentication=1), "province")
    assert world.satisfied_by(at) == session.id
    again = world.session(asyncio.run(world.through(world.open())).session)
    assert again is not None
    assert again.person == session.person
    assert world.provider.begun[0].needed == AssuranceLevel(identity=3, authentication=1)


def test_a_brokered_login_is_stepped_up_here(world: LoginWorld) -> None:
    person = world.person()
    app = world.app(person)
    world.links.found["province", "4401"] = person
    at = world.open(REAL_NAME_3)
    half = asyncio.run(world.through(at))
    assert (half.view.stage, half.view.missing, half.session) == (LoginStage.STEP, Shortfall.AUTHENTICATION, None)
    assert FactorKind.TOTP in half.view.kinds
    whole = world.login.prove(at, FactorKind.TOTP, world.code(app))
    while whole.view.stage is LoginStage.STEP:
        whole = world.password(at, "", "correct horse battery")
    session = world.session(whole.session)
    assert session is not None
    assert (session.person, session.assurance, session.provider) == (person, REAL_NAME_3, "province")


def test_a_lying_provider_gives_no_more_than_its_ladder_knows(world: LoginWorld) -> None:
    world.provider.real_name, world.provider.login = "L9", "urn:trustkit:aal:1"
    at = world.open(REAL_NAME_3)
    view = asyncio.run(world.through(at)).view
    assert view.missing is Shortfall.IDENTITY
    assert world.satisfied_by(at) is None


def test_a_signed_in_person_raises_who_he_is_by_his_link(world: LoginWorld) -> None:
    person = world.person()
    world.links.found["province", "4401"] = person
    _, first = world.signed_in()
    at = world.open(AssuranceLevel(identity=3, authentication=1), session=first.session)
    view = world.login.look(at).view
    assert (view.missing, [each.name for each in view.connectors]) == (Shortfall.IDENTITY, ["province"])
    session = world.session(asyncio.run(world.through(at)).session)
    assert session is not None
    assert (session.person, session.assurance.identity) == (person, 3)


def test_a_step_up_by_the_same_provider_lowers_nobody(world: LoginWorld) -> None:
    world.provider.login, world.provider.real_name = "urn:trustkit:aal:2", "L1"
    first = asyncio.run(world.through(world.open(LEVEL_2)))
    world.provider.login, world.provider.real_name = "urn:trustkit:aal:1", "L4"
    at = world.open(AssuranceLevel(identity=3, authentication=1), session=first.session)
    second = world.session(asyncio.run(world.through(at)).session)
    assert second is not None
    assert second.assurance == REAL_NAME_3


@pytest.mark.parametrize("admits", [True, False])
@pytest.mark.parametrize("needed", [LEVEL_2, REAL_NAME_3])
@pytest.mark.parametrize("signed_in", [True, False])
def test_who_has_a_password_alone_does_not_bring_an_identity_of_his_own(
    database: Database, needed: AssuranceLevel, *, admits: bool, signed_in: bool
) -> None:
    world = LoginWorld(database, admits=admits)
    person = world.person()
    app = world.app(person)
    own = {("province", "4401"): person}
    world.links.found = dict(own)
    world.provider.login, world.provider.subject = "urn:trustkit:aal:2", "of another"
    session = world.signed_in()[1].session if signed_in else None
    at = world.open(needed, session=session)
    if not signed_in:
        assert world.password(at).view.stage is LoginStage.STEP
    assert refused(world.through(at)) is IdentityCode.IDP_LOGIN_UNKNOWN
    assert refused(world.through(at, "city")) is IdentityCode.IDP_LOGIN_STEP  # he is not linked to it
    assert world.links.found == own
    if needed == LEVEL_2:  # it goes on with his own factor
        assert world.login.prove(at, FactorKind.TOTP, world.code(app)).view.stage is LoginStage.DONE
    else:
        assert world.login.look(at).view.stage is LoginStage.STEP


def test_another_persons_identity_is_not_taken_for_the_one_who_began(world: LoginWorld) -> None:
    world.links.found["province", "own"] = world.person()
    other = world.person("wang.wei")
    world.links.found["province", "4401"] = other
    _, first = world.signed_in()
    at = world.open(AssuranceLevel(identity=3, authentication=1), session=first.session)
    assert refused(world.through(at)) is IdentityCode.IDP_LOGIN_OTHER
    assert world.session(first.session) is not None


def test_who_is_locked_out_here_does_not_come_in_by_a_provider(world: LoginWorld) -> None:
    person = world.person()
    world.links.found["province", "4401"] = person
    with world.database.unit_of_work() as uow:
        world.people.lock(uow, person, reason="lost-device", now=world.clock.now(), actor=TERMINAL)
    assert refused(world.through(world.open())) is IdentityCode.IDP_LOGIN_REFUSED
    assert ("province", "idp:login:refused") in world.events("idp:login:refused")


def test_a_connector_that_admits_nobody_new_says_so(database: Database) -> None:
    world = LoginWorld(database, admits=False)
    assert refused(world.through(world.open())) is IdentityCode.IDP_LOGIN_UNKNOWN


def test_what_comes_back_is_good_once(world: LoginWorld) -> None:
    async def twice() -> None:
        at = world.open()
        state = await world.sent(at)
        answer = {"state": state, "code": "good"}
        await world.brokered.finish(at, "province", answer)
        with pytest.raises(TrustError) as caught:
            await world.brokered.finish(at, "province", answer)
        assert caught.value.code is IdentityCode.IDP_UPSTREAM_ANSWER

    asyncio.run(twice())
    assert world.provider.finished == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("state", IdentityCode.IDP_UPSTREAM_ANSWER),
        ("no state", IdentityCode.IDP_UPSTREAM_ANSWER),
        ("browser", IdentityCode.IDP_INTERACTION),
        ("no browser", IdentityCode.IDP_INTERACTION),
        ("provider", IdentityCode.IDP_UPSTREAM_ANSWER),
        ("late", IdentityCode.IDP_UPSTREAM_ANSWER),
        ("much later", IdentityCode.IDP_INTERACTION),
        ("huge", IdentityCode.IDP_UPSTREAM_ANSWER),
        ("many", IdentityCode.IDP_UPSTREAM_ANSWER),
    ],
)
def test_what_comes_back_elsewhere_late_or_mixed_up_signs_nobody_in(world: LoginWorld, change: str, code: Code) -> None:
    async def back() -> None:
        at = world.open()
        answer = {"state": await world.sent(at), "code": "good"}
        name = "province"
        if change == "state":
            answer["state"] = fresh_handle()
        elif change == "no state":
            del answer["state"]
        elif change == "browser":
            at = replace(at, browser=fresh_handle())
        elif change == "no browser":
            at = replace(at, browser=None)
        elif change == "provider":
            name = "city"
        elif change == "late":
            world.clock.pass_(LIFETIME.total_seconds())
        elif change == "much later":
            world.clock.pass_(7200)
        elif change == "huge":
            answer["code"] = "x" * 100_000
        else:
            answer |= {str(number): "" for number in range(40)}
        await world.brokered.finish(at, name, answer)

    assert refused(back()) is code
    assert world.provider.finished == 0
    assert world.other.finished == 0
    assert world.events("idp:session:begun") == []


def test_what_failed_elsewhere_can_still_come_back_to_its_browser(world: LoginWorld) -> None:
    async def back() -> LoginStage:
        at = world.open()
        answer = {"state": await world.sent(at), "code": "good"}
        for wrong in (replace(at, browser=fresh_handle()), at):
            with pytest.raises(TrustError):
                await world.brokered.finish(wrong, "province" if wrong is not at else "city", answer)
        return (await world.brokered.finish(at, "province", answer)).view.stage

    assert asyncio.run(back()) is LoginStage.DONE


def test_a_refusal_of_the_provider_is_told_and_the_login_goes_on(world: LoginWorld) -> None:
    world.person()
    at = world.open()
    for code in (
        IdentityCode.IDP_UPSTREAM_DENIED,
        IdentityCode.IDP_UPSTREAM_UNREACHABLE,
        IdentityCode.IDP_UPSTREAM_ANSWER,
    ):
        world.provider.refuses = code
        assert refused(world.through(at)) is code
    assert len(world.events("idp:login:refused")) == 3
    assert world.password(at, NAME).view.stage is LoginStage.DONE


def test_refusals_of_a_provider_fill_no_trail_and_keep_nobody_out(database: Database) -> None:
    world = LoginWorld(database, limits=Limits(address=3))
    world.person()
    world.provider.refuses = IdentityCode.IDP_UPSTREAM_UNREACHABLE
    at = world.open()
    for _ in range(6):
        assert refused(world.through(at)) is IdentityCode.IDP_UPSTREAM_UNREACHABLE
    assert len(world.events("idp:login:refused")) == 3
    assert world.password(at, NAME).view.stage is LoginStage.DONE


def test_a_connector_is_begun_by_a_form_of_this_browser_and_where_it_leads_on(world: LoginWorld) -> None:
    at = world.open()
    assert refused(world.sent(replace(at, form="0" * 64))) is IdentityCode.IDP_FORGED
    assert refused(world.sent(replace(at, browser=fresh_handle()))) is IdentityCode.IDP_INTERACTION
    assert refused(world.sent(at, "nothing")) is IdentityCode.IDP_LOGIN_STEP
    world.person()
    half = world.open(LEVEL_2)
    world.password(half)
    strong = world.open(AssuranceLevel(identity=0, authentication=3))
    world.password(strong)
    assert refused(world.sent(strong)) is IdentityCode.IDP_LOGIN_IMPOSSIBLE
    assert world.provider.begun == []


def test_our_own_page_answers_what_a_connector_asked(world: LoginWorld) -> None:
    async def answered() -> LoginStage:
        at = world.open()
        await world.sent(at)
        with pytest.raises(TrustError) as caught:
            await world.brokered.answer(replace(at, form=""), "province", {"code": "good"})
        assert caught.value.code is IdentityCode.IDP_FORGED
        done = await world.brokered.answer(at, "province", {"code": "good"})
        with pytest.raises(TrustError):
            await world.brokered.answer(at, "province", {"code": "good"})
        return done.view.stage

    assert asyncio.run(answered()) is LoginStage.DONE


def test_what_a_trusted_provider_claims_of_organisations_is_a_mandate_until_it_is_claimed_no_more(
    world: LoginWorld,
) -> None:
    person = world.person()
    world.links.found["province", "4401"] = person
    world.links.found["city", "4401"] = person
    claim = OrganisationClaim(uscc="1199010000TRYQK01Q", name="示例公司", role="handler")
    world.provider.organisations = world.other.organisations = (claim,)

    def choices() -> tuple[ActingFor, ...]:
        with world.database.reading() as unit:
            return Mandates().choices(unit, person, now=world.clock.now())

    asyncio.run(world.through(world.open(), "city"))
    assert choices() == ()  # nobody lets it speak for organisations
    asyncio.run(world.through(world.open()))
    (acting,) = choices()
    assert (acting.organisation.name, acting.role) == ("示例公司", "handler")
    world.provider.organisations = ()
    asyncio.run(world.through(world.open()))
    assert choices() == ()


def test_what_this_home_knows_of_a_person_counts_at_every_login(world: LoginWorld) -> None:
    person = world.person()
    at = world.open(REAL_NAME_3)
    assert world.password(at).view.missing is Shortfall.IDENTITY
    with world.database.unit_of_work() as uow:
        now = world.clock.now()
        document = parse_document("citizen-id", "11010519491231002X", today=now.date())
        world.documents.record(uow, person, document, now=now, actor=TERMINAL)
    at = world.open(REAL_NAME_3)
    assert world.password(at).view.missing is Shortfall.AUTHENTICATION
