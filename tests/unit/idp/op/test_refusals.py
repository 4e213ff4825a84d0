"""One row for each way a request is refused: what is sent, and the error that comes back."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from idp.op import client_authentication
from tests.support.provider import (
    API,
    RETURN,
    World,
    basic,
    claims_of,
    client_jwks,
    returned,
)
from tests.support.signing_in import TERMINAL
from trustkit.jose.keys import parse_jwks

if TYPE_CHECKING:
    import pytest

    from trustkit.jose.keys import JwkSet

# What is asked of a person, and the error the client is sent back with.
TOLD_TO_CLIENT: list[tuple[dict[str, str], str]] = [
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code id_token"}, "unsupported_response_type"),
    ({"response_type": ""}, "invalid_request"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"code_challenge": ""}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": ""}, "invalid_request"),
    ({"scope": ""}, "invalid_scope"),
    ({"scope": "openid admin"}, "invalid_scope"),
    ({"scope": 'openid "x"'}, "invalid_scope"),
    ({"resource": "https://elsewhere.test"}, "invalid_target"),
    ({"request": "e30.e30."}, "request_not_supported"),
    ({"registration": "{}"}, "request_not_supported"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "1e9"}, "invalid_request"),
    ({"nonce": "n" * 1025}, "invalid_request"),
    ({"nonce": "中"}, "invalid_request"),
    ({"claims": "["}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"id_token":[]}'}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"values":"urn:trustkit:aal:3"}}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"values":["urn:trustkit:aal:3",3]}}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"value":3}}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"sub":{"value":""}}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"sub":{"values":["a","b"]}}}'}, "invalid_request"),
    ({"claims": '{"id_token":{"sub":{"value":"somebody"}}}', "prompt": "none"}, "login_required"),
    ({"dpop_jkt": "x"}, "invalid_request"),
    ({"prompt": "none"}, "login_required"),
    ({"id_token_hint": "no.to.ken", "prompt": "none"}, "invalid_request"),
    ({"id_token_hint": "no.to.ken"}, "invalid_request"),
    ({"id_token_hint": "x" * (16 * 1024 + 1)}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"value":"gold"}}}'}, "unmet_authentication_requirements"),
]
# What no client can be told of, and so is shown to the person.
SHOWN: list[tuple[dict[str, str], str]] = [
    ({"client_id": "cl-nobody"}, "idp:op-client:missing"),
    ({"client_id": "../x"}, "idp:op-client:missing"),
    ({"client_id": ""}, "idp:op-client:missing"),
    ({"redirect_uri": ""}, "idp:op-redirect:refused"),
    ({"redirect_uri": f"{RETURN}/"}, "idp:op-redirect:refused"),
    ({"redirect_uri": f"{RETURN}?x=1"}, "idp:op-redirect:refused"),
    ({"redirect_uri": "https://app.test/back/../evil"}, "idp:op-redirect:refused"),
    ({"redirect_uri": "https://app.test.evil.test/back"}, "idp:op-redirect:refused"),
    ({"redirect_uri": "https://app.test@evil.test/back"}, "idp:op-redirect:refused"),
    ({"redirect_uri": "http://app.test/back"}, "idp:op-redirect:refused"),
    ({"redirect_uri": "javascript:alert(1)"}, "idp:op-redirect:refused"),
    ({"request_uri": "https://evil.test/request"}, "idp:op-request:uri"),
    ({"request_uri": "urn:ietf:params:oauth:request_uri:" + "A" * 43}, "idp:op-request:uri"),
]


def test_what_a_client_is_told(sqlite_world: World) -> None:
    client, _ = sqlite_world.client()
    for changed, error in TOLD_TO_CLIENT:
        answer = returned(sqlite_world.browse("/authorize", sqlite_world.asking(client, **changed)))
        assert (answer["error"], answer["state"], answer["iss"]) == (error, "st-1", "https://id.test"), changed


def test_what_is_shown_to_the_person_and_never_redirected(sqlite_world: World) -> None:
    client, _ = sqlite_world.client()
    for changed, code in SHOWN:
        answer = sqlite_world.browse("/authorize", sqlite_world.asking(client, **changed))
        assert (answer.status_code, answer.json()) == (400, {"shown": code}), changed


def test_an_endless_state_is_not_sent_back(sqlite_world: World) -> None:
    client, _ = sqlite_world.client()
    answer = returned(sqlite_world.browse("/authorize", sqlite_world.asking(client, state="s" * 1025)))
    assert answer["error"] == "invalid_request"
    assert "state" not in answer


def test_a_parameter_that_stands_twice_is_refused(sqlite_world: World) -> None:
    client, secret = sqlite_world.client()
    query = f"client_id={client.identifier}&client_id={client.identifier}"
    assert sqlite_world.browse(f"/authorize?{query}").json() == {"shown": "idp:op-request:form"}
    twice = sqlite_world.send(
        "POST",
        "/token",
        content=b"grant_type=client_credentials&grant_type=client_credentials",
        headers={"content-type": "application/x-www-form-urlencoded"},
        **basic(client, secret),
    )
    assert twice.json()["error"] == "invalid_request"


def _basic_header(text: str) -> dict[str, dict[str, str]]:
    return {"headers": {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}}


def test_a_client_is_refused_in_one_way(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    keyed, _ = world.client("keyed", token_endpoint_auth_method="private_key_jwt", jwks=client_jwks())
    other, other_secret = world.client("other", token_endpoint_auth_method="client_secret_post")
    revoked, revoked_secret = world.client("gone")
    world.register.revoke("gone", actor=TERMINAL)
    asked = {"grant_type": "client_credentials"}
    assertion = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    rows: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({}, {}),
        ({"client_id": client.identifier}, {}),
        ({}, _basic_header(f"{client.identifier}:wrong")),
        ({}, _basic_header(f"cl-nobody:{secret}")),
        ({}, _basic_header("no colon")),
        ({}, {"headers": {"authorization": "Basic %%%"}}),
        ({}, {"headers": {"authorization": "Basic " + "A" * 2000}}),
        ({"client_id": client.identifier, "client_secret": secret}, {}),  # registered for the header
        ({"client_id": "cl-other"}, basic(client, secret)),
        ({}, basic(other, other_secret)),  # registered for the form
        ({}, basic(revoked, revoked_secret)),
        ({"client_id": keyed.identifier}, {}),
        ({**assertion, "client_assertion": "not.a.token"}, {}),
        ({**assertion, "client_assertion": world.assertion(keyed, which=3)}, {}),
        ({**assertion, "client_assertion": world.assertion(keyed, audience="https://other.test")}, {}),
        ({**assertion, "client_assertion": world.assertion(client)}, {}),
        ({"client_assertion_type": "x", "client_assertion": world.assertion(keyed)}, {}),
    ]
    for data, more in rows:
        answer = world.post("/token", {**asked, **data}, **more)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), data
        assert answer.json()["error_description"] == "unknown, wrong, revoked, or not by its method"
        assert answer.headers["www-authenticate"].startswith("Basic")
    both = world.post(
        "/token", {**asked, "client_id": client.identifier, "client_secret": secret}, **basic(client, secret)
    )
    assert both.json()["error"] == "invalid_request"


def test_an_assertion_is_good_once_and_for_minutes(world: World) -> None:
    client, _ = world.client(token_endpoint_auth_method="private_key_jwt", jwks=client_jwks())
    asked = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": world.assertion(client),
    }
    assert world.post("/token", asked).status_code == 200
    assert world.post("/token", asked).json()["error"] == "invalid_client"
    late = {**asked, "client_assertion": world.assertion(client, token_id="a-2")}
    world.clock.pass_(600)
    assert world.post("/token", late).json()["error"] == "invalid_client"


def test_what_is_handed_in_for_tokens(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    other, other_secret = world.client("other")
    world.sign_in(world.person())
    code = world.code(client)
    wrong: list[tuple[dict[str, str], str]] = [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, "unauthorized_client"),
        ({"code": ""}, "invalid_request"),
        ({"code": "A" * 43}, "invalid_grant"),
        ({"code": "x"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "v" * 42}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"redirect_uri": f"{RETURN}/x"}, "invalid_grant"),
        ({"scope": "openid write"}, "invalid_scope"),
        ({"resource": "https://elsewhere.test"}, "invalid_target"),
    ]
    for data, error in wrong:
        answer = world.redeem(client, secret, code, data=data)
        assert (answer.status_code, answer.json()["error"]) == (400, error), data
    assert world.redeem(other, other_secret, code).json()["error"] == "invalid_grant"
    # Nothing of that has used the code up: who can send such things ends nobody's login.
    tokens = world.redeem(client, secret, code).json()
    assert world.refresh(other, other_secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert (
        world.refresh(client, secret, tokens["refresh_token"], data={"scope": "write"}).json()["error"]
        == "invalid_scope"
    )
    assert world.refresh(client, secret, "A" * 43).json()["error"] == "invalid_grant"
    assert world.refresh(client, secret, tokens["refresh_token"]).status_code == 200


def test_codes_and_refresh_tokens_end(world: World) -> None:
    client, secret = world.client()
    world.sign_in(world.person())
    late = world.code(client)
    world.clock.pass_(61)
    assert world.redeem(client, secret, late).json()["error"] == "invalid_grant"
    tokens = world.redeem(client, secret, world.code(client)).json()
    world.clock.pass_(8 * 3600 + 1)
    assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_client_has_no_more_for_itself_than_is_its_own(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    public, _ = world.client(
        "public", token_endpoint_auth_method="none", grant_types=["authorization_code"], scope="openid read"
    )
    for scope, error in [("openid", "invalid_scope"), ("offline_access", "invalid_scope"), ("admin", "invalid_scope")]:
        data = {"grant_type": "client_credentials", "scope": scope}
        assert world.post("/token", data, **basic(client, secret)).json()["error"] == error
    data = {"grant_type": "client_credentials", "client_id": public.identifier}
    assert world.post("/token", data).json()["error"] == "unauthorized_client"
    all_of_it = world.post("/token", {"grant_type": "client_credentials"}, **basic(client, secret)).json()
    assert all_of_it["scope"] == "read write"
    assert claims_of(all_of_it["access_token"])["aud"] == [API]


def test_what_cannot_be_read_is_refused_before_anything_else(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    rows: list[tuple[bytes, str, int]] = [
        (b"{}", "application/json", 415),
        (b"grant_type=%FF", "application/x-www-form-urlencoded", 400),
        (b"grant_type", "application/x-www-form-urlencoded", 400),
        ("grant_type=中".encode(), "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(60)), "application/x-www-form-urlencoded", 400),
        (b"grant_type=" + b"x" * 70_000, "application/x-www-form-urlencoded", 400),
        (b"grant_type=" + b"x" * 140_000, "application/x-www-form-urlencoded", 413),
        (b"", "application/x-www-form-urlencoded", 400),
    ]
    for body, kind, status in rows:
        answer = world.send("POST", "/token", content=body, headers={"content-type": kind}, **basic(client, secret))
        assert (answer.status_code, answer.json()["error"]) == (status, "invalid_request"), body[:20]


def test_a_clients_keys_are_judged_once(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = sqlite_world
    judged: list[bytes] = []

    def reading(data: bytes, **more: Any) -> JwkSet:
        judged.append(data)
        return parse_jwks(data, **more)

    monkeypatch.setattr(client_authentication, "parse_jwks", reading)
    keyed, _ = world.client("keyed", token_endpoint_auth_method="private_key_jwt", jwks=client_jwks(7))
    for which, status in ((8, 401), (7, 200), (8, 401)):
        asked = {
            "grant_type": "client_credentials",
            "scope": "read",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": world.assertion(keyed, which=which),
        }
        assert world.post("/token", asked).status_code == status
    assert len(judged) == 1
