"""What ACME refuses, each by its name (RFC 8555 6.7)."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta
from typing import Any

import pytest

from ca.acme.worker import MAX_ATTEMPTS
from tests.support.acme import AcmeClient, AcmeKey, external_binding
from tests.support.acme_world import World, csr, make_request, opened, require_problem, world
from trustkit.encoding.text64 import encode_base64url

__all__ = ["opened", "world"]


def test_a_nonce_is_taken_once(world: World) -> None:
    nonce = world.client.nonce()
    assert world.client.post(world.client.kid, None, nonce=nonce).status_code == 200
    require_problem(world.client.post(world.client.kid, None, nonce=nonce), "badNonce", 400)
    require_problem(world.client.post(world.client.kid, None, nonce="never-given"), "badNonce", 400)
    good = world.client.nonce()
    require_problem(
        world.client.post(world.client.kid, None, nonce=good, url="https://elsewhere/"), "unauthorized", 403
    )
    assert world.client.post(world.client.kid, None, nonce=good).status_code == 200  # a wrong request used nothing up


HEADERS: dict[str, tuple[dict[str, Any], str, int]] = {
    "another URL": ({"url": "https://elsewhere/acme/x"}, "unauthorized", 403),
    "no URL": ({"url": None}, "malformed", 400),
    "no algorithm": ({"alg": None}, "malformed", 400),
    "none": ({"alg": "none"}, "badSignatureAlgorithm", 400),
    "a MAC": ({"alg": "HS256"}, "badSignatureAlgorithm", 400),
    "another kind of key": ({"alg": "RS256"}, "malformed", 400),
    "SM2, which ACME clients cannot mean": ({"alg": "SGD_SM3_SM2"}, "badSignatureAlgorithm", 400),
    "both jwk and kid": ({"jwk": {"kty": "EC"}}, "malformed", 400),
    "neither": ({"kid": None}, "malformed", 400),
    "kid elsewhere": ({"kid": "https://elsewhere/acme/accounts/1"}, "malformed", 400),
    "kid of nobody": ({"kid": "nobody"}, "accountDoesNotExist", 400),
    "critical": ({"crit": ["exp"]}, "malformed", 400),
    "unencoded": ({"b64": False}, "malformed", 400),
    "nonce of another type": ({"nonce": 7}, "badNonce", 400),
}


@pytest.mark.parametrize(("header", "kind", "status"), HEADERS.values(), ids=HEADERS.keys())
def test_refuses_a_header(world: World, header: dict[str, Any], kind: str, status: int) -> None:
    if header.get("kid") == "nobody":
        header = {"kid": f"{world.client.base}/accounts/{'0' * 32}"}
    require_problem(world.client.post(world.client.kid, None, **header), kind, status)


BODIES: dict[str, tuple[bytes, str, int]] = {
    "empty": (b"", "malformed", 400),
    "no JSON": (b"{", "malformed", 400),
    "a list": (b"[]", "malformed", 400),
    "general JSON": (b'{"payload":"","signatures":[]}', "malformed", 400),
    "an unprotected header": (b'{"protected":"","payload":"","signature":"","header":{}}', "malformed", 400),
    "a member twice": (b'{"payload":"","payload":"","protected":"","signature":""}', "malformed", 400),
    "numbers": (b'{"payload":1,"protected":2,"signature":3}', "malformed", 400),
    "huge": (b'{"payload":"' + b"A" * 120_000 + b'","protected":"","signature":""}', "malformed", 413),
}


@pytest.mark.parametrize(("body", "kind", "status"), BODIES.values(), ids=BODIES.keys())
def test_refuses_a_body(world: World, body: bytes, kind: str, status: int) -> None:
    require_problem(world.client.send("/new-order", body), kind, status)


def test_refuses_a_media_type_and_a_foreign_signature(world: World) -> None:
    require_problem(world.client.post(world.client.kid, None, media="application/json"), "malformed", 415)
    stranger = AcmeClient(world.client.visitor, world.client.base, kid=world.client.kid)
    require_problem(stranger.post(world.client.kid), "malformed", 400)


def test_an_account_needs_an_external_one_once(world: World) -> None:
    client = AcmeClient(world.client.visitor, world.client.base)
    require_problem(client.register(onlyReturnExisting=True), "accountDoesNotExist", 400)
    require_problem(client.register(), "externalAccountRequired", 403)
    row, key = world.accounts.add_external("x", lifetime=timedelta(days=1), actor=world.home.operator)
    require_problem(client.register(row.identifier, b"another key"), "unauthorized", 403)
    require_problem(client.register("0" * 32, key), "unauthorized", 403)
    bound_elsewhere = external_binding(client.key, row.identifier, key, "https://elsewhere/")
    require_problem(client.register(externalAccountBinding=bound_elsewhere), "unauthorized", 403)
    other_key = external_binding(AcmeKey(), row.identifier, key, client.url("/new-account"))
    require_problem(client.register(externalAccountBinding=other_key), "unauthorized", 403)
    require_problem(client.register(externalAccountBinding={"protected": "x"}), "malformed", 400)
    require_problem(client.register(row.identifier, key, contact=["tel:1"]), "invalidContact", 400)
    assert client.register(row.identifier, key).status_code == 201
    assert client.register().status_code == 200  # the same account
    second = AcmeClient(world.client.visitor, world.client.base)
    require_problem(second.register(row.identifier, key), "unauthorized", 403)
    world.accounts.revoke_external(row.identifier, actor=world.home.operator)
    require_problem(client.post(client.kid), "unauthorized", 403)


KEYS: dict[str, Any] = {
    "private": AcmeKey().jwk | {"d": "AA"},
    "off the curve": AcmeKey().jwk | {"x": encode_base64url(bytes(31) + b"\1")},
    "short": AcmeKey().jwk | {"x": "AA"},
    "another curve": AcmeKey().jwk | {"crv": "secp256k1"},
    "symmetric": {"kty": "oct", "k": "AA"},
    "RSA of 1024 bits": {"kty": "RSA", "e": "AQAB", "n": encode_base64url(b"\xff" * 128)},
    "text": "key",
}


@pytest.mark.parametrize("jwk", KEYS.values(), ids=KEYS.keys())
def test_refuses_an_account_key(world: World, jwk: object) -> None:
    client = AcmeClient(world.client.visitor, world.client.base)
    require_problem(client.post("/new-account", {}, jwk=jwk), "badPublicKey", 400)


NAMES: dict[str, tuple[Any, str]] = {
    "nothing": ([], "malformed"),
    "no list": ("a.example.test", "malformed"),
    "an address": ([{"type": "ip", "value": "192.0.2.1"}], "unsupportedIdentifier"),
    "an address as a name": ([{"type": "dns", "value": "192.0.2.1"}], "rejectedIdentifier"),
    "another domain": ([{"type": "dns", "value": "example.org"}], "rejectedIdentifier"),
    "a domain that ends alike": ([{"type": "dns", "value": "badexample.test"}], "rejectedIdentifier"),
    "one label": ([{"type": "dns", "value": "localhost"}], "rejectedIdentifier"),
    "an inner wildcard": ([{"type": "dns", "value": "a.*.example.test"}], "rejectedIdentifier"),
    "a line": ([{"type": "dns", "value": "a.example.test\n"}], "rejectedIdentifier"),
    "too many": ([{"type": "dns", "value": f"a{n}.example.test"} for n in range(101)], "malformed"),
    "another type": ([7], "malformed"),
}


@pytest.mark.parametrize(("identifiers", "kind"), NAMES.values(), ids=NAMES.keys())
def test_refuses_names(world: World, identifiers: object, kind: str) -> None:
    require_problem(world.client.post("/new-order", {"identifiers": identifiers}), kind, 400)


def test_refuses_requests_that_do_not_fit_the_order(world: World) -> None:
    order = world.ready("a.example.test")
    account_key = world.client.key.private
    swapped = bytearray(make_request("a.example.test"))
    swapped[-1] ^= 1  # somebody else's signature
    refused = {
        "other name": make_request("b.example.test"),
        "more names": make_request("a.example.test", "b.example.test"),
        "no names": make_request(),
        "other common name": make_request("a.example.test", cn="b.example.test"),
        "an organisation nobody validated": make_request("a.example.test", organisation="示范市人民政府"),
        "the account's key": make_request("a.example.test", key=account_key),
        "signature": bytes(swapped),
        "PEM": b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.b64encode(make_request("a.example.test")),
        "garbage": b"\x30\x03\x02\x01\x00",
    }
    for name, der in refused.items():
        assert require_problem(world.client.post(order + "/finalize", csr(der)), "badCSR", 400), name
    require_problem(world.client.post(order + "/finalize", {"csr": "=="}), "malformed", 400)
    assert world.client.post(order).json()["status"] == "ready"
    assert world.client.post(order + "/finalize", csr(make_request("a.example.test"))).json()["status"] == "valid"


def test_a_wrong_answer_is_tried_again_and_then_ends_the_order(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = world.client.order("a.example.test")
    authorization = world.client.post(answer.json()["authorizations"][0]).json()
    challenge = authorization["challenges"][-1]
    world.network.pages["a.example.test"] = challenge["token"].encode()
    world.client.post(challenge["url"], {})
    monkeypatch.setattr("ca.acme.worker.RETRY", timedelta(0))
    for attempt in range(MAX_ATTEMPTS):
        assert world.client.post(answer.headers["location"]).json()["status"] == "pending", attempt
        assert world.service.worker.work() == 1
    order = world.client.post(answer.headers["location"]).json()
    assert (order["status"], order["error"]["type"]) == ("invalid", "urn:ietf:params:acme:error:incorrectResponse")
    assert world.service.worker.work() == 0
    require_problem(
        world.client.post(answer.headers["location"] + "/finalize", csr(make_request("a.example.test"))),
        "orderNotReady",
        403,
    )
    require_problem(world.client.post(challenge["url"], {}), "orderNotReady", 403)


def test_a_server_that_keeps_us_waiting_holds_nobody_else_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2, timeout=20)

    def fetch(name: str, path: str) -> bytes:
        del name
        together.wait()  # one after the other they would never meet
        return f"{path.rpartition('/')[2]}.{world.client.key.thumbprint}".encode()

    monkeypatch.setattr(world.network, "fetch", fetch)
    for name in ("a.example.test", "b.example.test"):
        place = world.client.order(name).json()["authorizations"][0]
        world.client.post(world.client.post(place).json()["challenges"][-1]["url"], {})
    assert world.service.worker.work() == 2
    assert not together.broken


def test_an_account_has_so_many_challenges_tried_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ca.acme.orders.MAX_TRYING", 1)
    places = [world.client.order(name).json()["authorizations"][0] for name in ("a.example.test", "b.example.test")]
    one, two = (world.client.post(place).json()["challenges"][-1] for place in places)
    assert world.client.post(one["url"], {}).status_code == 200
    require_problem(world.client.post(two["url"], {}), "rateLimited", 429)
    world.network.pages["a.example.test"] = f"{one['token']}.{world.client.key.thumbprint}".encode()
    assert world.service.worker.work() == 1
    assert world.client.post(two["url"], {}).status_code == 200
    world.network.pages["b.example.test"] = f"{two['token']}.{world.client.key.thumbprint}".encode()
    assert world.service.worker.work() == 1


def test_nobody_else_sees_or_uses_an_order(world: World) -> None:
    order = world.ready("a.example.test")
    other = world.newcomer()
    place = world.client.post(order).json()["authorizations"][0]
    for url in (order, order + "/certificate", place, place + "/dns-01"):
        require_problem(other.post(url), "malformed", 404)
    require_problem(other.post(order + "/finalize", csr(make_request("a.example.test"))), "malformed", 404)
    require_problem(other.post(world.client.kid), "unauthorized", 403)
