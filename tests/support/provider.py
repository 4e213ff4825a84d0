"""An OpenID provider in this process: real services over a real store, people who sign in by a word, and a client that speaks to it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import ssl
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse

from idp.cookies import CookieRules
from idp.factors.port import FactorKind
from idp.grounds import Grounds
from idp.group_commit import GroupWriter
from idp.op.access import end_grants
from idp.op.authorize_api import BrowserDoor
from idp.op.client_form import read_registration
from idp.op.clients import ClientRegister
from idp.op.logout import note_logout
from idp.op.provider import Provider
from idp.op.rules import ProviderRules
from idp.op.standing import HomeNames
from idp.op.tokens import TokenMaker
from tests.support.clocks import Ticking
from tests.support.dpop_proof import sign_dpop
from tests.support.signing_in import INTERACTIONS, PEOPLE, SECRETS, SESSIONS, TERMINAL, make_person, proof, sign_in
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.keys import JwkSet, jwks_document, verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_client_assertion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from idp.op.client_model import Client
    from idp.sealing import Sealing
    from idp.subject.mandates import ActingFor
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

ISSUER = "https://id.test"
RETURN = "https://app.test/back"
API = "https://api.test"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
_KINDS = {
    JwsAlgorithm.ES256: (KeyKind.EC_P256, None),
    JwsAlgorithm.RS256: (KeyKind.RSA, SignatureSuite.RSA_PKCS1_SHA256),
    JwsAlgorithm.SGD_SM3_SM2: (KeyKind.SM2, None),
}


@cache
def fixed_signer(algorithm: JwsAlgorithm, which: int = 0) -> Signer:
    kind, suite = _KINDS[algorithm]
    return generate_key(kind).signer(suite) if which >= 0 else fixed_signer(algorithm)


class FixedKeys:
    """One key for each algorithm, for ever."""

    def signing(self, algorithm: JwsAlgorithm) -> tuple[Signer, str]:
        return fixed_signer(algorithm), algorithm.value

    def verifying(self) -> JwkSet:
        return JwkSet.of(*(self._key(algorithm) for algorithm in _KINDS))

    def jwks(self) -> Mapping[str, JsonValue]:
        return jwks_document(self._key(JwsAlgorithm.ES256), self._key(JwsAlgorithm.RS256))

    def gm_jwks(self) -> Mapping[str, JsonValue]:
        return jwks_document(self._key(JwsAlgorithm.SGD_SM3_SM2))

    @staticmethod
    def _key(algorithm: JwsAlgorithm) -> Any:
        return verification_key(fixed_signer(algorithm).public_key, key_id=algorithm.value, algorithms={algorithm})


@dataclass
class Standing:
    """Who is locked out and which mandates ended, as a test wants it."""

    locked: set[str] = field(default_factory=set)
    mandates: dict[str, ActingFor] = field(default_factory=dict)

    def require_active(self, unit: ReadUnit, person: str) -> None:
        del unit
        if person in self.locked:
            raise TrustError(IdentityCode.IDP_PERSON_LOCKED, "locked")

    def acting_for(self, unit: ReadUnit, *, person: str, mandate: str, now: datetime) -> ActingFor:
        del unit, person, now
        if mandate not in self.mandates:
            raise TrustError(IdentityCode.IDP_PERSON_MISSING, "ended")
        return self.mandates[mandate]

    def claims(self, unit: ReadUnit, person: str) -> Mapping[str, JsonValue]:
        del unit, person
        return {"locale": "zh"}


def shown(request: Request, error: TrustError) -> Response:
    """Stand in for the page of an error."""
    del request
    return JSONResponse({"shown": error.code.value}, status_code=400)


@dataclass
class World:
    """A provider with its clock, its people and one browser."""

    database: Database
    rules: ProviderRules = field(default_factory=lambda: ProviderRules(issuer=ISSUER))
    clock: Ticking = field(default_factory=Ticking)
    standing: Standing = field(default_factory=Standing)
    cookies: dict[str, str] = field(default_factory=dict)
    judge: Any = None
    certificate: bytes | None = None
    limits: Any = None
    limiter: Any = None

    def __post_init__(self) -> None:
        self.register = ClientRegister(database=self.database, clock=self.clock)
        self.cookie_rules = CookieRules(secure=True)

    def provider(self) -> Provider:
        sessions = replace(SESSIONS, on_end=(note_logout, end_grants))
        return Provider(
            rules=self.rules,
            database=self.database,
            clock=self.clock,
            keys=FixedKeys(),
            sealing=SECRETS,
            people=self.standing,
            names=HomeNames(people=PEOPLE),
            sessions=sessions,
            interactions=INTERACTIONS,
            writer=GroupWriter(self.database),
            judge=self.judge,
            limits=self.limits,
        )

    def client(self, name: str = "app", **members: Any) -> tuple[Client, str]:
        """Register a client of the code grant, as `members` say otherwise."""
        preset: dict[str, Any] = {
            "client_name": "示范应用",
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "redirect_uris": [RETURN],
            "scope": "openid profile offline_access read write",
            "resources": [API],
            "consent_required": False,
        }
        registration = read_registration(canonical_json({**preset, **members}))
        return self.register.add(name, registration, actor=TERMINAL)

    def person(self, login_name: str = "li.hua") -> str:
        return make_person(self.database, login_name)

    def sign_in(self, person: str, *kinds: FactorKind, mandate: str | None = None) -> str:
        """Sign a person in at this world's browser; return the session's id."""
        del mandate
        proofs = tuple(proof(person, kind, self.clock.now()) for kind in kinds or (FactorKind.PASSWORD,))
        signed = sign_in(self.database, person, at=self.clock.now(), grounds=Grounds(factors=proofs))
        self.cookies[self.cookie_rules.session] = signed.secret
        return signed.session.id

    async def _send(self, requests: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
        provider = self.provider()
        app = Starlette()
        for router in provider.routers(BrowserDoor(cookies=self.cookie_rules, show=shown, limiter=self.limiter)):
            app.router.routes.extend(router.routes)

        async def with_certificate(scope: Any, receive: Any, send: Any) -> None:
            if self.certificate is not None:
                chain = [ssl.DER_cert_to_PEM_cert(self.certificate)]
                scope["extensions"] = {"tls": {"client_cert_chain": chain}}
            await app(scope, receive, send)

        transport = httpx.ASGITransport(app=with_certificate)
        try:
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as browser:
                waiting = [browser.request(method, path, **more) for method, path, more in requests]
                return list(await asyncio.gather(*waiting))
        finally:
            provider.writer.close()

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.send_together([(method, path, more)])[0]

    def send_together(self, requests: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
        return asyncio.run(self._send(requests))

    def post(self, path: str, data: Mapping[str, Any], **more: Any) -> httpx.Response:
        return self.send("POST", path, data=dict(data), **more)

    def browse(self, path: str, parameters: Mapping[str, str] | None = None) -> httpx.Response:
        """Follow a link in the browser, with its cookies, and keep those it is given."""
        header = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.send(
            "GET", path, params=dict(parameters) if parameters else None, headers={"cookie": header} if header else {}
        )
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def asking(self, client: Client, **members: str) -> dict[str, str]:
        """Return the parameters of an authorization request; an empty one is left out."""
        preset = {
            "client_id": client.identifier,
            "response_type": "code",
            "redirect_uri": RETURN,
            "scope": "openid read",
            "state": "st-1",
            "nonce": "no-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**preset, **members}.items() if value}

    def code(self, client: Client, **members: str) -> str:
        """Return a code for whoever is signed in."""
        answer = self.browse("/authorize", self.asking(client, **members))
        return returned(answer)["code"]

    def redeem(self, client: Client, secret: str, code: str, **more: Any) -> httpx.Response:
        data = {"grant_type": "authorization_code", "code": code, "redirect_uri": RETURN, "code_verifier": VERIFIER}
        data |= more.pop("data", {})
        return self.post("/token", data, **{**basic(client, secret), **more})

    def refresh(self, client: Client, secret: str, token: str, **more: Any) -> httpx.Response:
        data = {"grant_type": "refresh_token", "refresh_token": token} | more.pop("data", {})
        return self.post("/token", data, **{**basic(client, secret), **more})

    def proof_for(
        self,
        path: str,
        *,
        method: str = "POST",
        which: int = 1,
        access_token: str = "",
        token_id: str = "p-1",  # noqa: S107 - a token's id
        nonce: str = "",
    ) -> str:
        return sign_dpop(
            fixed_signer(JwsAlgorithm.ES256, which),
            method=method,
            url=f"{ISSUER}{path}",
            token_id=token_id,
            now=self.clock.now(),
            access_token=access_token,
            nonce=nonce,
        )

    def assertion(self, client: Client, *, which: int = 2, audience: str = ISSUER, token_id: str = "a-1") -> str:  # noqa: S107 - as above
        return sign_client_assertion(
            fixed_signer(JwsAlgorithm.ES256, which),
            client=client.identifier,
            audience=audience,
            token_id=token_id,
            now=self.clock.now(),
        )

    def with_rules(self, **changes: Any) -> World:
        self.rules = replace(self.rules, **changes)
        return self


def client_jwks(which: int = 2) -> dict[str, Any]:
    return dict(jwks_document(verification_key(fixed_signer(JwsAlgorithm.ES256, which).public_key)))


def basic(client: Client, secret: str) -> dict[str, Any]:
    return {"auth": (client.identifier, secret)} if secret else {}


def names_of(sealing: Sealing) -> TokenMaker:
    """Return what makes clients' names of people, sessions and mandates under a home's secret."""
    return TokenMaker(rules=ProviderRules(issuer=ISSUER), keys=FixedKeys(), sealing=sealing)


def returned(answer: httpx.Response) -> dict[str, str]:
    """Return what the browser brings back to the client."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert location.startswith(RETURN), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def claims_of(token: str) -> dict[str, Any]:
    """Return a token's claims, unverified."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def interaction_of(answer: httpx.Response) -> tuple[str, str]:
    """Return the page of ours the browser is sent to, and the interaction's id."""
    parts = urlsplit(answer.headers["location"])
    return parts.path, parse_qs(parts.query)["i"][0]


def thumbprint(which: int = 1) -> str:
    return verification_key(fixed_signer(JwsAlgorithm.ES256, which).public_key).thumbprint


def digest64(octets: bytes) -> str:
    return encode_base64url(hashlib.sha256(octets).digest())
