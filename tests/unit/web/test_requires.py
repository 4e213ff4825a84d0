"""A declared requirement lets in who meets it, and tells everyone else what to bring."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI, Request

from tests.support.dpop_proof import sign_dpop
from tests.support.pki import PkiWorld
from tests.support.tokens import API, ISSUER, NOW, claims, keys, signer, token
from trustkit.clock import FixedClock
from trustkit.encoding.pem import encode_pem
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, AuthContext
from trustkit.identity_codes import IdentityCode
from trustkit.jose.claims import numeric_date
from trustkit.jose.jwk import jwk_of
from trustkit.jose.sign import sign_jwt
from trustkit.web.problem import problem
from trustkit.web.requires import TokenGuard, caller_of, requires

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.error_family import Code
    from trustkit.jose.keys import JwkSet

CLIENT = "client-1"
AT = numeric_date(NOW)
KEY = jwk_of(signer(which=3).public_key).thumbprint
LEVEL = AssuranceLevel(identity=2, authentication=2)
PERMISSION = "licence:document:read"
PATH = "/v1/documents/{name}"


class Keys:
    async def verified(self, verify: Callable[[JwkSet], Any], *, now: datetime) -> Any:
        assert now == NOW
        return verify(keys())


class Unreachable:
    async def verified(self, verify: Callable[[JwkSet], Any], *, now: datetime) -> Any:
        raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, "no answer", now=now.isoformat(), asked=str(verify))


class Memory:
    def __init__(self) -> None:
        self.seen: set[str] = set()

    async def note(self, digest: str, until: datetime) -> bool:
        assert until > NOW
        new = digest not in self.seen
        self.seen.add(digest)
        return new


def _handle(request: Request, error: Exception) -> Any:
    assert isinstance(error, TrustError)
    return problem(error, request)


class Site:
    """One guarded route that asks for a level and a login of the last five minutes, one that asks for the permission alone."""

    def __init__(self, source: Any = None, *, guarded: bool = True) -> None:
        guard = TokenGuard(issuer=ISSUER, resource=API, keys=source or Keys(), clock=FixedClock(NOW), seen=Memory())
        self.callers: list[AuthContext | None] = []
        self.certificate: bytes | None = None
        self.app = FastAPI()
        self.app.add_exception_handler(TrustError, _handle)

        @self.app.get(PATH)
        @requires(guard if guarded else None, PERMISSION, assurance=LEVEL, max_age=timedelta(minutes=5))
        async def strict(request: Request, name: str) -> dict[str, str]:
            self.callers.append(caller_of(request))
            return {"name": name}

        @self.app.post("/v1/documents")
        @requires(guard if guarded else None, PERMISSION)
        async def plain(request: Request) -> dict[str, str]:
            self.callers.append(caller_of(request))
            return {}

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if self.certificate is not None and scope["type"] == "http":
            chain = [encode_pem("CERTIFICATE", self.certificate).decode()]
            scope["extensions"] = {"tls": {"client_cert_chain": chain}}
        await self.app(scope, receive, send)

    def call(self, *headers: tuple[str, str], method: str = "GET", path: str = "/v1/documents/a%20b") -> httpx.Response:
        async def act() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self._app), base_url=API) as client:
                return await client.request(method, path, headers=list(headers))

        return asyncio.run(act())


def person(**others: Any) -> str:
    found: dict[str, Any] = {
        "client_id": CLIENT,
        "scope": f"openid {PERMISSION}",
        "acr": "urn:trustkit:ial:2:aal:2",
        "auth_time": AT - 60,
        "amr": ["pwd", "otp"],
    }
    return token(**found | others)


def bearer(text: str) -> tuple[str, str]:
    return ("Authorization", f"Bearer {text}")


def proof(text: str, *, method: str = "GET", url: str = f"{API}/v1/documents/a%20b", by: int = 3) -> tuple[str, str]:
    made = sign_dpop(signer(which=by), method=method, url=url, token_id="j-1", now=NOW, access_token=text)
    return ("DPoP", made)


def bound(**others: Any) -> str:
    return person(cnf={"jkt": KEY}, **others)


def test_a_person_is_let_in_as_who_the_token_says() -> None:
    site = Site()
    organisation = {"uscc": "91110000100000000X", "name": "示范公司", "role": "handler", "mandate": "md-abc"}
    answer = site.call(bearer(person(org=organisation, act={"sub": "s1"})))
    assert (answer.status_code, answer.json()) == (200, {"name": "a b"})
    (caller,) = site.callers
    assert caller is not None
    assert (caller.principal.id, caller.client, caller.assurance) == ("person:s1", CLIENT, LEVEL)
    assert caller.acting_for is not None
    assert (caller.acting_for.uscc, caller.mandate) == ("91110000100000000X", "md-abc")
    assert (caller.methods, caller.authenticated_at) == (("otp", "pwd"), NOW - timedelta(seconds=60))


def test_a_client_itself_has_no_level() -> None:
    site = Site()
    text = token(sub=CLIENT, client_id=CLIENT, scope=PERMISSION, acr=LEVEL.acr, auth_time=AT)
    assert site.call(bearer(text), method="POST", path="/v1/documents").status_code == 200
    (caller,) = site.callers
    assert caller is not None
    assert (caller.principal.id, caller.assurance) == (f"client:{CLIENT}", AssuranceLevel())
    assert site.call(bearer(text)).status_code == 401


def test_a_token_bound_to_a_key_comes_with_its_proof() -> None:
    site = Site()
    text = bound()
    assert site.call(("Authorization", f"DPoP {text}"), proof(text)).status_code == 200
    assert site.call(("Authorization", f"dpop {text}"), proof(text)).status_code == 401  # the same proof again


def test_a_token_bound_to_a_certificate_comes_over_its_connection() -> None:
    site = Site()
    der = PkiWorld().signer.der
    thumbprint = encode_base64url(hashlib.sha256(der).digest())
    text = person(cnf={"x5t#S256": thumbprint})
    assert site.call(bearer(text)).status_code == 401
    site.certificate = der
    assert site.call(bearer(text)).status_code == 200
    site.certificate = PkiWorld().signer.der + b"\0"
    assert site.call(bearer(text)).status_code == 401


def test_where_no_guard_stands_anybody_may() -> None:
    site = Site(guarded=False)
    assert site.call().status_code == 200
    assert site.callers == [None]


def test_an_issuer_out_of_reach_is_nobodys_fault() -> None:
    assert Site(Unreachable()).call(bearer(person())).status_code == 503


Headers = list[tuple[str, str]]
REFUSED: dict[str, tuple[Callable[[], Headers], int, Code, str]] = {
    "no token": (list, 401, ErrorCode.TOKEN_MISSING, 'Bearer realm="trustkit"'),
    "a scheme of another kind": (lambda: [("Authorization", "Basic YTpi")], 401, ErrorCode.TOKEN_MISSING, "Bearer"),
    "a token in the address alone": (list, 401, ErrorCode.TOKEN_MISSING, "Bearer"),
    "two headers": (
        lambda: [bearer(person()), bearer(person())],
        400,
        ErrorCode.TOKEN_FORM,
        'error="invalid_request"',
    ),
    "too long": (lambda: [bearer("a" * 70_000)], 400, ErrorCode.TOKEN_FORM, 'error="invalid_request"'),
    "no token at all": (lambda: [bearer("")], 401, ErrorCode.TOKEN_REFUSED, 'error="invalid_token"'),
    "not a token": (lambda: [bearer("a.b.c")], 401, ErrorCode.TOKEN_REFUSED, 'error="invalid_token"'),
    "a credential of the CA": (lambda: [bearer("id.secret")], 401, ErrorCode.TOKEN_REFUSED, 'error="invalid_token"'),
    "an ID token": (
        lambda: [bearer(sign_jwt(claims(client_id=CLIENT), signer(), kind="JWT", key_id="k1"))],
        401,
        ErrorCode.TOKEN_REFUSED,
        'error="invalid_token"',
    ),
    "for another": (lambda: [bearer(person(aud=ISSUER))], 401, ErrorCode.TOKEN_REFUSED, 'error="invalid_token"'),
    "by another": (lambda: [bearer(person(iss=API))], 401, ErrorCode.TOKEN_REFUSED, 'error="invalid_token"'),
    "expired": (lambda: [bearer(person(exp=AT - 61))], 401, ErrorCode.TOKEN_REFUSED, 'error="invalid_token"'),
    "an unknown key": (
        lambda: [bearer(token(key_id="k9", client_id=CLIENT))],
        401,
        ErrorCode.TOKEN_REFUSED,
        'error="invalid_token"',
    ),
    "bound to a key, sent as a bearer token": (
        lambda: [bearer(bound())],
        401,
        ErrorCode.TOKEN_REFUSED,
        'Bearer realm="trustkit", error="invalid_token"',
    ),
    "bound to a key, as a bearer token with a proof": (
        lambda: [bearer(text := bound()), proof(text)],
        401,
        ErrorCode.TOKEN_REFUSED,
        'error="invalid_token"',
    ),
    "bound to nothing, sent as bound": (
        lambda: [("Authorization", f"DPoP {(text := person())}"), proof(text)],
        401,
        ErrorCode.TOKEN_REFUSED,
        'DPoP realm="trustkit", error="invalid_token"',
    ),
    "no proof": (
        lambda: [("Authorization", f"DPoP {bound()}")],
        401,
        ErrorCode.TOKEN_PROOF,
        'DPoP realm="trustkit", error="invalid_dpop_proof"',
    ),
    "two proofs": (
        lambda: [("Authorization", f"DPoP {(text := bound())}"), proof(text), proof(text)],
        401,
        ErrorCode.TOKEN_PROOF,
        'error="invalid_dpop_proof"',
    ),
    "a proof of another key": (
        lambda: [("Authorization", f"DPoP {(text := bound())}"), proof(text, by=4)],
        401,
        ErrorCode.TOKEN_REFUSED,
        'DPoP realm="trustkit", error="invalid_token"',
    ),
    "a proof for another token": (
        lambda: [("Authorization", f"DPoP {bound()}"), proof("another")],
        401,
        ErrorCode.TOKEN_PROOF,
        'error="invalid_dpop_proof"',
    ),
    "a proof for another address": (
        lambda: [("Authorization", f"DPoP {(text := bound())}"), proof(text, url=f"{API}/v1/documents/c")],
        401,
        ErrorCode.TOKEN_PROOF,
        'error="invalid_dpop_proof"',
    ),
    "a proof for another method": (
        lambda: [("Authorization", f"DPoP {(text := bound())}"), proof(text, method="POST")],
        401,
        ErrorCode.TOKEN_PROOF,
        'algs="ES256 ES384 EdDSA PS256 RS256 SGD_SM3_SM2"',
    ),
    "no permission": (
        lambda: [bearer(person(scope="openid licence:document"))],
        403,
        ErrorCode.TOKEN_SCOPE,
        f'error="insufficient_scope", error_description="[^"]+", scope="{PERMISSION}"',
    ),
    "an organisation without a mandate": (
        lambda: [bearer(person(org={"uscc": "91110000100000000X"}))],
        401,
        ErrorCode.TOKEN_REFUSED,
        'error="invalid_token"',
    ),
}
STEP_UP = (
    'error="insufficient_user_authentication", error_description="[^"]+", '
    'acr_values="urn:trustkit:ial:2:aal:2", max_age="300"'
)
for name, changes in {
    "a weak login": {"acr": "urn:trustkit:ial:2:aal:1"},
    "a name that is not real": {"acr": "urn:trustkit:ial:1:aal:3"},
    "a level in words unknown here": {"acr": "phr"},
    "no level": {"acr": None},
    "a login too long ago": {"auth_time": AT - 301},
    "a login of a time to come": {"auth_time": AT + 1},
    "a login of no time": {"auth_time": None},
}.items():
    REFUSED[name] = (lambda changes=changes: [bearer(person(**changes))], 401, ErrorCode.TOKEN_LEVEL, STEP_UP)  # type: ignore[misc]


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, status, code, challenge = REFUSED[name]
    site = Site()
    answer = site.call(*make(), path="/v1/documents/a%20b?access_token=" + person())
    assert (answer.status_code, answer.json()["code"]) == (status, code.value)
    told = answer.headers["www-authenticate"]
    assert re.search(challenge, told), told
    assert told.isascii()
    assert site.callers == []


NAMES = "urn:trustkit:ial:3:aal:3 urn:trustkit:ial:2:aal:2:phr phrh"


def _door(acr: str, max_age: timedelta | None = None) -> tuple[FastAPI, list[AuthContext | None]]:
    guard = TokenGuard(issuer=ISSUER, resource=API, keys=Keys(), clock=FixedClock(NOW), seen=Memory())
    app, callers = FastAPI(), []
    app.add_exception_handler(TrustError, _handle)

    @app.get(PATH)
    @requires(guard, PERMISSION, acr=acr, max_age=max_age)
    async def strict(request: Request, name: str) -> dict[str, str]:
        callers.append(caller_of(request))
        return {"name": name}

    return app, callers


def _at_door(acr: str, text: str, max_age: timedelta | None = None) -> httpx.Response:
    site = Site()
    site.app, _ = _door(acr, max_age)
    return site.call(bearer(text))


@pytest.mark.parametrize(
    "login",
    [
        {"acr": "urn:trustkit:ial:3:aal:3"},
        {"acr": "urn:trustkit:ial:4:aal:3"},
        {"acr": "urn:trustkit:ial:2:aal:2", "amr": ["otp", "pop", "pwd"]},
        {"acr": "urn:trustkit:ial:2:aal:2:phr", "amr": []},
        {"acr": "urn:trustkit:ial:0:aal:1", "amr": ["hwk", "pop"]},
        {"acr": "phrh", "amr": []},
    ],
)
def test_any_of_several_names_lets_somebody_in(login: dict[str, Any]) -> None:
    assert _at_door(NAMES, person(**login), timedelta(minutes=5)).status_code == 200


# What a login that is not enough is told to bring: all that would do, what asks least of it first, and the age in any case.
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "no promise": (
        {"acr": "urn:trustkit:ial:2:aal:2"},
        "urn:trustkit:ial:2:aal:2:phr phrh urn:trustkit:ial:3:aal:3",
    ),
    "a known person who signed in weakly": (
        {"acr": "urn:trustkit:ial:3:aal:1"},
        "urn:trustkit:ial:3:aal:3 urn:trustkit:ial:2:aal:2:phr phrh",
    ),
    "a promise of somebody unknown": (
        {"acr": "urn:trustkit:ial:0:aal:2", "amr": ["pop"]},
        "phrh urn:trustkit:ial:2:aal:2:phr urn:trustkit:ial:3:aal:3",
    ),
    "a key in hardware that is not bound": (
        {"acr": "urn:trustkit:ial:2:aal:2", "amr": ["hwk", "mfa"]},
        "urn:trustkit:ial:2:aal:2:phr phrh urn:trustkit:ial:3:aal:3",
    ),
    "enough, but too long ago": (
        {"acr": "phrh", "amr": [], "auth_time": AT - 301},
        "phrh urn:trustkit:ial:2:aal:2:phr urn:trustkit:ial:3:aal:3",
    ),
    "no level": ({"acr": None}, "phrh urn:trustkit:ial:2:aal:2:phr urn:trustkit:ial:3:aal:3"),
}


@pytest.mark.parametrize("name", ASKED)
def test_who_is_not_let_in_is_told_every_name_and_the_age(name: str) -> None:
    login, asked = ASKED[name]
    answer = _at_door(NAMES, person(**login), timedelta(minutes=5))
    assert (answer.status_code, answer.json()["code"]) == (401, ErrorCode.TOKEN_LEVEL.value)
    told = answer.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in told
    assert told.endswith(f'acr_values="{asked}", max_age="300"'), told


def test_an_age_alone_is_told_alone() -> None:
    answer = _at_door("", person(auth_time=AT - 301), timedelta(minutes=5))
    assert answer.headers["www-authenticate"].endswith(', max_age="300"')
    assert "acr_values" not in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "asked", [{"acr": "silver"}, {"acr": "phr silver"}, {"acr": " "}, {"acr": "phr", "assurance": LEVEL}]
)
def test_a_door_that_would_stand_open_by_mistake_is_not_made(asked: dict[str, Any]) -> None:
    with pytest.raises(TrustError) as caught:
        requires(None, PERMISSION, **asked)
    assert caught.value.code is ErrorCode.BUG


def test_a_handler_that_cannot_be_asked_about_its_caller_gets_none() -> None:
    assert caller_of(Request({"type": "http", "trustkit.caller": "somebody"})) is None
