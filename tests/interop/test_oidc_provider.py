"""Our relying party signs in at npm's oidc-provider, a certified OpenID provider: pushed requests, PKCE, `iss`, both ways of proving the client."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import socket
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from idp.connectors.oidc import OpenIdConnector
from idp.connectors.oidc_client import KeyProof, SecretProof
from idp.connectors.oidc_identity import ClaimRules
from idp.connectors.oidc_provider import OpenIdProvider
from idp.connectors.port import Begun, LoginStart, Redirect
from tests.support.page_walker import PageWalker
from trustkit.app.idp_upstream import open_upstream
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.jose.keys import jwks_document, verification_key
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from idp.evidence import BrokeredIdentity

PROGRAM = Path(__file__).parent / "oidc_provider" / "op.mjs"
FOLDER = PROGRAM.parents[3] / "build" / "oidc-provider"
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(
        shutil.which("node") is None or not (FOLDER / "node_modules").is_dir(), reason="make interop installs it"
    ),
]
CLIENT, SECRET = "trustkit", "s3cret&=+ %"
RETURN = "http://127.0.0.1:8442/login/return/panva"
START = LoginStart(handle="h", needed=AssuranceLevel(authentication=1), max_age=timedelta(minutes=5), language="en")
SIGNER = generate_key(KeyKind.EC_P256).signer()


@pytest.fixture
def provider() -> Iterator[Callable[..., OpenIdConnector]]:
    """Start a provider that knows one client; give our connector to it."""
    started: list[subprocess.Popen[str]] = []

    def start(*, by_key: bool = False, require_pushed: bool = True, **changes: Any) -> OpenIdConnector:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        client: dict[str, object] = {"client_id": CLIENT}
        if by_key:
            keys = jwks_document(verification_key(SIGNER.public_key, key_id="own"))
            client |= {"token_endpoint_auth_method": "private_key_jwt", "jwks": keys}
        else:
            client |= {"token_endpoint_auth_method": "client_secret_basic", "client_secret": SECRET}
        configuration = {
            "return_url": RETURN,
            "client": client,
            "cookie_key": secrets.token_hex(16),
            "require_pushed": require_pushed,
            "keys": _private_keys(),
        }
        shutil.copy(PROGRAM, FOLDER / PROGRAM.name)  # beside its packages, where Node looks for them
        process = subprocess.Popen(
            ["node", "op.mjs", str(port)], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(configuration))
        process.stdin.close()
        assert process.stdout.readline().strip() == "ready"
        return _connector(f"http://127.0.0.1:{port}", by_key=by_key, **changes)

    yield start
    for process in started:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def _private_keys() -> list[dict[str, str]]:
    """Return a signing key of the provider's, made by Node itself."""
    program = (
        "const {generateKeyPairSync:g}=require('crypto');"
        "const k=g('ec',{namedCurve:'P-256'}).privateKey.export({format:'jwk'});"
        "console.log(JSON.stringify([{...k,use:'sig',kid:'op-1',alg:'ES256'}]))"
    )
    made = subprocess.run(["node", "-e", program], capture_output=True, check=True, text=True, timeout=60)
    found: list[dict[str, str]] = json.loads(made.stdout)
    return found


def _connector(issuer: str, *, by_key: bool, **changes: Any) -> OpenIdConnector:
    clock = SystemClock()
    upstream = open_upstream(clock, bases=(f"{issuer}/",), authorities=None, production=False, seconds=30)
    token = lambda: secrets.token_urlsafe(32)  # noqa: E731 - one line
    values: dict[str, Any] = {
        "name": "panva",
        "title": {},
        "return_url": RETURN,
        "client": CLIENT,
        "provider": OpenIdProvider(issuer=issuer, upstream=upstream, plain=True),
        "proof": KeyProof(client=CLIENT, signer=SIGNER, key_id="own", token=token)
        if by_key
        else SecretProof(client=CLIENT, secret=SECRET),
        "algorithms": (JwsAlgorithm.ES256,),
        "rules": ClaimRules(login_ladder="eap-acr"),
        "scope": "openid profile",
        "acr_values": {1: "1", 2: "2"},
        "ask_userinfo": True,
        "token": token,
    }
    return OpenIdConnector(**(values | changes))


def _walk(connector: OpenIdConnector, name: str = "li") -> tuple[Begun, dict[str, str]]:
    begun = asyncio.run(connector.begin(START, now=SystemClock().now()))
    assert isinstance(begun.step, Redirect)
    with PageWalker() as browser:
        browser.visit(begun.step.url)
        browser.submit({"login": name, "password": "any"})
        return begun, browser.submit({"prompt": "consent"}, stop=RETURN)


def _finish(connector: OpenIdConnector, begun: Begun, back: dict[str, str]) -> BrokeredIdentity:
    return asyncio.run(connector.finish(START, begun.kept, back, now=SystemClock().now()))


@pytest.mark.parametrize("by_key", [False, True], ids=["secret", "key"])
def test_our_relying_party_signs_in(provider: Callable[..., OpenIdConnector], by_key: bool) -> None:  # noqa: FBT001
    connector = provider(by_key=by_key)
    begun, back = _walk(connector)
    assert back["iss"] == connector.provider.issuer
    identity = _finish(connector, begun, back)
    assert (identity.subject, identity.display_name) == ("li", "Name of li")
    assert identity.authenticated_at is not None
    with pytest.raises(TrustError) as refused:  # the code was used
        _finish(connector, begun, back)
    assert refused.value.facts["rule"] == "code"


def test_without_pushed_requests_it_signs_in_as_well(provider: Callable[..., OpenIdConnector]) -> None:
    begun, back = _walk(provider(require_pushed=False))
    assert back["state"] == begun.state


def test_another_logins_parts_do_not_fit(provider: Callable[..., OpenIdConnector]) -> None:
    connector = provider()
    begun, back = _walk(connector)
    other = asyncio.run(connector.begin(START, now=SystemClock().now()))
    mixed = {"verifier": other.kept["verifier"]}
    for kept, answer, rule in (
        ({**begun.kept}, back | {"state": other.state}, "state"),
        ({**begun.kept}, back | {"iss": "https://evil.example"}, "issuer"),
        ({**begun.kept, **mixed}, back, "code"),
    ):
        with pytest.raises(TrustError) as refused:
            asyncio.run(connector.finish(START, kept, answer, now=SystemClock().now()))
        assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_UPSTREAM_ANSWER, rule)


def test_a_wrong_secret_is_told_as_ours(provider: Callable[..., OpenIdConnector]) -> None:
    connector = provider(proof=SecretProof(client=CLIENT, secret="wrong"))
    with pytest.raises(TrustError) as refused:
        asyncio.run(connector.begin(START, now=SystemClock().now()))
    assert refused.value.code is IdentityCode.IDP_UPSTREAM_REFUSED


def test_who_says_no_is_told_so(provider: Callable[..., OpenIdConnector]) -> None:
    connector = provider()
    begun = asyncio.run(connector.begin(START, now=SystemClock().now()))
    assert isinstance(begun.step, Redirect)
    with PageWalker() as browser:
        browser.visit(begun.step.url)
        back = browser.visit(browser.url + "/abort", stop=RETURN)
    assert back["error"] == "access_denied"
    with pytest.raises(TrustError) as refused:
        _finish(connector, begun, back)
    assert refused.value.code is IdentityCode.IDP_UPSTREAM_DENIED
