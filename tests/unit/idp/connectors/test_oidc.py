from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from idp.connectors.exchange import UNKNOWN_TIME
from idp.connectors.oidc_client import KeyProof
from idp.connectors.oidc_identity import ClaimRules
from idp.connectors.oidc_metadata import discovery_address
from idp.connectors.oidc_request import challenge_of
from idp.connectors.port import Begun, LoginStart, Redirect
from idp.connectors.upstream import Answer
from idp.evidence import BrokeredIdentity, EvidenceKind
from tests.support.openid_provider import CLIENT, ISSUER, NOW, RETURN, START, SimulatedProvider, signed_in
from tests.support.upstreams import form_of, json_answer, query_of, tokens
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.jose.client_assertion import verify_client_assertion
from trustkit.jose.keys import JwkSet, verification_key
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

USCC = "1199010000TRYQK01Q"
A, D, R, T = (
    IdentityCode.IDP_UPSTREAM_ANSWER,
    IdentityCode.IDP_UPSTREAM_DENIED,
    IdentityCode.IDP_UPSTREAM_REFUSED,
    IdentityCode.IDP_UPSTREAM_UNREACHABLE,
)


def _sign_in(provider: SimulatedProvider | None = None, back: dict[str, str] | None = None) -> BrokeredIdentity:
    return asyncio.run(signed_in(provider or SimulatedProvider(), back=back))


def _begin(provider: SimulatedProvider, start: LoginStart = START, **changes: Any) -> Begun:
    return asyncio.run(provider.connector(**changes).begin(start, now=NOW))


def test_a_request_is_pushed_and_the_browser_carries_a_reference_alone() -> None:
    provider = SimulatedProvider()
    begun = _begin(
        provider,
        LoginStart(handle="l", needed=AssuranceLevel(authentication=2), max_age=timedelta(minutes=5), language="zh"),
    )
    assert isinstance(begun.step, Redirect)
    assert set(query_of(begun.step.url)) == {"client_id", "request_uri"}
    request = provider.request(begun)
    assert request == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": RETURN,
        "scope": "openid",
        "state": begun.state,
        "nonce": begun.kept["nonce"],
        "code_challenge": challenge_of(begun.kept["verifier"]),
        "code_challenge_method": "S256",
        "ui_locales": "zh-CN zh en",
        "acr_values": "2",
        "max_age": "300",
    }
    assert len({begun.state, begun.kept["nonce"], begun.kept["verifier"]}) == 3


def test_without_pushed_requests_the_browser_carries_the_parameters() -> None:
    provider = SimulatedProvider()
    del provider.metadata["pushed_authorization_request_endpoint"]
    provider.metadata["authorization_endpoint"] += "?realm=gov"
    begun = _begin(provider)
    assert isinstance(begun.step, Redirect)
    assert query_of(begun.step.url)["realm"] == "gov"
    assert provider.request(begun)["code_challenge_method"] == "S256"
    assert begun.kept["verifier"] not in begun.step.url


@pytest.mark.parametrize(
    ("values", "asked"), [({1: "1", 2: "2", 3: "phrh"}, "phrh"), ({1: "1", 2: "2"}, "2"), ({}, None)]
)
def test_what_cannot_be_phished_is_asked_for_by_the_highest_word(values: dict[int, str], asked: str | None) -> None:
    provider = SimulatedProvider()
    start = LoginStart(handle="l", needed=AssuranceLevel(authentication=1), bound=True, max_age=None, language="en")
    assert provider.request(_begin(provider, start, acr_values=values)).get("acr_values") == asked


@pytest.mark.parametrize(
    ("needed", "values", "asked"),
    [
        (0, {1: "1"}, None),
        (1, {1: "1", 2: "2"}, "1"),
        (2, {1: "1", 3: "phrh"}, "phrh"),
        (3, {1: "1", 2: "2"}, "2"),
        (2, {}, None),
    ],
)
def test_the_provider_is_asked_for_what_is_needed_in_its_own_words(
    needed: int, values: dict[int, str], asked: str | None
) -> None:
    provider = SimulatedProvider()
    start = LoginStart(handle="l", needed=AssuranceLevel(authentication=needed), max_age=None, language="en")
    assert provider.request(_begin(provider, start, acr_values=values)).get("acr_values") == asked


def test_who_signed_in_is_told_in_the_providers_words() -> None:
    provider = SimulatedProvider(claims={"amr": ["otp", "pwd"]})
    identity = _sign_in(provider)
    assert (identity.provider, identity.subject, identity.methods) == ("sso", "u-1", ("otp", "pwd"))
    assert identity.authenticated_at == NOW - timedelta(seconds=60)
    assert [(each.kind, each.ladder, each.level) for each in identity.evidence] == [
        (EvidenceKind.LOGIN, "keycloak", "1")
    ]


def test_an_sm2_provider_signs_in_as_well() -> None:
    assert _sign_in(SimulatedProvider(kind=KeyKind.SM2)).subject == "u-1"


def test_userinfo_describes_the_person_of_the_same_subject() -> None:
    org = {"uscc": USCC, "name": "示例", "role": "handler"}
    provider = SimulatedProvider(userinfo={"level": "L4", "org": org, "acr": "9", "amr": ["mfa"], "auth_time": 1})
    rules = ClaimRules(
        login_ladder="keycloak", real_name_claim="level", real_name_ladder="guangdong", organisation_claim="org"
    )
    identity = asyncio.run(signed_in(provider, provider.connector(rules=rules, ask_userinfo=True)))
    assert [each.level for each in identity.evidence] == ["1", "L4"]  # acr of userinfo is nothing
    assert identity.methods == ()
    assert identity.authenticated_at == NOW - timedelta(seconds=60)
    assert [each.role for each in identity.organisations] == ["handler"]
    assert identity.display_name == "李雷"
    assert "李雷" not in repr(identity)


@pytest.mark.parametrize("at", [None, 0, 86400])
def test_a_time_that_makes_no_sense_is_no_time(at: int | None) -> None:
    identity = _sign_in(SimulatedProvider(claims={"auth_time": at}))
    assert identity.authenticated_at is None
    assert [each.at for each in identity.evidence] == [UNKNOWN_TIME]  # so that nothing is fresh by it


@pytest.mark.parametrize("acr", [None, True, {"a": 1}, [], "", "x" * 129, 1.5])
def test_a_level_that_is_no_word_is_no_evidence(acr: object) -> None:
    assert _sign_in(SimulatedProvider(claims={"acr": acr})).evidence == ()


def test_a_key_proves_us_by_a_token_for_this_call_and_issuer() -> None:
    signer = generate_key(KeyKind.SM2).signer()
    provider = SimulatedProvider()
    del provider.metadata["pushed_authorization_request_endpoint"]
    proof = KeyProof(client=CLIENT, signer=signer, key_id="own", token=tokens("jti"))
    assert asyncio.run(signed_in(provider, provider.connector(proof=proof))).subject == "u-1"
    call = next(each for each in provider.upstream.asked if each.url.endswith("/token"))
    form = form_of(call)
    assert "Authorization" not in call.headers
    keys = JwkSet.of(verification_key(signer.public_key, key_id="own"))
    algorithms = (JwsAlgorithm.SGD_SM3_SM2,)
    verify_client_assertion(
        form["client_assertion"], keys, client=CLIENT, audiences={ISSUER}, algorithms=algorithms, now=NOW
    )


def _bent(**bends: Any) -> Callable[[], object]:
    return lambda: _sign_in(SimulatedProvider(**bends))


def _metadata(**members: Any) -> Callable[[], object]:
    def act() -> object:
        provider = SimulatedProvider()
        provider.metadata = {name: value for name, value in (provider.metadata | members).items() if value is not None}
        return _sign_in(provider)

    return act


def _body(name: str, value: object, **how: Any) -> Callable[[], object]:
    return _bent(bodies={name: json_answer(value, **how)})


def _raw(name: str, body: bytes, media_type: str = "application/json") -> Callable[[], object]:
    return _bent(bodies={name: Answer(status=200, media_type=media_type, body=body)})


def _with_userinfo(**bends: Any) -> Callable[[], object]:
    def act() -> object:
        provider = SimulatedProvider(**bends)
        return asyncio.run(signed_in(provider, provider.connector(ask_userinfo=True)))

    return act


def _back(**changes: str) -> Callable[[], object]:
    return lambda: _sign_in(None, changes)


def _unnamed(**changes: str) -> Callable[[], object]:
    def act() -> object:
        provider = SimulatedProvider()
        provider.metadata["authorization_response_iss_parameter_supported"] = False
        return _sign_in(provider, changes)

    return act


def _other_key() -> object:
    provider = SimulatedProvider()
    provider.keys = SimulatedProvider()._set()
    return _sign_in(provider)


def _swapped(name: str) -> Callable[[], object]:
    """Return a login whose kept part is replaced by that of another login."""

    async def act() -> object:
        provider = SimulatedProvider()
        connector = provider.connector()
        first = await connector.begin(START, now=NOW)
        second = await connector.begin(START, now=NOW)
        kept = dict(first.kept) | {name: second.kept[name]}
        return await connector.finish(START, kept, provider.returned(first), now=NOW)

    return lambda: asyncio.run(act())


def _another_issuer() -> object:
    async def act() -> object:
        provider = SimulatedProvider()
        connector = provider.connector()
        begun = await connector.begin(START, now=NOW)
        kept = dict(begun.kept) | {"issuer": "https://old.example"}
        return await connector.finish(START, kept, provider.returned(begun), now=NOW)

    return asyncio.run(act())


SECONDS = int(NOW.timestamp())
ORG = {"uscc": USCC, "name": "示例", "role": "handler"}
REFUSED: list[tuple[str, Callable[[], object], Code, str]] = [
    # the provider's metadata
    ("metadata of another issuer", _metadata(issuer="https://evil.example"), A, "issuer"),
    ("an issuer with a slash more", _metadata(issuer=ISSUER + "/"), A, "issuer"),
    ("no issuer", _metadata(issuer=None), A, "issuer"),
    ("no token endpoint", _metadata(token_endpoint=None), A, "endpoint"),
    ("an endpoint without TLS", _metadata(token_endpoint="http://sso.example/token"), A, "endpoint"),
    ("an endpoint with a user name", _metadata(jwks_uri="https://a@b.example/"), A, "endpoint"),
    ("an endpoint with a fragment", _metadata(authorization_endpoint="https://sso.example/#x"), A, "endpoint"),
    ("an endpoint that is a file", _metadata(userinfo_endpoint="file:///etc/passwd"), A, "endpoint"),
    ("an endpoint that is a number", _metadata(jwks_uri=1), A, "endpoint"),
    ("no port", _metadata(jwks_uri="https://sso.example:x/"), A, "endpoint"),
    ("no codes", _metadata(response_types_supported=["id_token"]), A, "flow"),
    ("no S256", _metadata(code_challenge_methods_supported=["plain"]), A, "pkce"),
    ("a list that is none", _metadata(response_types_supported="code"), A, "metadata"),
    ("a flag that is none", _metadata(require_pushed_authorization_requests="yes"), A, "metadata"),
    ("pushed requests wanted and not taken", _metadata(require_pushed_authorization_requests=True, pushed_authorization_request_endpoint=None), A, "endpoint"),
    ("metadata that are a page", _raw("metadata", b"<html>", "text/html"), A, "media-type"),
    ("metadata that are a list", _raw("metadata", b"[]"), A, "json"),
    ("metadata with a key twice", _raw("metadata", b'{"issuer":"a","issuer":"b"}'), A, "json"),
    ("huge metadata", _raw("metadata", b'{"a":"' + b"x" * 65536 + b'"}'), A, "json"),
    ("no metadata", _body("metadata", {}, status=404), T, ""),
    ("metadata elsewhere", _body("metadata", {}, status=302), A, "redirect"),
    # its keys
    ("no set", _body("certs", {"keys": 1}), A, "keys"),
    ("no key that is known", _body("certs", {"keys": [{"kty": "X"}]}), A, "keys"),
    ("another key of the same name", _other_key, A, "crypto:signature:wrong"),
    # the pushed request
    ("no request_uri", _body("par", {}, status=201), A, "missing"),
    ("a request_uri with a line end", _body("par", {"request_uri": "a\n"}, status=201), A, "missing"),
    ("our client is not known", _body("par", {"error": "invalid_client"}, status=401), R, ""),
    ("a refusal without words", _raw("par", b"no", "text/plain"), A, "media-type"),
    ("a refusal as a page", _bent(bodies={"par": Answer(status=403, media_type="text/html", body=b"no")}), R, ""),
    # what the browser brings back
    ("no state", _back(state=""), A, "state"),
    ("another login's state", _back(state="token-0000"), A, "state"),
    ("no iss where it is promised", _back(iss=""), A, "issuer"),
    ("mixed up", _back(iss="https://evil.example"), A, "issuer"),
    ("mixed up unannounced", _unnamed(iss="https://evil.example"), A, "issuer"),
    ("mixed up in an error", _back(iss="https://evil.example", error="access_denied"), A, "issuer"),
    ("begun with another issuer", _another_issuer, A, "issuer"),
    ("no code", _back(code=""), A, "missing"),
    ("a huge code", _back(code="x" * 2049), A, "size"),
    ("somebody else's code", _back(code="c-2"), A, "code"),
    ("the person said no", _back(error="access_denied"), D, ""),
    ("signing in was needed", _back(error="login_required"), D, ""),
    ("an error nobody knows", _back(error="\x1b[31m"), D, ""),
    ("our request was wrong", _back(error="invalid_scope"), R, ""),
    ("not now", _back(error="temporarily_unavailable"), T, ""),
    ("another login's verifier", _swapped("verifier"), A, "code"),
    ("another login's nonce", _swapped("nonce"), A, "jose:jwt:nonce"),
    # tokens
    ("no tokens", _body("token", {}), A, "missing"),
    ("no id_token", _bent(tokens={"id_token": None}), A, "missing"),
    ("no access token", _bent(tokens={"access_token": None}), A, "missing"),
    ("tokens of another kind", _bent(tokens={"token_type": "DPoP"}), A, "token-type"),
    ("a huge token", _bent(tokens={"access_token": "x" * 65537}), A, "size"),
    ("a token with a line end", _bent(tokens={"access_token": "a\r\nb"}), A, "size"),
    ("a server fault", _body("token", {}, status=503), T, ""),
    ("tokens that are a page", _raw("token", b"<html>", "text/html"), A, "media-type"),
    # the ID token
    ("another issuer's token", _bent(claims={"iss": "https://evil.example"}), A, "jose:jwt:issuer"),
    ("another client's token", _bent(claims={"aud": "other"}), A, "jose:jwt:audience"),
    ("several clients', none in charge", _bent(claims={"aud": [CLIENT, "other"]}), A, "jose:jwt:audience"),
    ("another client in charge", _bent(claims={"azp": "other"}), A, "jose:jwt:audience"),
    ("an old token", _bent(claims={"exp": SECONDS - 61, "iat": SECONDS - 300}), A, "jose:jwt:expired"),
    ("a token to come", _bent(claims={"iat": SECONDS + 120}), A, "jose:jwt:not-yet-valid"),
    ("a token for years", _bent(claims={"exp": SECONDS + 10**8}), A, "jose:jwt:lifetime"),
    ("no nonce", _bent(claims={"nonce": None}), A, "jose:jwt:nonce"),
    ("no subject", _bent(claims={"sub": None}), A, "jose:jwt:malformed"),
    ("a long subject", _bent(claims={"sub": "x" * 256}), A, "subject"),
    ("another access token's", _bent(claims={"at_hash": "AAAA"}), A, "jose:jwt:binding"),
    ("a logout token", _bent(header={"typ": "logout+jwt"}), A, "jose:jwt:type"),
    ("an access token", _bent(header={"typ": "at+jwt"}), A, "jose:jwt:type"),
    ("a header that changes the rules", _bent(header={"crit": ["x"], "x": 1}), A, "jose:jws:malformed"),
    ("a key it brings itself", _bent(header={"jwk": {}}), A, "jose:jws:malformed"),
    ("no algorithm", _bent(tokens={"id_token": "eyJhbGciOiJub25lIn0.e30."}), A, "crypto:algorithm:unknown"),
    ("an algorithm that is not configured", _bent(kind=KeyKind.RSA), A, "crypto:algorithm:mismatch"),
    ("signed in tomorrow", _bent(claims={"auth_time": SECONDS + 301}), A, "auth-time"),
    ("signed in at no time", _bent(claims={"auth_time": "now"}), A, "claims"),
    ("methods that are none", _bent(claims={"amr": "pwd"}), A, "claims"),
    # userinfo
    ("userinfo of somebody else", _with_userinfo(userinfo={"sub": "u-2"}), A, "subject"),
    ("userinfo of nobody", _with_userinfo(bodies={"userinfo": json_answer({})}), A, "subject"),
    ("userinfo as a token", _with_userinfo(bodies={"userinfo": Answer(status=200, media_type="application/jwt", body=b"a.b.c")}), A, "media-type"),
    ("userinfo refused", _with_userinfo(bodies={"userinfo": json_answer({}, status=403)}), R, ""),
]  # fmt: skip


@pytest.mark.parametrize(("act", "code", "rule"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refuses(act: Callable[[], object], code: Code, rule: str) -> None:
    with pytest.raises(TrustError) as refused:
        act()
    assert (refused.value.code, refused.value.facts.get("rule", "")) == (code, rule)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("org", "rule"),
    [
        ("x", "organisation"),
        ({**ORG, "uscc": "1"}, "organisation"),
        ({**ORG, "name": ""}, "organisation"),
        ({**ORG, "role": "owner"}, "role"),
        ({**ORG, "role": 1}, "role"),
    ],
)
def test_an_organisation_that_makes_no_sense_is_refused(org: object, rule: str) -> None:
    provider = SimulatedProvider(claims={"org": org})
    connector = provider.connector(rules=ClaimRules(organisation_claim="org"))
    with pytest.raises(TrustError) as refused:
        asyncio.run(signed_in(provider, connector))
    assert (refused.value.code, refused.value.facts["rule"]) == (A, rule)


def test_no_userinfo_where_it_is_wanted_is_refused() -> None:
    provider = SimulatedProvider()
    del provider.metadata["userinfo_endpoint"]
    with pytest.raises(TrustError) as refused:
        asyncio.run(signed_in(provider, provider.connector(ask_userinfo=True)))
    assert refused.value.facts["rule"] == "endpoint"


def test_metadata_are_asked_at_the_issuer() -> None:
    assert discovery_address("https://a.example/x/") == "https://a.example/x/.well-known/openid-configuration"
