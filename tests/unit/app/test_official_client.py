"""The terminal as a client: what it asks, what it refuses to believe, and what it remembers."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from idp.connectors.upstream import Answer
from idp.stepup import Need
from trustkit.app.loopback_return import listening
from trustkit.app.official_client import BrowserRequest, OfficialClient
from trustkit.app.official_login import Login, by_browser, by_device
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from idp.connectors.upstream import Call
    from trustkit.error_family import Code

ISSUER = "https://id.test"
NEED = Need(level=AssuranceLevel(authentication=2), max_age=timedelta(minutes=5))
GOOD = {"code": "c-1", "state": "st", "iss": ISSUER}
DEVICE = {
    "device_code": "d",
    "user_code": "BCDF-GHJK",
    "verification_uri": f"{ISSUER}/device",
    "verification_uri_complete": f"{ISSUER}/device?user_code=BCDF-GHJK",
    "expires_in": 20,
    "interval": 5,
}


@dataclass
class Provider:
    """Answers in turn."""

    answers: list[tuple[int, object]]
    calls: list[Call] = field(default_factory=list)

    async def ask(self, call: Call) -> Answer:
        self.calls.append(call)
        status, told = self.answers.pop(0)
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        return Answer(status=status, media_type="application/json", body=body)


def client(*answers: tuple[int, object]) -> tuple[OfficialClient, Provider]:
    provider = Provider(answers=list(answers))
    return OfficialClient(upstream=provider, issuer=ISSUER), provider


def refused(code: Code, act: Callable[[], object]) -> TrustError:
    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is code
    return caught.value


def asked(of: OfficialClient) -> BrowserRequest:
    words = iter(("st", "v" * 43, "nonce"))
    return of.ask(NEED, "http://127.0.0.1:5/signed-in", token=lambda: next(words))


def test_it_asks_for_the_level_lately_with_proof_of_who_asks() -> None:
    of, provider = client((200, {"access_token": "a.b.c"}))
    request = asked(of)
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    assert (query["acr_values"], query["max_age"]) == ("urn:trustkit:ial:0:aal:2", "300")
    assert (query["code_challenge_method"], query["state"]) == ("S256", "st")
    assert "v" * 43 not in request.url
    assert "v" * 43 not in repr(request)
    assert asyncio.run(of.redeem(request, GOOD)) == "a.b.c"
    assert parse_qs(provider.calls[0].body.decode())["code_verifier"] == ["v" * 43]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, "state"),
        ({**GOOD, "state": "other"}, "state"),
        ({**GOOD, "state": ""}, "state"),
        ({"code": "c-1", "state": "st"}, "iss"),
        ({**GOOD, "iss": "https://evil.test"}, "iss"),
        ({**GOOD, "iss": f"{ISSUER}/"}, "iss"),
        ({**GOOD, "error": "access_denied"}, "access_denied"),
        ({**GOOD, "error": "\x1b[31m"}, ""),
        ({**GOOD, "code": ""}, ""),
    ],
)
def test_an_answer_that_is_not_ours_is_never_redeemed(answer: Mapping[str, str], error: str) -> None:
    of, provider = client()
    found = refused(ErrorCode.OFFICIAL_REFUSED, lambda: asyncio.run(of.redeem(asked(of), answer)))
    assert found.facts["error"] == error
    assert provider.calls == []


@pytest.mark.parametrize(
    ("status", "told", "code"),
    [
        (400, {"error": "invalid_grant"}, ErrorCode.OFFICIAL_REFUSED),
        (401, {"error": 7}, ErrorCode.OFFICIAL_REFUSED),
        (200, {}, IdentityCode.IDP_UPSTREAM_ANSWER),
        (200, {"access_token": 7}, IdentityCode.IDP_UPSTREAM_ANSWER),
        (200, [], IdentityCode.IDP_UPSTREAM_ANSWER),
        (200, b"<html>", IdentityCode.IDP_UPSTREAM_ANSWER),
        (200, b'{"access_token": "a", "access_token": "b"}', IdentityCode.IDP_UPSTREAM_ANSWER),
        (302, {}, IdentityCode.IDP_UPSTREAM_ANSWER),
        (503, {}, IdentityCode.IDP_UPSTREAM_UNREACHABLE),
        (429, {}, IdentityCode.IDP_UPSTREAM_UNREACHABLE),
    ],
)
def test_what_the_provider_answers_wrongly(status: int, told: object, code: Code) -> None:
    of, _ = client((status, told))
    refused(code, lambda: asyncio.run(of.redeem(asked(of), GOOD)))


@pytest.mark.parametrize(
    ("status", "code"), [(503, IdentityCode.IDP_UPSTREAM_UNREACHABLE), (302, IdentityCode.IDP_UPSTREAM_ANSWER)]
)
def test_nobody_is_sent_to_a_provider_that_does_not_answer(status: int, code: Code) -> None:
    of, provider = client((status, {}))
    told: list[str] = []
    refused(code, lambda: by_browser(of, NEED, told=told.append, opened=False))
    assert (told, provider.calls[0].url) == ([], f"{ISSUER}/.well-known/openid-configuration")


def test_a_code_is_typed_in_at_another_device() -> None:
    of, provider = client(
        (200, DEVICE),
        (400, {"error": "authorization_pending"}),
        (400, {"error": "slow_down"}),
        (200, {"access_token": "a.b.c"}),
    )
    paused: list[float] = []
    shown: list[str] = []
    assert by_device(of, NEED, told=lambda begun: shown.append(begun.code), pause=paused.append) == "a.b.c"
    assert (shown, paused) == (["BCDF-GHJK"], [5.0, 5.0, 5.0])
    assert b"acr_values=urn%3Atrustkit" in provider.calls[0].body


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([(400, {"error": "unauthorized_client"})], ErrorCode.OFFICIAL_REFUSED),
        ([(200, {**DEVICE, "verification_uri": "https://evil.test/device"})], IdentityCode.IDP_UPSTREAM_ANSWER),
        ([(200, {**DEVICE, "verification_uri": "https://id.test.evil.test/"})], IdentityCode.IDP_UPSTREAM_ANSWER),
        ([(200, {**DEVICE, "user_code": ""})], IdentityCode.IDP_UPSTREAM_ANSWER),
        ([(200, DEVICE), (400, {"error": "access_denied"})], ErrorCode.OFFICIAL_REFUSED),
        ([(200, DEVICE), (400, {"error": "expired_token"})], ErrorCode.OFFICIAL_REFUSED),
        ([(200, DEVICE), *[(400, {"error": "authorization_pending"})] * 5], ErrorCode.OFFICIAL_REFUSED),
    ],
)
def test_a_code_nobody_types_in(answers: list[tuple[int, object]], code: Code) -> None:
    of, _ = client(*answers)
    refused(code, lambda: by_device(of, NEED, told=lambda _: None, pause=lambda _: None))


def test_the_first_answer_with_the_right_state_counts() -> None:
    with listening() as back:
        assert httpx.get(f"{back.uri}?state=&code=x").status_code == 400  # nothing is expected yet
        back.expect("right")
        other = back.uri.replace("/signed-in", "/")
        assert [
            httpx.get(url).status_code for url in (other, f"{back.uri}?state=wrong&code=x", f"{back.uri}?code=x")
        ] == [404, 400, 400]
        assert httpx.get(f"{back.uri}?{'&'.join(f'a{n}=1' for n in range(40))}&state=right").status_code == 400
        assert httpx.post(f"{back.uri}?state=right&code=x").status_code == 501
        answer = httpx.get(f"{back.uri}?state=right&code=c-1")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert httpx.get(f"{back.uri}?state=right&code=late").status_code == 404
        assert back.wait(timedelta(seconds=1)) == {"state": "right", "code": "c-1"}
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", urlsplit(back.uri).port or 0), timeout=2)


def test_nobody_came() -> None:
    with listening() as back:
        back.expect("right")
        assert refused(ErrorCode.OFFICIAL_REFUSED, lambda: back.wait(timedelta(0))).facts["error"] == "timeout"


def test_a_sign_in_is_remembered_for_one_provider(tmp_path: Path) -> None:
    login = Login(folder=tmp_path / "a" / "b", issuer=ISSUER)
    refused(ErrorCode.OFFICIAL_SIGN_IN, login.token)
    login.forget()
    for token in ("a.b.c", "d.e.f"):
        login.keep(token)
        assert login.token() == token
    refused(ErrorCode.OFFICIAL_SIGN_IN, Login(folder=login.folder, issuer="https://other.test").token)
    (login.folder / "login.json").write_text("{", "utf-8")
    refused(ErrorCode.OFFICIAL_SIGN_IN, login.token)
    (login.folder / "login.json").chmod(0o640)
    refused(ErrorCode.KEY_FILE_MODE, login.token)
    login.forget()
    (tmp_path / "file").touch()
    refused(ErrorCode.DISK_UNWRITABLE, lambda: Login(folder=tmp_path / "file" / "x", issuer=ISSUER).keep("t"))
