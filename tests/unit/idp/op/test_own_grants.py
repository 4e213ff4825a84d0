"""People see what clients can do in their name now, and end it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from idp.subject.mandates import ActingFor
from tests.support.provider import basic, returned
from tests.support.signing_in import SESSIONS
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity import Organisation, Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from idp.op.own_grants import OwnGrant
    from tests.support.provider import World


def _listed(world: World, person: str, language: str = "zh") -> tuple[OwnGrant, ...]:
    with world.database.reading() as unit:
        return world.provider().own_grants.list_of(unit, person, language=language, now=world.clock.now())


def _end(world: World, person: str, grant: str) -> None:
    with world.database.unit_of_work() as uow:
        world.provider().own_grants.end(uow, person, grant, now=world.clock.now())


def _tokens(world: World, client: Client, secret: str, **asking: str) -> Any:
    code = returned(world.browse("/authorize", world.asking(client, **asking)))["code"]
    return world.redeem(client, secret, code).json()


def test_grants_of_one_kind_are_one_to_their_owner_and_end_together(world: World) -> None:
    client, secret = world.client(
        **{"client_name#en": "Example", "client_name#zh": "示范应用", "client_name": "示范应用"}
    )
    person = world.person()
    world.sign_in(person)
    first = _tokens(world, client, secret, scope="openid read")
    since = world.clock.now()
    world.clock.pass_(60)
    second = _tokens(world, client, secret, scope="openid write")
    away = _tokens(world, client, secret, scope="openid offline_access")
    here, gone = sorted(_listed(world, person), key=lambda each: each.offline)
    assert (here.title, here.scopes, here.offline, here.acting) == (
        "示范应用",
        ("openid", "read", "write"),
        False,
        None,
    )
    assert (gone.scopes, gone.offline) == (("openid", "offline_access"), True)
    assert here.since <= since < here.until < gone.until
    assert {each.title for each in _listed(world, person, "en")} == {"Example"}

    _end(world, person, here.id)
    assert [each.id for each in _listed(world, person)] == [gone.id]
    for tokens in (first, second):
        assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
        told = world.post("/introspect", {"token": tokens["access_token"]}, **basic(client, secret)).json()
        assert told == {"active": False}
    assert "access_token" in world.refresh(client, secret, away["refresh_token"]).json()
    with world.database.reading() as unit:
        events = [entry for entry in trail.list_events(unit) if entry.type == EventType.OP_GRANT_REVOKED.value]
    assert {(entry.reason, entry.actor) for entry in events} == {("owner", person)}
    assert len(events) == 2


def test_what_is_good_no_more_is_not_shown(world: World) -> None:
    client, secret = world.client()
    person = world.person()
    session = world.sign_in(person)
    _tokens(world, client, secret, scope="openid read")
    _tokens(world, client, secret, scope="openid offline_access")
    assert len(_listed(world, person)) == 2
    with world.database.unit_of_work() as uow:
        SESSIONS.end(uow, session, reason="logout", now=world.clock.now(), actor=Principal(id=person))
    (left,) = _listed(world, person)
    assert left.offline
    world.clock.pass_(400 * 24 * 3600)
    assert _listed(world, person) == ()


def test_whom_he_acts_for_is_told_and_ended_apart(world: World) -> None:
    client, secret = world.client()
    person = world.person()
    world.sign_in(person)
    own = _tokens(world, client, secret, scope="openid read")
    world.standing.mandates["md-1"] = ActingFor(
        mandate="md-1",
        person=person,
        organisation=Organisation(uscc="91310000MA1K35Q51T", name="示范公司"),
        role=MandateRole.HANDLER,
        scope=("*",),
        valid_until=None,
        sources=frozenset(),
    )
    cookie = world.cookie_rules.session
    with world.database.unit_of_work() as uow:
        signed = SESSIONS.act_for(uow, world.cookies[cookie], "md-1", now=world.clock.now())
    world.cookies[cookie] = signed.secret
    _tokens(world, client, secret, scope="openid read")
    acting = next(each for each in _listed(world, person) if each.acting is not None)
    assert acting.acting is not None
    assert acting.acting.organisation.name == "示范公司"
    _end(world, person, acting.id)
    assert [each.acting for each in _listed(world, person)] == [None]
    assert "access_token" in world.refresh(client, secret, own["refresh_token"]).json()
    world.standing.mandates.clear()


def test_nobody_ends_what_is_anothers_or_over(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    person, other = world.person(), world.person("wang.wei")
    world.sign_in(person)
    _tokens(world, client, secret, scope="openid read")
    (grant,) = _listed(world, person)
    for whose, which in ((other, grant.id), (person, "og-aaaaaaaaaaaaa"), (person, "")):
        with pytest.raises(TrustError) as caught:
            _end(world, whose, which)
        assert caught.value.code is IdentityCode.OP_GRANT_MISSING
    _end(world, person, grant.id)
    with pytest.raises(TrustError) as caught:
        _end(world, person, grant.id)
    assert caught.value.code is IdentityCode.OP_GRANT_MISSING
