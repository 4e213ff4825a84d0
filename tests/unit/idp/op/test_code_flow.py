from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.provider import API, ISSUER, basic, claims_of, interaction_of, returned
from tests.support.signing_in import SESSIONS, TERMINAL
from trustkit.jose.id_token import token_hash
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from tests.support.provider import World


def test_a_signed_in_person_gives_a_client_its_tokens(world: World) -> None:
    client, secret = world.client()
    person = world.person()
    session = world.sign_in(person)
    answer = world.browse("/authorize", world.asking(client))
    came_back = returned(answer)
    assert came_back["state"] == "st-1"
    assert came_back["iss"] == ISSUER
    tokens = world.redeem(client, secret, came_back["code"])
    assert tokens.status_code == 200, tokens.text
    assert tokens.headers["cache-control"] == "no-store"
    body = tokens.json()
    access, identity = claims_of(body["access_token"]), claims_of(body["id_token"])
    assert access["aud"] == [API, ISSUER]
    assert access["sub"] == identity["sub"] != person
    assert access["scope"] == "openid read"
    assert access["acr"] == "urn:trustkit:ial:0:aal:1"
    assert identity["nonce"] == "no-1"
    assert identity["sid"] == world.provider().tokens.session_name(client, session) != session
    assert identity["aud"] == client.identifier
    assert identity["at_hash"] == token_hash(JwsAlgorithm.ES256, body["access_token"])


def test_who_is_not_signed_in_is_sent_to_the_login_and_comes_back(world: World) -> None:
    client, secret = world.client()
    person = world.person()
    page, interaction = interaction_of(world.browse("/authorize", world.asking(client)))
    assert page == "/login"
    world.sign_in(person)
    came_back = returned(world.browse("/authorize/continue", {"i": interaction}))
    assert world.redeem(client, secret, came_back["code"]).status_code == 200
    again = world.browse("/authorize/continue", {"i": interaction})
    assert again.json() == {"shown": "idp:interaction:over"}


def test_a_pushed_request_is_used_once_and_by_its_client_alone(world: World) -> None:
    client, secret = world.client(require_pushed_authorization_requests=True)
    other, _ = world.client("other")
    world.sign_in(world.person())
    pushed = world.post("/par", world.asking(client), **basic(client, secret))
    assert pushed.status_code == 201
    uri = pushed.json()["request_uri"]
    stolen = world.browse("/authorize", {"client_id": other.identifier, "request_uri": uri})
    assert stolen.json() == {"shown": "idp:op-request:uri"}
    asked = {"client_id": client.identifier, "request_uri": uri}
    assert "code" in returned(world.browse("/authorize", asked))
    assert world.browse("/authorize", asked).json() == {"shown": "idp:op-request:uri"}
    unpushed = returned(world.browse("/authorize", world.asking(client)))
    assert unpushed["error"] == "invalid_request"


def test_a_client_asks_for_itself(world: World) -> None:
    client, secret = world.client()
    answer = world.post("/token", {"grant_type": "client_credentials", "scope": "read"}, **basic(client, secret))
    assert answer.status_code == 200
    claims = claims_of(answer.json()["access_token"])
    assert claims["sub"] == claims["client_id"] == client.identifier
    assert claims["scope"] == "read"
    assert "acr" not in claims


def test_refreshing_replaces_the_token_and_using_one_twice_ends_all(world: World) -> None:
    client, secret = world.client()
    world.sign_in(world.person())
    first = world.redeem(client, secret, world.code(client)).json()
    second = world.refresh(client, secret, first["refresh_token"], data={"scope": "read"}).json()
    assert claims_of(second["access_token"])["scope"] == "read"
    asked = {"token": second["access_token"]}
    assert world.post("/introspect", asked, **basic(client, secret)).json()["active"] is True
    reused = world.refresh(client, secret, first["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert world.refresh(client, secret, second["refresh_token"]).json()["error"] == "invalid_grant"
    assert world.post("/introspect", asked, **basic(client, secret)).json() == {"active": False}


def test_a_code_used_twice_ends_what_came_of_it(world: World) -> None:
    client, secret = world.client()
    world.sign_in(world.person())
    code = world.code(client)
    tokens = world.redeem(client, secret, code).json()
    assert world.redeem(client, secret, code).json()["error"] == "invalid_grant"
    assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    asked = {"token": tokens["access_token"]}
    assert world.post("/introspect", asked, **basic(client, secret)).json() == {"active": False}


def test_of_many_that_redeem_one_code_at_once_one_gets_tokens(world: World) -> None:
    client, secret = world.client()
    world.sign_in(world.person())
    code = world.code(client)
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://app.test/back",
        "code_verifier": "v" * 43,
    }
    answers = world.send_together([("POST", "/token", {"data": data, **basic(client, secret)})] * 8)
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 7]


def test_ending_the_session_ends_its_tokens(world: World) -> None:
    client, secret = world.client()
    session = world.sign_in(world.person())
    tokens = world.redeem(client, secret, world.code(client)).json()
    with world.database.unit_of_work() as uow:
        found = SESSIONS.find(uow, session, now=world.clock.now())
        assert found is not None
        SESSIONS.end(uow, session, reason="logout", now=world.clock.now(), actor=TERMINAL)
    assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    asked = {"token": tokens["access_token"]}
    assert world.post("/introspect", asked, **basic(client, secret)).json() == {"active": False}


def test_a_lock_is_felt_at_once(world: World) -> None:
    client, secret = world.client()
    person = world.person()
    world.sign_in(person)
    tokens = world.redeem(client, secret, world.code(client, scope="openid offline_access")).json()
    world.standing.locked.add(person)
    assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
