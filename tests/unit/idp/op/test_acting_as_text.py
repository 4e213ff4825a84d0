"""A client that copies claims to notes of its own, as Keycloak does, is told for whom somebody acts by texts that are always there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.provider import claims_of
from tests.support.signing_in import SESSIONS, TERMINAL
from tests.unit.idp.op.test_mandate_ends import USCC, act
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from tests.support.provider import World


def test_who_puts_an_organisation_down_overwrites_it(world: World) -> None:
    client, secret = world.client(acting_claims_as_text=True)
    person = world.person()
    world.sign_in(person)
    act(world, person)
    told = world.redeem(client, secret, world.code(client)).json()
    first = claims_of(told["id_token"])
    assert told["session_state"] == first["sid"]
    assert json.loads(str(first["org_text"])) == first["org"]
    mandate = world.provider().tokens.mandate_name(client, "md-1")
    assert first["org"] == {"uscc": USCC, "name": "示范公司", "role": "handler", "mandate": mandate}
    assert json.loads(str(first["act_text"])) == first["act"] == {"sub": first["sub"]}
    cookie = world.cookie_rules.session
    with world.database.unit_of_work() as uow:
        world.cookies[cookie] = SESSIONS.act_for(uow, world.cookies[cookie], None, now=world.clock.now()).secret
    again = claims_of(world.redeem(client, secret, world.code(client)).json()["id_token"])
    assert (again["org_text"], again["act_text"]) == ("{}", "{}")
    assert not {"org", "act"} & set(again)


def test_nobody_else_is_told_so(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    world.sign_in(world.person())
    told = world.redeem(client, secret, world.code(client)).json()
    assert "session_state" not in told
    found = claims_of(told["id_token"])
    assert not {"org_text", "act_text"} & set(found)


def test_a_client_is_changed_once_and_the_trail_is_told(world: World) -> None:
    client, _ = world.client()
    told = "https://sso.example/realms/gov/protocol/openid-connect/logout/backchannel-logout"
    wanted = replace(client.registration, backchannel_uri=told, acting_as_text=True)
    assert world.register.change(client, wanted, actor=TERMINAL)
    changed = world.register.identified(client.identifier)
    assert (changed.registration, changed.secret_sm3) == (wanted, client.secret_sm3)
    assert not world.register.change(changed, wanted, actor=TERMINAL)
    with world.database.reading() as unit:
        (event,) = trail.list_events(unit, type=EventType.OP_CLIENT_CHANGED)
    assert (event.object_id, event.actor) == (client.identifier, TERMINAL.id)
    refused = [
        (client, replace(wanted, pushed_only=True), IdentityCode.OP_CLIENT_MISSING),  # as it was before
        (changed, replace(wanted, backchannel_uri="http://sso.example/"), IdentityCode.OP_REDIRECT_FORM),
    ]
    for before, registration, code in refused:
        with pytest.raises(TrustError) as caught:
            world.register.change(before, registration, actor=TERMINAL)
        assert caught.value.code is code
    world.register.revoke(client.name, actor=TERMINAL)
    with pytest.raises(TrustError) as gone:
        world.register.identified(client.identifier)
    assert gone.value.code is IdentityCode.OP_CLIENT_MISSING
