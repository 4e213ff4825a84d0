"""A provider tells that a session there ended: what came of it ends here, once, and nothing else does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import func, select

from idp.connectors.port import UpstreamLogout
from idp.handles import fresh_handle
from idp.login_view import LoginStage
from idp.upstream_logout import UpstreamLogouts
from idp.upstream_logout_api import LOGOUT_PATH, upstream_logout_router
from tests.support.factors import SECRETS
from tests.support.login_world import LEVEL_1, LEVEL_2, LoginWorld
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import upstream_logouts
from trustkit.store.identity_schema import idp_upstream_logouts

if TYPE_CHECKING:
    from idp.login_view import At
    from trustkit.store.database import Database

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def world(database: Database) -> LoginWorld:
    return LoginWorld(database)


@pytest.fixture
def logouts(world: LoginWorld) -> UpstreamLogouts:
    return UpstreamLogouts(
        database=world.database,
        clock=world.clock,
        sealing=SECRETS,
        sessions=world.sessions,
        links=world.links,  # type: ignore[arg-type]
        connectors={name: each.connector for name, each in world.means.connectors.items()},
        throttle=world.factors.throttle,
    )


def _signed_in(world: LoginWorld, session: str = "s-1", subject: str = "4401") -> str:
    """Sign somebody in by the province; return the secret of his session."""
    world.provider.session, world.provider.subject = session, subject
    outcome = asyncio.run(world.through(world.open()))
    assert outcome.session is not None
    return outcome.session


def _live(world: LoginWorld, secret: str) -> bool:
    with world.database.reading() as unit:
        return world.sessions.current(unit, secret, now=world.clock.now()) is not None


def _says(world: LoginWorld, *, subject: str = "", session: str = "") -> None:
    until = world.clock.now() + timedelta(minutes=3)
    world.provider.logout = UpstreamLogout(subject=subject, session=session, token_id="j-1", until=until)


@pytest.mark.parametrize("subject", ["", "4401"])
def test_what_came_of_the_session_ends_and_no_other(world: LoginWorld, logouts: UpstreamLogouts, subject: str) -> None:
    one, other = _signed_in(world, "s-1"), _signed_in(world, "s-2")
    _says(world, subject=subject, session="s-1")
    assert asyncio.run(logouts.take("province", "good", address="192.0.2.1")) == 1
    assert (_live(world, one), _live(world, other)) == (False, True)


def test_by_a_subject_alone_every_session_of_the_provider_ends(world: LoginWorld, logouts: UpstreamLogouts) -> None:
    mine = [_signed_in(world, "s-1"), _signed_in(world, "")]
    others = _signed_in(world, "s-3", subject="4402")
    _says(world, subject="4401")
    assert asyncio.run(logouts.take("province", "good", address="192.0.2.1")) == 2
    assert [_live(world, each) for each in (*mine, others)] == [False, False, True]


@pytest.mark.parametrize("further", ["", "c-1"])
@pytest.mark.parametrize("told", ["province", "city"])
@pytest.mark.parametrize("subject_alone", [False, True])
def test_a_step_at_a_further_provider_takes_no_session_from_either(
    world: LoginWorld, logouts: UpstreamLogouts, further: str, told: str, *, subject_alone: bool
) -> None:
    raised = _raised(world, further)
    another = _signed_in(world, "s-9", subject="4402")
    session = "" if subject_alone else {"province": "s-1", "city": further or "c-9"}[told]
    provider = world.provider if told == "province" else world.other
    until = world.clock.now() + timedelta(minutes=3)
    provider.logout = UpstreamLogout(subject="4401", session=session, token_id="j-1", until=until)
    assert asyncio.run(logouts.take(told, "good", address="192.0.2.1")) == 1
    assert (_live(world, raised), _live(world, another)) == (False, True)


def test_what_came_of_a_link_that_was_taken_away_ends_by_its_sid(world: LoginWorld, logouts: UpstreamLogouts) -> None:
    session, other = _signed_in(world, "s-1"), _signed_in(world, "s-2", subject="4402")
    del world.links.found["province", "4401"]
    _says(world, session="s-1", subject="4401")
    assert asyncio.run(logouts.take("province", "good", address="192.0.2.1")) == 1
    assert (_live(world, session), _live(world, other)) == (False, True)


def test_a_sid_alone_still_finds_the_first_provider(world: LoginWorld, logouts: UpstreamLogouts) -> None:
    raised = _raised(world, "c-1")
    _says(world, session="s-1")
    assert asyncio.run(logouts.take("province", "good", address="192.0.2.1")) == 1
    assert not _live(world, raised)


@pytest.mark.parametrize("session", ["s-1", "c-1"])
def test_a_sid_alone_ends_what_either_provider_gave(world: LoginWorld, logouts: UpstreamLogouts, session: str) -> None:
    """Back-Channel Logout 1.0, 2.4: a token may have a `sid` and no `sub`; who only raised a session ends it as well."""
    raised, another = _raised(world, "c-1"), _signed_in(world, "s-9", subject="4402")
    provider = world.provider if session == "s-1" else world.other
    until = world.clock.now() + timedelta(minutes=3)
    provider.logout = UpstreamLogout(subject="", session=session, token_id="j-1", until=until)
    assert asyncio.run(logouts.take(provider.name, "good", address="192.0.2.1")) == 1
    assert (_live(world, raised), _live(world, another)) == (False, True)


@pytest.mark.parametrize("subject", ["", "4401"])
def test_a_session_that_was_raised_anew_there_stands_on_the_newer_one(
    world: LoginWorld, logouts: UpstreamLogouts, subject: str
) -> None:
    first = _raised(world, "c-1")
    found = world.session(first)
    assert found is not None
    world.other.session = "c-2"
    world.clock.pass_(60)
    at = world.open(reauthenticate=True, session=first, person=found.person)
    again = asyncio.run(world.through(at, "city")).session
    assert again is not None
    for session, ended in (("c-1", 0), ("c-2", 1)):
        until = world.clock.now() + timedelta(minutes=3)
        world.other.logout = UpstreamLogout(subject=subject, session=session, token_id=session, until=until)
        assert asyncio.run(logouts.take("city", "good", address="192.0.2.1")) == ended
        assert _live(world, again) is (not ended)


def test_a_login_under_way_is_forgotten_whichever_provider_it_came_by(
    world: LoginWorld, logouts: UpstreamLogouts
) -> None:
    at = _half(world)
    world.other.logout = UpstreamLogout(
        subject="", session="c-1", token_id="j-1", until=world.clock.now() + timedelta(minutes=3)
    )
    assert asyncio.run(logouts.take("city", "good", address="192.0.2.1")) == 0
    assert world.login.look(at).view.stage is LoginStage.START


def test_a_login_that_was_forgotten_while_its_last_step_was_judged_signs_nobody_in(
    world: LoginWorld, logouts: UpstreamLogouts
) -> None:
    at = _half(world)
    with world.database.reading() as unit:
        progress = world.desk.load(unit, at, now=world.clock.now())
    world.provider.logout = UpstreamLogout(
        subject="", session="s-1", token_id="j-1", until=world.clock.now() + timedelta(minutes=3)
    )
    asyncio.run(logouts.take("province", "good", address="192.0.2.1"))
    wanted = replace(progress.interaction, needed=LEVEL_1)
    with pytest.raises(TrustError) as refused, world.database.unit_of_work() as uow:
        world.desk.advance(uow, at, replace(progress, interaction=wanted), now=world.clock.now())
    assert refused.value.code is IdentityCode.IDP_LOGIN_STEP


@pytest.mark.parametrize(
    ("told", "session", "lets_in"),
    [
        ({"session": "s-1"}, "s-1", False),
        ({"session": "s-1", "subject": "4401"}, "s-1", False),
        ({"subject": "4401"}, "s-1", False),
        ({"session": "s-1", "subject": "4401"}, "", False),  # one that has no name there may be that one
        ({"session": "s-1"}, "s-2", True),
        ({"session": "s-1", "subject": "4401"}, "s-2", True),
        ({"subject": "4402"}, "s-1", True),
    ],
)
def test_who_is_on_his_way_back_is_signed_out_as_well(
    world: LoginWorld, logouts: UpstreamLogouts, told: dict[str, str], session: str, *, lets_in: bool
) -> None:
    world.provider.session, world.provider.subject = session, "4401"
    at = world.open()
    state = asyncio.run(world.sent(at))
    world.clock.pass_(5)
    _says(world, **told)
    asyncio.run(logouts.take("province", "good", address="192.0.2.1"))
    world.clock.pass_(5)
    answer = {"state": state, "code": "good"}
    if lets_in:
        assert asyncio.run(world.brokered.finish(at, "province", answer)).session is not None
        return
    with pytest.raises(TrustError) as refused:
        asyncio.run(world.brokered.finish(at, "province", answer))
    assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_UPSTREAM_ANSWER, "logged-out")
    assert _signed_in(world, session)  # who goes there anew after it is let in


def test_a_logout_is_remembered_no_longer_than_somebody_could_come_back(
    world: LoginWorld, logouts: UpstreamLogouts
) -> None:
    _says(world, session="s-1", subject="4401")
    asyncio.run(logouts.take("province", "good", address="192.0.2.1"))
    for seconds, kept in ((0, 2), (601, 0)):
        world.clock.pass_(seconds)
        with world.database.unit_of_work() as uow:
            upstream_logouts.forget(uow, before=world.clock.now())
            assert uow.fetch_value(select(func.count()).select_from(idp_upstream_logouts)) == kept


def _half(world: LoginWorld) -> At:
    """Come by the province and the city to a login that needs more."""
    world.provider.session, world.other.session = "s-1", "c-1"
    world.other.subject = "4401"
    person = world.session(_signed_in(world, "s-0"))
    assert person is not None
    world.links.found["city", "4401"] = person.person
    world.provider.session = "s-1"
    world.clock.pass_(60)
    at = world.open(LEVEL_2, browser=fresh_handle())
    for name in ("province", "city"):
        assert asyncio.run(world.through(at, name)).session is None
    return at


def _raised(world: LoginWorld, further: str) -> str:
    """Sign somebody in by the province, and on by the city; return the secret of his session."""
    first = _signed_in(world)
    found = world.session(first)
    assert found is not None
    world.links.found["city", "4401"] = found.person
    world.other.subject, world.other.session = "4401", further
    world.clock.pass_(60)
    at = world.open(reauthenticate=True, session=first, person=found.person)
    outcome = asyncio.run(world.through(at, "city"))
    assert outcome.session is not None
    return outcome.session


@pytest.mark.parametrize(
    "said",
    [
        {"session": "s-9"},
        {"subject": "nobody"},
        {"subject": "nobody", "session": "s-1"},
        {"subject": "4402", "session": "s-1"},
    ],
)
def test_a_logout_of_nobody_here_ends_nothing(
    world: LoginWorld, logouts: UpstreamLogouts, said: dict[str, str]
) -> None:
    _signed_in(world, "s-2", subject="4402")
    session = _signed_in(world, "s-1")
    _says(world, **said)
    assert asyncio.run(logouts.take("province", "good", address="192.0.2.1")) == 0
    assert _live(world, session)


def test_the_same_name_at_another_provider_is_another_session(world: LoginWorld, logouts: UpstreamLogouts) -> None:
    session = _signed_in(world, "s-1")
    world.other.logout = UpstreamLogout(
        subject="", session="s-1", token_id="j-1", until=world.clock.now() + timedelta(minutes=3)
    )
    assert asyncio.run(logouts.take("city", "good", address="192.0.2.1")) == 0
    assert _live(world, session)


def test_a_token_is_taken_once(world: LoginWorld, logouts: UpstreamLogouts) -> None:
    _signed_in(world)
    _says(world, session="s-1")
    asyncio.run(logouts.take("province", "good", address="192.0.2.1"))
    again = _signed_in(world)
    with pytest.raises(TrustError) as refused:
        asyncio.run(logouts.take("province", "good", address="192.0.2.1"))
    assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_UPSTREAM_ANSWER, "replay")
    assert _live(world, again)


@pytest.mark.parametrize(("name", "token", "rule"), [("nobody", "good", "connector"), ("province", "forged", "token")])
def test_a_refusal_is_told_in_the_trail(
    world: LoginWorld, logouts: UpstreamLogouts, name: str, token: str, rule: str
) -> None:
    with pytest.raises(TrustError) as refused:
        asyncio.run(logouts.take(name, token, address="192.0.2.1"))
    assert refused.value.facts["rule"] == rule
    told = "province" if name == "province" else "unknown"
    assert world.events(EventType.LOGIN_REFUSED) == [(told, "idp:upstream:answer")]


def test_a_login_under_way_that_came_of_it_is_forgotten(world: LoginWorld, logouts: UpstreamLogouts) -> None:
    person = _signed_in(world)
    assert person
    world.provider.session = "s-2"
    at = world.open(LEVEL_2, browser=fresh_handle())
    half = asyncio.run(world.through(at))
    assert half.session is None
    _says(world, session="s-2")
    asyncio.run(logouts.take("province", "good", address="192.0.2.1"))
    assert world.login.look(at).view.stage is LoginStage.START


class Stub:
    """Takes what comes, or refuses as told."""

    def __init__(self, refuses: IdentityCode | None = None) -> None:
        self.refuses = refuses
        self.took: list[tuple[str, str]] = []

    async def take(self, name: str, token: str, *, address: str) -> int:
        assert address
        self.took.append((name, token))
        if self.refuses is not None:
            raise TrustError(self.refuses, "told to")
        return 0


def _posted(stub: Stub, body: bytes, media_type: str = FORM) -> httpx.Response:
    app = upstream_logout_router(stub)  # type: ignore[arg-type]

    async def act() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://id.example") as client:
            return await client.post(f"{LOGOUT_PATH}/sso", content=body, headers={"content-type": media_type})

    return asyncio.run(act())


def test_a_provider_is_answered_and_nothing_is_cached() -> None:
    stub = Stub()
    answer = _posted(stub, b"logout_token=a.b.c")
    assert (answer.status_code, answer.headers["cache-control"], answer.content) == (200, "no-store", b"")
    assert stub.took == [("sso", "a.b.c")]


@pytest.mark.parametrize(
    ("body", "media_type", "refuses", "error"),
    [
        (b"", FORM, None, "invalid_request"),
        (b"token=a.b.c", FORM, None, "invalid_request"),
        (b"logout_token=a&logout_token=b", FORM, None, "invalid_request"),
        (b'{"logout_token":"a.b.c"}', "application/json", None, "invalid_request"),
        (b"logout_token=" + b"x" * 200_000, FORM, None, "invalid_request"),
        (b"logout_token=a.b.c", FORM, IdentityCode.IDP_UPSTREAM_ANSWER, "invalid_request"),
        (b"logout_token=a.b.c", FORM, IdentityCode.IDP_UPSTREAM_UNREACHABLE, "temporarily_unavailable"),
    ],
)
def test_what_is_refused_is_a_400(body: bytes, media_type: str, refuses: IdentityCode | None, error: str) -> None:
    answer = _posted(Stub(refuses), body, media_type)
    assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (400, {"error": error}, "no-store")
