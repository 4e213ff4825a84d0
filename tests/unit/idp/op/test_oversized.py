"""What is larger than anything the provider makes is refused as what it is not, wherever it is handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.provider import basic

if TYPE_CHECKING:
    from tests.support.provider import World

HUGE = "a" * 40_000
JWT = f"{HUGE}.{HUGE[:10]}.{HUGE[:10]}"


@pytest.mark.parametrize("token", [HUGE, JWT])
def test_tokens_and_codes(sqlite_world: World, token: str) -> None:
    world = sqlite_world
    client, secret = world.client()
    world.sign_in(world.person())
    assert world.refresh(client, secret, token).json()["error"] == "invalid_grant"
    assert world.redeem(client, secret, token).json()["error"] == "invalid_grant"
    assert world.post("/introspect", {"token": token}, **basic(client, secret)).json() == {"active": False}
    assert world.post("/revoke", {"token": token}, **basic(client, secret)).status_code == 200
    told = world.send("GET", "/userinfo", headers={"authorization": f"Bearer {token}"})
    assert (told.status_code, 'error="invalid_token"' in told.headers["www-authenticate"]) == (401, True)


@pytest.mark.parametrize("token", [HUGE, JWT])
def test_proofs_and_assertions(sqlite_world: World, token: str) -> None:
    world = sqlite_world
    client, secret = world.client()
    keyed, _ = world.client("keyed", token_endpoint_auth_method="client_secret_post")
    asked = {"grant_type": "client_credentials"}
    assertion = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": token,
    }
    assert world.post("/token", {**asked, **assertion}).json()["error"] == "invalid_client"
    posted = {**asked, "client_id": keyed.identifier, "client_secret": token}
    assert world.post("/token", posted).json()["error"] == "invalid_request"  # longer than any secret is no request
    more = basic(client, secret)
    proof = {**more, "headers": {**more.get("headers", {}), "dpop": token}}
    assert world.post("/token", asked, **proof).json()["error"] == "invalid_dpop_proof"
