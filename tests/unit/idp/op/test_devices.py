"""Devices show a code, people answer it elsewhere, and the device asks no more often than it may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from idp.factors.port import FactorKind
from tests.support.provider import claims_of
from tests.support.signing_in import SESSIONS
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from idp.op.devices import DeviceDesk
    from idp.session_model import Session
    from tests.support.provider import World

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def _client(world: World, **members: Any) -> Client:
    preset: dict[str, Any] = {
        "token_endpoint_auth_method": "none",
        "grant_types": [DEVICE, "refresh_token"],
        "redirect_uris": [],
    }
    return world.client("device", **{**preset, **members})[0]


def _begin(world: World, client: Client, **members: str) -> dict[str, Any]:
    asked = {"client_id": client.identifier, "scope": "openid read", **members}
    answer = world.post("/device_authorization", asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _poll(world: World, client: Client, code: str) -> Any:
    return world.post("/token", {"grant_type": DEVICE, "device_code": code, "client_id": client.identifier})


def _session(world: World) -> Session:
    with world.database.reading() as unit:
        found = SESSIONS.current(unit, world.cookies[world.cookie_rules.session], now=world.clock.now())
    assert found is not None
    return found


def _answer(world: World, desk: DeviceDesk, code: str, *, allowed: bool) -> None:
    session = _session(world)
    with world.database.unit_of_work() as uow:
        desk.answer(uow, session, code, allowed=allowed, now=world.clock.now())


def test_an_approved_device_gets_its_tokens_once(world: World) -> None:
    client, desk = _client(world), world.provider().devices
    begun = _begin(world, client)
    assert begun["verification_uri_complete"].endswith(f"?user_code={begun['user_code']}")
    assert _poll(world, client, begun["device_code"]).json()["error"] == "authorization_pending"
    assert _poll(world, client, begun["device_code"]).json()["error"] == "slow_down"
    world.sign_in(world.person())
    with world.database.reading() as unit:
        question = desk.question(unit, _session(world), begun["user_code"].lower(), now=world.clock.now())
    assert (question.client, question.scopes) == (client.identifier, ("openid", "read"))
    _answer(world, desk, begun["user_code"], allowed=True)
    world.clock.pass_(10)
    tokens = _poll(world, client, begun["device_code"])
    assert claims_of(tokens.json()["id_token"])["aud"] == client.identifier
    assert _poll(world, client, begun["device_code"]).json()["error"] == "invalid_grant"
    with pytest.raises(TrustError) as caught:
        _answer(world, desk, begun["user_code"], allowed=True)
    assert caught.value.code is IdentityCode.OP_USER_CODE


def test_a_no_and_the_end_of_time_are_told(world: World) -> None:
    client, desk = _client(world), world.provider().devices
    world.sign_in(world.person())
    refused, late = _begin(world, client), _begin(world, client)
    _answer(world, desk, refused["user_code"], allowed=False)
    assert _poll(world, client, refused["device_code"]).json()["error"] == "access_denied"
    world.clock.pass_(601)
    assert _poll(world, client, late["device_code"]).json()["error"] == "expired_token"
    with pytest.raises(TrustError) as caught:
        _answer(world, desk, late["user_code"], allowed=True)
    assert caught.value.code is IdentityCode.OP_USER_CODE


def test_another_client_polls_for_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    client = _client(world)
    other, _ = world.client(
        "other", token_endpoint_auth_method="none", grant_types=[DEVICE], redirect_uris=[], scope="openid"
    )
    begun = _begin(world, client)
    assert _poll(world, other, begun["device_code"]).json()["error"] == "invalid_grant"
    assert _poll(world, client, "A" * 43).json()["error"] == "invalid_grant"
    plain, _ = world.client(
        "plain", token_endpoint_auth_method="none", grant_types=["authorization_code"], scope="openid"
    )
    asked = {"client_id": plain.identifier, "scope": "openid"}
    assert world.post("/device_authorization", asked).json()["error"] == "unauthorized_client"


def test_codes_are_not_to_be_guessed(sqlite_world: World) -> None:
    world = sqlite_world
    desk = world.provider().devices
    world.sign_in(world.person())
    session, codes = _session(world), []
    for _ in range(12):
        with world.database.reading() as unit, pytest.raises(TrustError) as caught:
            desk.question(unit, session, "BCDF-GHJK", now=world.clock.now())
        codes.append(caught.value.code)
    assert codes[0] is IdentityCode.OP_USER_CODE
    assert codes[-1] is ErrorCode.REQUEST_RATE


def test_a_device_gets_no_more_than_the_sign_in_is_good_for(sqlite_world: World) -> None:
    world = sqlite_world
    client, desk = _client(world, least_acr="urn:trustkit:ial:0:aal:2"), world.provider().devices
    person = world.person()
    world.sign_in(person)
    begun = _begin(world, client)
    with world.database.reading() as unit:
        assert desk.need(unit, _session(world), begun["user_code"], now=world.clock.now()) is not None
    with pytest.raises(TrustError) as caught:
        _answer(world, desk, begun["user_code"], allowed=True)
    assert caught.value.code is IdentityCode.OP_LEVEL_UNMET
    world.clock.pass_(60)
    world.sign_in(person, FactorKind.PASSWORD, FactorKind.TOTP)
    _answer(world, desk, begun["user_code"], allowed=True)


def test_a_device_may_ask_for_a_stronger_and_fresher_sign_in(world: World) -> None:
    client, desk = _client(world), world.provider().devices
    world.sign_in(world.person())
    world.clock.pass_(600)
    begun = _begin(world, client, max_age="300", acr_values="urn:trustkit:aal:3 urn:trustkit:aal:2")
    with world.database.reading() as unit:
        need = desk.need(unit, _session(world), begun["user_code"], now=world.clock.now())
    assert need is not None
    assert [each.level.authentication for each in need.demands] == [3, 2]
    assert need.need.max_age == timedelta(minutes=5)
    with pytest.raises(TrustError) as caught:
        _answer(world, desk, begun["user_code"], allowed=True)
    assert caught.value.code is IdentityCode.OP_LEVEL_UNMET
    world.sign_in(world.person("other"), FactorKind.PASSWORD, FactorKind.TOTP)
    with world.database.reading() as unit:
        assert desk.need(unit, _session(world), begun["user_code"], now=world.clock.now()) is None
    world.clock.pass_(400)  # what was proved since the device asked is fresh, however long the person thinks
    _answer(world, desk, begun["user_code"], allowed=True)
    for wrong in ({"max_age": "soon"}, {"acr_values": "x" * 3000}):
        asked = {"client_id": client.identifier, "scope": "openid", **wrong}
        assert world.post("/device_authorization", asked).status_code == 400
