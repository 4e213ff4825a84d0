"""Tokens are good only with what they are bound to, and only for those they concern."""

from __future__ import annotations

from typing import Any

from tests.support.provider import (
    API,
    ISSUER,
    World,
    basic,
    claims_of,
    returned,
    thumbprint,
)
from tests.support.signing_in import TERMINAL
from trustkit.audit import trail
from trustkit.audit.events import EventType


def test_proofs_are_of_this_request_and_good_once(world: World) -> None:
    client, secret = world.client()
    asked = {"grant_type": "client_credentials"}

    def send(proof: str) -> Any:
        return world.post("/token", asked, headers={"dpop": proof}, **basic(client, secret))

    good = world.proof_for("/token")
    answer = send(good)
    assert answer.json()["token_type"] == "DPoP"
    assert claims_of(answer.json()["access_token"])["cnf"] == {"jkt": thumbprint()}
    assert send(good).json()["error"] == "invalid_dpop_proof"
    for proof in (
        "no.to.ken",
        world.proof_for("/par", token_id="p-2"),
        world.proof_for("/token", method="GET", token_id="p-3"),
    ):
        assert send(proof).json()["error"] == "invalid_dpop_proof"
    late = world.proof_for("/token", token_id="p-4")
    world.clock.pass_(600)
    assert send(late).json()["error"] == "invalid_dpop_proof"
    two = world.send(
        "POST",
        "/token",
        data=asked,
        headers=[("dpop", world.proof_for("/token", token_id="p-5"))] * 2,
        **basic(client, secret),
    )
    assert two.json()["error"] == "invalid_dpop_proof"


def test_a_nonce_is_asked_for_where_the_home_wants_one(sqlite_world: World) -> None:
    world = sqlite_world.with_rules(proof_nonce=True)
    client, secret = world.client()
    asked = {"grant_type": "client_credentials"}
    first = world.post("/token", asked, headers={"dpop": world.proof_for("/token")}, **basic(client, secret))
    assert (first.status_code, first.json()["error"]) == (400, "use_dpop_nonce")
    nonce = first.headers["dpop-nonce"]
    proof = world.proof_for("/token", token_id="p-2", nonce=nonce)
    assert world.post("/token", asked, headers={"dpop": proof}, **basic(client, secret)).status_code == 200
    world.clock.pass_(1200)
    stale = world.proof_for("/token", token_id="p-3", nonce=nonce)
    assert (
        world.post("/token", asked, headers={"dpop": stale}, **basic(client, secret)).json()["error"]
        == "use_dpop_nonce"
    )


def test_userinfo_asks_for_a_nonce_as_a_resource_does(sqlite_world: World) -> None:
    """RFC 9449 9: 401 and the scheme, which is where clients look for the word at a protected resource."""
    world = sqlite_world.with_rules(proof_nonce=True)
    client, secret = world.client()
    world.sign_in(world.person())
    nonce = world.send("GET", "/userinfo").headers["dpop-nonce"]
    proof = world.proof_for("/token", nonce=nonce)
    code = world.code(client, scope="openid")
    token = world.redeem(client, secret, code, headers={"dpop": proof}).json()["access_token"]
    shown = {"authorization": f"DPoP {token}"}
    bare = world.proof_for("/userinfo", method="GET", token_id="u-1", access_token=token)
    asked = world.send("GET", "/userinfo", headers={**shown, "dpop": bare})
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith('DPoP realm="trustkit", error="use_dpop_nonce"')
    again = world.proof_for(
        "/userinfo", method="GET", token_id="u-2", access_token=token, nonce=asked.headers["dpop-nonce"]
    )
    assert world.send("GET", "/userinfo", headers={**shown, "dpop": again}).status_code == 200


def test_what_is_bound_stays_bound(world: World) -> None:
    client, secret = world.client()
    world.sign_in(world.person())
    code = world.code(client, dpop_jkt=thumbprint(1))
    assert world.redeem(client, secret, code).json()["error"] == "invalid_dpop_proof"
    other = {"dpop": world.proof_for("/token", which=2)}
    assert world.redeem(client, secret, code, headers=other).json()["error"] == "invalid_dpop_proof"
    mine = {"dpop": world.proof_for("/token", token_id="p-2")}
    tokens = world.redeem(client, secret, code, headers=mine).json()
    assert tokens["token_type"] == "DPoP"
    assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_dpop_proof"
    again = {"dpop": world.proof_for("/token", token_id="p-3")}
    assert world.refresh(client, secret, tokens["refresh_token"], headers=again).status_code == 200


def test_a_pushed_proof_binds_the_code(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    world.sign_in(world.person())
    mixed = world.post(
        "/par",
        world.asking(client, dpop_jkt=thumbprint(2)),
        headers={"dpop": world.proof_for("/par")},
        **basic(client, secret),
    )
    assert mixed.json()["error"] == "invalid_request"
    headers = {"dpop": world.proof_for("/par", token_id="p-2")}
    pushed = world.post("/par", world.asking(client), headers=headers, **basic(client, secret)).json()
    asked = {"client_id": client.identifier, "request_uri": pushed["request_uri"]}
    code = returned(world.browse("/authorize", asked))["code"]
    assert world.redeem(client, secret, code).json()["error"] == "invalid_dpop_proof"


def test_userinfo_takes_a_token_only_from_whom_it_is_bound_to(world: World) -> None:
    client, secret = world.client()
    world.sign_in(world.person())
    headers = {"dpop": world.proof_for("/token")}
    token = world.redeem(client, secret, world.code(client, scope="openid profile"), headers=headers).json()[
        "access_token"
    ]
    plain = world.redeem(client, secret, world.code(client, scope="read")).json()["access_token"]

    def ask(**headers: str) -> Any:
        return world.send("GET", "/userinfo", headers=headers)

    rows: list[tuple[dict[str, str], int, str]] = [
        ({}, 401, "invalid_token"),
        ({"authorization": "Basic x"}, 401, "invalid_token"),
        ({"authorization": "Bearer x"}, 401, "invalid_token"),
        ({"authorization": f"Bearer {token}"}, 401, "invalid_token"),
        ({"authorization": f"DPoP {token}"}, 401, "invalid_dpop_proof"),
        (
            {"authorization": f"DPoP {token}", "dpop": world.proof_for("/userinfo", method="GET", token_id="u-1")},
            401,
            "invalid_dpop_proof",
        ),
        ({"authorization": f"Bearer {plain}"}, 401, "invalid_token"),  # not for the provider
    ]
    for shown, status, error in rows:
        answer = ask(**shown)
        assert (answer.status_code, answer.json()["error"]) == (status, error), shown
        asked = answer.headers["www-authenticate"]
        assert f'error="{error}"' in asked, shown
        assert asked.startswith("DPoP " if "DPoP" in shown.get("authorization", "") else "Bearer "), shown
        assert ("algs=" in asked) is asked.startswith("DPoP "), shown
    proof = world.proof_for("/userinfo", method="GET", token_id="u-2", access_token=token)
    good = ask(authorization=f"DPoP {token}", dpop=proof)
    assert good.json() == {
        "sub": claims_of(token)["sub"],
        "acr": "urn:trustkit:ial:0:aal:1",
        "amr": ["pwd"],
        "auth_time": claims_of(token)["auth_time"],
        "locale": "zh",
    }
    assert ask(authorization=f"DPoP {token}", dpop=proof).json()["error"] == "invalid_dpop_proof"
    world.clock.pass_(601)
    late = world.proof_for("/userinfo", method="GET", token_id="u-3", access_token=token)
    assert ask(authorization=f"DPoP {token}", dpop=late).json()["error"] == "invalid_token"


def test_only_those_concerned_look_into_a_token(world: World) -> None:
    client, secret = world.client()
    stranger, stranger_secret = world.client("stranger", resources=[])
    server, server_secret = world.client(
        "server", grant_types=[], redirect_uris=[], scope="", resources=[], serves=[API]
    )
    asked = {"grant_type": "client_credentials"}
    token = world.post("/token", asked, **basic(client, secret)).json()["access_token"]

    def look(one: Any, one_secret: str, text: str = token) -> Any:
        return world.post("/introspect", {"token": text}, **basic(one, one_secret)).json()

    assert look(stranger, stranger_secret) == {"active": False}
    assert look(server, server_secret)["client_id"] == client.identifier
    assert look(client, secret)["active"] is True
    assert look(client, secret, "x") == {"active": False}
    assert look(client, secret, token[:-2] + "AA") == {"active": False}
    assert world.post("/revoke", {"token": token}, **basic(stranger, stranger_secret)).status_code == 200
    assert look(client, secret)["active"] is True
    assert world.post("/revoke", {"token": token}, **basic(client, secret)).status_code == 200
    assert look(client, secret) == look(server, server_secret) == {"active": False}
    with world.database.reading() as unit:
        kinds = (EventType.OP_TOKEN_ISSUED, EventType.OP_TOKEN_REVOKED)
        began, ended = ([each.object_id for each in trail.list_events(unit, type=kind)] for kind in kinds)
    assert began == ended  # the trail has one name for a token


def test_who_shares_an_audience_with_a_client_looks_into_none_of_its_tokens(sqlite_world: World) -> None:
    """Every token with openid is for the provider as well, and two clients may call one resource: only who serves it may look."""
    world = sqlite_world
    client, secret = world.client()
    stranger, stranger_secret = world.client("stranger")
    world.sign_in(world.person())
    tokens = world.redeem(client, secret, world.code(client, scope="openid read")).json()
    assert {ISSUER, API} <= set(claims_of(tokens["access_token"])["aud"])
    for token in (tokens["access_token"], tokens["refresh_token"]):
        looked = world.post("/introspect", {"token": token}, **basic(stranger, stranger_secret))
        assert looked.json() == {"active": False}
        mine = world.post("/introspect", {"token": token}, **basic(client, secret))
        assert mine.json()["active"] is True


def test_revoking_a_client_ends_its_tokens(world: World) -> None:
    client, secret = world.client()
    server, server_secret = world.client(
        "server", grant_types=[], redirect_uris=[], scope="", resources=[], serves=[API]
    )
    token = world.post("/token", {"grant_type": "client_credentials"}, **basic(client, secret)).json()["access_token"]
    world.register.revoke("app", actor=TERMINAL)
    assert world.post("/introspect", {"token": token}, **basic(server, server_secret)).json() == {"active": False}
