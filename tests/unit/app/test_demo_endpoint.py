"""The demonstration's endpoint believes what the service signed for it, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from esign.copies.security_event import EVENT_KIND
from tests.support.webhook_desk import ISSUER, KEY, jwks
from trustkit.app.demo.endpoint import Endpoint
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

HERE = "http://127.0.0.1:8000"
OTHER = generate_key(KeyKind.EC_P256)
CHANGE: dict[str, JsonValue] = {"urn:trustkit:sharing:licence-revoked": {"licence": "a"}}


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    request = httpx.Request("GET", "http://127.0.0.1/keys")
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200, json=jwks(), request=request))
    return Endpoint("http://127.0.0.1/keys", ISSUER, base=HERE)


def _claims(**others: JsonValue) -> dict[str, JsonValue]:
    return {"iss": ISSUER, "aud": f"{HERE}/hooks/licences", "jti": "1", "iat": 1796112000, "events": CHANGE, **others}


def test_what_the_service_sent_is_taken_and_its_question_answered(endpoint: Endpoint) -> None:
    signer = KEY.signer()
    asked = _claims(events={"urn:trustkit:sharing:verification": {"state": "s"}}, iat=1)
    assert endpoint.answer(sign_jwt(asked, signer, kind=EVENT_KIND, key_id="k1")) == (200, {"state": "s"})
    assert not endpoint.arrived.is_set()
    taken = sign_jwt(_claims(iat=1), signer, kind=EVENT_KIND, key_id="k1")
    assert endpoint.answer(taken) == (202, {})
    assert endpoint.arrived.is_set()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a.b.c",
        sign_jwt(_claims(iat=1), OTHER.signer(), kind=EVENT_KIND, key_id="k1"),
        sign_jwt(_claims(iat=1), KEY.signer(), kind="JWT", key_id="k1"),
        sign_jwt(_claims(iat=1, aud="https://bank.example/"), KEY.signer(), kind=EVENT_KIND, key_id="k1"),
        sign_jwt(_claims(iat=1, iss="https://other.example"), KEY.signer(), kind=EVENT_KIND, key_id="k1"),
    ],
)
def test_nothing_else_is(endpoint: Endpoint, body: str) -> None:
    status, told = endpoint.answer(body)
    assert (status, told["err"]) == (400, "authentication_failed")
    assert endpoint.events == []
