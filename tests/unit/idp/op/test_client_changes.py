"""A client registered otherwise, or with another secret: it stays who it is, and nobody keeps more than it may have."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.op.client_form import changed_registration
from idp.op.clients import MOST_KEPT
from tests.support.provider import API, basic, claims_of
from tests.support.signing_in import TERMINAL
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from tests.support.provider import World
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

OTHER_API = "https://other.test/api"
HOUR = timedelta(hours=1)


def _asks(world: World, client: Client, secret: str) -> int:
    return world.post(
        "/token", {"grant_type": "client_credentials", "scope": "read"}, **basic(client, secret)
    ).status_code


def _change(world: World, client: Client, **members: JsonValue) -> Client:
    assert world.register.change(client, changed_registration(client, members), actor=TERMINAL)
    return world.register.identified(client.identifier)


def _tokens(world: World, client: Client, secret: str, **asked: str) -> dict[str, Any]:
    world.sign_in(world.person())
    found: dict[str, Any] = world.redeem(client, secret, world.code(client, **asked)).json()
    return found


def test_both_secrets_are_good_until_the_former_one_ends(world: World) -> None:
    client, first = world.client()
    second = world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)
    assert [_asks(world, client, each) for each in (first, second, "x" * 43)] == [200, 200, 401]
    with world.database.reading() as unit:
        (event,) = trail.list_events(unit, type=EventType.OP_CLIENT_RENEWED)
    assert (event.object_id, event.actor, sorted(event.facts)) == (
        client.identifier,
        TERMINAL.id,
        ["former_until", "secret_sm3"],
    )
    assert first not in json.dumps(dict(event.facts))
    world.clock.pass_(3601)
    assert [_asks(world, client, each) for each in (first, second)] == [401, 200]


def test_a_secret_that_leaked_ends_at_once_and_so_does_an_older_one(world: World) -> None:
    client, first = world.client()
    second = world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)
    client = world.register.identified(client.identifier)
    third = world.register.renew_secret(client, keep=timedelta(), actor=TERMINAL)
    assert [_asks(world, client, each) for each in (first, second, third)] == [401, 401, 200]


def test_a_third_secret_leaves_the_second_alone_beside_it(sqlite_world: World) -> None:
    world = sqlite_world
    client, first = world.client()
    second = world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)
    client = world.register.identified(client.identifier)
    third = world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)
    assert [_asks(world, client, each) for each in (first, second, third)] == [401, 200, 200]


@pytest.mark.parametrize(
    ("method", "keep", "code"),
    [
        ("client_secret_basic", MOST_KEPT + timedelta(seconds=1), ErrorCode.USAGE),
        ("client_secret_basic", timedelta(seconds=-1), ErrorCode.USAGE),
        ("none", HOUR, IdentityCode.OP_CLIENT_FORM),
    ],
)
def test_secrets_nobody_can_have_are_refused(sqlite_world: World, method: str, keep: timedelta, code: Code) -> None:
    client, _ = sqlite_world.client(
        token_endpoint_auth_method=method, grant_types=["authorization_code"], scope="openid"
    )
    with pytest.raises(TrustError) as caught:
        sqlite_world.register.renew_secret(client, keep=keep, actor=TERMINAL)
    assert caught.value.code is code


def test_of_two_who_renew_at_once_one_is_told_and_a_revoked_client_gets_none(world: World) -> None:
    client, _ = world.client()
    world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)
    now = world.register.identified(client.identifier)
    world.register.revoke(client.name, actor=TERMINAL)
    for stale in (client, now):
        with pytest.raises(TrustError) as caught:
            world.register.renew_secret(stale, keep=HOUR, actor=TERMINAL)
        assert caught.value.code is IdentityCode.OP_CLIENT_MISSING


def test_a_client_gets_a_secret_when_its_method_begins_to_have_one(world: World) -> None:
    client, _ = world.client(
        token_endpoint_auth_method="none",
        grant_types=["authorization_code", "refresh_token"],
        scope="openid read",
    )
    grants: list[JsonValue] = ["authorization_code", "refresh_token", "client_credentials"]
    client = _change(world, client, token_endpoint_auth_method="client_secret_basic", grant_types=grants)
    assert _asks(world, client, "") == 401
    assert _asks(world, client, world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)) == 200


def test_a_secret_is_forgotten_with_the_method_that_had_it(world: World) -> None:
    client, first = world.client(grant_types=["authorization_code", "refresh_token"], scope="openid read")
    world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)
    client = world.register.identified(client.identifier)
    client = _change(world, client, token_endpoint_auth_method="none")
    grants: list[JsonValue] = ["authorization_code", "refresh_token", "client_credentials"]
    back = _change(world, client, token_endpoint_auth_method="client_secret_basic", grant_types=grants)
    assert (back.secret_sm3, back.former_secret_sm3, back.former_ends_at) == (None, None, None)
    assert _asks(world, back, first) == 401


@pytest.mark.parametrize("pushed", [True, False])
def test_an_address_taken_away_gets_no_code_of_a_login_under_way(world: World, pushed: bool) -> None:  # noqa: FBT001
    client, secret = world.client()
    asking = world.asking(client)
    if pushed:
        found = world.post("/par", asking, **basic(client, secret)).json()
        place, asked = "/authorize", {"client_id": client.identifier, "request_uri": found["request_uri"]}
    else:
        place, asked = world.browse("/authorize", asking).headers["location"], {}
    _change(world, client, redirect_uris=["https://new.test/back"])
    world.sign_in(world.person())
    told = world.browse(place, asked or None).headers.get("location", "")
    assert "code=" not in told
    assert not told.startswith("https://app.test")


def test_a_scope_taken_away_is_in_no_token_that_follows(world: World) -> None:
    client, secret = world.client()
    tokens = _tokens(world, client, secret, scope="openid read write")
    changed = _change(world, client, scope="openid read")
    later = world.refresh(changed, secret, tokens["refresh_token"]).json()
    assert later["scope"].split() == ["openid", "read"]
    wider = {"grant_type": "refresh_token", "refresh_token": later["refresh_token"], "scope": "write"}
    more = world.post("/token", wider, **basic(changed, secret)).json()
    assert more["error"] == "invalid_scope"
    _change(world, changed, scope="profile")
    gone = world.refresh(changed, secret, later["refresh_token"]).json()
    assert gone["error"] == "invalid_scope"


def test_resources_taken_away_do_not_turn_into_the_provider(world: World) -> None:
    client, secret = world.client(resources=[API, OTHER_API])
    tokens = _tokens(world, client, secret, scope="openid read")
    changed = _change(world, client, resources=[OTHER_API])
    later = world.refresh(changed, secret, tokens["refresh_token"]).json()
    named = claims_of(later["access_token"])["aud"]
    assert isinstance(named, list)
    assert (OTHER_API in named, API in named) == (True, False)
    _change(world, changed, resources=["https://third.test/"])
    gone = world.refresh(changed, secret, later["refresh_token"]).json()
    assert gone["error"] == "invalid_target"


def _name(world: World, client: Client, secret: str, back: str) -> object:
    """Return the name of whoever is signed in at a client that has him come back there."""
    answer = world.browse("/authorize", world.asking(client, redirect_uri=back))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    return claims_of(world.redeem(client, secret, code, data={"redirect_uri": back}).json()["id_token"])["sub"]


@pytest.mark.parametrize("first", ["http://127.0.0.1/back", "https://old.test/back"])
def test_people_keep_their_names_when_the_client_moves(world: World, first: str) -> None:
    client, secret = world.client(redirect_uris=[first], application_type="native")
    world.sign_in(world.person())
    before = _name(world, client, secret, first)
    changed = _change(world, client, redirect_uris=["https://new.test/back"])
    assert _name(world, changed, secret, "https://new.test/back") == before


def test_what_is_not_named_stays_and_null_takes_away(sqlite_world: World) -> None:
    world = sqlite_world
    client, _ = world.client(least_acr="urn:trustkit:ial:3:aal:2", backchannel_logout_uri="https://app.test/out")
    changed = _change(world, client, client_name="新名称", backchannel_logout_uri=None)
    assert (changed.registration.least, changed.registration.scopes) == (
        client.registration.least,
        client.registration.scopes,
    )
    assert changed.registration.backchannel_uri == ""
    assert dict(changed.registration.title) == {"zh": "新名称", "en": "新名称"}
    for nothing in ("redirect_uris", "sector"):
        with pytest.raises(TrustError) as caught:
            changed_registration(changed, {nothing: None})
        assert caught.value.code is IdentityCode.OP_CLIENT_FORM


def test_a_former_secret_is_no_password_of_another_client(sqlite_world: World) -> None:
    world = sqlite_world
    client, first = world.client()
    other, _ = world.client("other")
    world.register.renew_secret(client, keep=HOUR, actor=TERMINAL)
    told = base64.b64encode(f"{other.identifier}:{first}".encode()).decode()
    assert (
        world.post(
            "/token", {"grant_type": "client_credentials"}, headers={"authorization": f"Basic {told}"}
        ).status_code
        == 401
    )
