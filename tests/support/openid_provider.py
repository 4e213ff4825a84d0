"""An OpenID provider behind the connectors' network port: honest unless a test bends it.

provider = SimulatedProvider()
connector = provider.connector()
provider.claims["acr"] = "2"                  # what the next ID token says
provider.metadata["issuer"] = "https://evil"  # what it says of itself
provider.rotate()                             # another key from now on
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from idp.connectors.oidc import OpenIdConnector
from idp.connectors.oidc_client import SecretProof
from idp.connectors.oidc_identity import ClaimRules
from idp.connectors.oidc_metadata import discovery_address
from idp.connectors.oidc_provider import OpenIdProvider
from idp.connectors.oidc_request import challenge_of
from idp.connectors.port import Begun, LoginStart, Redirect
from tests.support.upstreams import ScriptedUpstream, form_of, json_answer, query_of, tokens
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import encode_base64
from trustkit.identity import AssuranceLevel
from trustkit.jose.keys import jwks_document, verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jws

if TYPE_CHECKING:
    from idp.connectors.upstream import Answer, Call
    from idp.evidence import BrokeredIdentity
    from trustkit.custody.port import Signer

ISSUER = "https://sso.example/realms/gov"
RETURN = "https://id.example/login/return/sso"
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
START = LoginStart(handle="login-1", needed=AssuranceLevel(authentication=2), max_age=None, language="zh")
CLIENT, SECRET = "trustkit", "s3cret&"


@dataclass
class SimulatedProvider:
    """See the module. `bodies` replaces the answer of an endpoint by its name; `keys` replaces the whole set of keys."""

    kind: KeyKind = KeyKind.EC_P256
    upstream: ScriptedUpstream = field(default_factory=ScriptedUpstream)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    bodies: dict[str, Answer] = field(default_factory=dict)
    keys: Any = None
    pushed: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    signer: Signer = field(init=False)
    key_id: str = field(default="k0", init=False)
    _numbers: Any = field(default_factory=lambda: count(1), init=False)

    def __post_init__(self) -> None:
        self.signer = generate_key(self.kind).signer()
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/certs",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "pushed_authorization_request_endpoint": f"{ISSUER}/par",
            "authorization_response_iss_parameter_supported": True,
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["plain", "S256"],
        }
        self.upstream.behaviours = {
            discovery_address(ISSUER): lambda _: self._or("metadata", json_answer(self.metadata)),
            f"{ISSUER}/certs": lambda _: self._or("certs", json_answer(self.keys or self._set())),
            f"{ISSUER}/par": self._par,
            f"{ISSUER}/token": self._token,
            f"{ISSUER}/userinfo": self._userinfo,
        }

    def rotate(self) -> None:
        self.key_id = f"k{next(self._numbers)}"
        self.signer = generate_key(self.kind).signer()

    def connector(self, **changes: Any) -> OpenIdConnector:
        values: dict[str, Any] = {
            "name": "sso",
            "title": {"zh": "统一认证", "en": "SSO"},
            "return_url": RETURN,
            "client": CLIENT,
            "provider": OpenIdProvider(issuer=ISSUER, upstream=self.upstream, plain=False),
            "proof": SecretProof(client=CLIENT, secret=SECRET),
            "algorithms": (JwsAlgorithm.ES256, JwsAlgorithm.SGD_SM3_SM2),
            "rules": ClaimRules(login_ladder="keycloak"),
            "acr_values": {1: "1", 2: "2"},
            "token": tokens(),
        }
        return OpenIdConnector(**(values | changes))

    def request(self, begun: Begun) -> dict[str, str]:
        """Return the authorization request, pushed or not, and remember it as the one the next token is for."""
        assert isinstance(begun.step, Redirect)
        query = query_of(begun.step.url)
        self.asked = self.pushed.get(query.get("request_uri", ""), query)
        return self.asked

    def returned(self, begun: Begun, **changes: str) -> dict[str, str]:
        """Return what the browser brings back."""
        return {"code": "c-1", "state": self.request(begun)["state"], "iss": ISSUER} | changes

    def id_token(self) -> str:
        issued = int(NOW.timestamp())
        claims = {
            "iss": ISSUER,
            "sub": "u-1",
            "aud": CLIENT,
            "exp": issued + 300,
            "iat": issued,
            "auth_time": issued - 60,
            "nonce": self.asked.get("nonce", ""),
            "acr": "1",
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"typ": "JWT", "kid": self.key_id} | self.header
        return sign_jws(header, json.dumps(claims).encode(), self.signer)

    def _set(self) -> object:
        return jwks_document(verification_key(self.signer.public_key, key_id=self.key_id))

    def _or(self, name: str, answer: Answer) -> Answer:
        return self.bodies.get(name, answer)

    def _par(self, call: Call) -> Answer:
        uri = f"urn:ietf:params:oauth:request_uri:{len(self.pushed)}"
        self.pushed[uri] = form_of(call)
        assert call.headers["Authorization"] == _basic()
        return self._or("par", json_answer({"request_uri": uri, "expires_in": 60}, status=201))

    def _token(self, call: Call) -> Answer:
        form = form_of(call)
        fits = challenge_of(form["code_verifier"]) == self.asked.get("code_challenge")
        if not fits or form["redirect_uri"] != RETURN or form["code"] != "c-1":
            return json_answer({"error": "invalid_grant"}, status=400)
        answer = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 300, "id_token": self.id_token()}
        answer = {name: value for name, value in (answer | self.tokens).items() if value is not None}
        return self._or("token", json_answer(answer))

    def _userinfo(self, call: Call) -> Answer:
        assert call.headers["Authorization"] == "Bearer at-1"
        return self._or("userinfo", json_answer({"sub": "u-1", "name": "李雷"} | self.userinfo))


def _basic() -> str:
    return f"Basic {encode_base64(f'{CLIENT}:s3cret%26'.encode())}"


async def signed_in(
    provider: SimulatedProvider,
    connector: OpenIdConnector | None = None,
    *,
    start: LoginStart = START,
    at: datetime = NOW,
    back: dict[str, str] | None = None,
) -> BrokeredIdentity:
    """Return who signs in at a provider, the browser's part played."""
    connector = connector or provider.connector()
    begun = await connector.begin(start, now=at)
    return await connector.finish(start, begun.kept, provider.returned(begun, **(back or {})), now=at)
