"""Clients register themselves only where the home allows it, with a token, and for a sign-in alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.provider import RETURN, client_jwks
from tests.support.signing_in import TERMINAL
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from tests.support.provider import World

ASKED: dict[str, Any] = {
    "client_name": "自助应用",
    "redirect_uris": [RETURN],
    "scope": "openid",
    "grant_types": ["authorization_code", "refresh_token"],
    "software_id": "left aside",
}


def _register(world: World, token: str, **members: Any) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return world.send("POST", "/register", json={**ASKED, **members}, headers=headers)


def test_it_is_off_unless_the_home_wants_it(sqlite_world: World) -> None:
    token = sqlite_world.register.open_registration(uses=1, days=1, actor=TERMINAL)
    assert _register(sqlite_world, token).status_code == 404


def test_a_token_is_good_for_so_many_clients(world: World) -> None:
    world = world.with_rules(registration=True)
    token = world.register.open_registration(uses=1, days=1, actor=TERMINAL)
    answer = _register(world, token)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["client_secret_expires_at"] == 0
    assert told["consent_required"] is True
    assert told["sector"] == "app.test"
    second = _register(world, token)
    assert (second.status_code, second.json()["error"]) == (401, "invalid_token")
    for wrong in ("", "x", "A" * 43):
        assert _register(world, wrong).status_code == 401


def test_a_token_expires(sqlite_world: World) -> None:
    world = sqlite_world.with_rules(registration=True)
    token = world.register.open_registration(uses=9, days=1, actor=TERMINAL)
    world.clock.pass_(86_401)
    assert _register(world, token).status_code == 401


def test_what_nobody_looked_at_gets_a_sign_in_and_no_more(sqlite_world: World) -> None:
    world = sqlite_world.with_rules(registration=True)
    token = world.register.open_registration(uses=100, days=1, actor=TERMINAL)
    rows: list[tuple[dict[str, Any], str]] = [
        ({"redirect_uris": []}, "invalid_client_metadata"),
        ({"redirect_uris": ["http://app.test/back"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.test/back#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://u@app.test/back"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [RETURN, "https://other.test/back"]}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        (
            {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=x"},
            "invalid_client_metadata",
        ),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"scope": "openid admin"}, "invalid_client_metadata"),
        ({"resources": ["https://api.test"]}, "invalid_client_metadata"),
        ({"serves": ["https://api.test"]}, "invalid_client_metadata"),
        ({"backchannel_logout_uri": "https://10.0.0.1/x"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"),
        ({"client_name": ""}, "invalid_client_metadata"),
        ({"client_name": "a\x1b[2Jb"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}, "invalid_client_metadata"),
    ]
    for members, error in rows:
        answer = _register(world, token, **members)
        assert (answer.status_code, answer.json()["error"]) == (400, error), members
    mixed = _register(world, token, sector="victim.test", subject_type="public", consent_required=False)
    told = mixed.json()
    assert (told["sector"], told["subject_type"], told["consent_required"]) == ("app.test", "pairwise", True)


REFUSED: list[dict[str, Any]] = [
    {"grant_types": []},
    {"grant_types": ["refresh_token"]},
    {"token_endpoint_auth_method": "none"},  # it would ask for itself
    {"token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "serves": ["https://api.test"]},
    {"token_endpoint_auth_method": "private_key_jwt"},
    {"token_endpoint_auth_method": "self_signed_tls_client_auth"},
    {"token_endpoint_auth_method": "tls_client_auth"},
    {"tls_client_auth_subject_dn": "CN=x"},
    {"scope": "openid offline_access", "grant_types": ["authorization_code"]},
    {"scope": "a\x07b"},
    {"least_acr": "gold"},
    {"redirect_uris": ["https://a.test/x", "https://b.test/x"]},
    {"token_endpoint_auth_signing_alg": "HS256"},
    {"unknown_member": 1},
    {"redirect_uris": "https://a.test"},
    {"dpop_bound_access_tokens": "yes"},
]


def test_an_operator_cannot_register_what_does_not_go_together(sqlite_world: World) -> None:
    for members in REFUSED:
        with pytest.raises(TrustError) as caught:
            sqlite_world.client(**members)
        assert caught.value.code is IdentityCode.OP_CLIENT_FORM, members
    sqlite_world.client("two", redirect_uris=["https://a.test/x", "https://b.test/x"], sector="a.test")
    with pytest.raises(TrustError) as caught:
        sqlite_world.client("two")
    assert caught.value.code is IdentityCode.OP_CLIENT_EXISTS
    keyed, secret = sqlite_world.client("keyed", token_endpoint_auth_method="private_key_jwt", jwks=client_jwks())
    assert secret == ""
    assert keyed.secret_sm3 is None
