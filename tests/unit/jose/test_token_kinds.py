"""ID tokens, access tokens, logout tokens and client assertions: each is what it is, and none passes for another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.tokens import API, ISSUER, NOW, claims, keys, signer, token
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.access_token import (
    Confirmation,
    VerifiedAccessToken,
    access_rules,
    require_bearer,
    require_certificate,
    require_key,
    verify_access_token,
)
from trustkit.jose.claims import numeric_date
from trustkit.jose.client_assertion import asserted_client, verify_client_assertion
from trustkit.jose.id_token import token_hash, verify_id_token
from trustkit.jose.logout_token import LOGOUT_EVENT, LOGOUT_KIND, logout_claims, verify_logout_token
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_client_assertion, sign_jwt

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.jose.jwt import VerifiedJwt

AT = numeric_date(NOW)
CLIENT = "client-1"
ES256 = {JwsAlgorithm.ES256}


def identity(text: str, **changes: Any) -> VerifiedJwt:
    given: dict[str, Any] = {"issuer": ISSUER, "client": CLIENT, "algorithms": ES256, "nonce": "n-1", "now": NOW}
    return verify_id_token(text, keys(), **given | changes)


def id_token(**others: Any) -> str:
    members: dict[str, Any] = {"aud": CLIENT, "nonce": "n-1", "auth_time": AT - 30}
    return token("JWT", **members | others)


def access(text: str) -> VerifiedAccessToken:
    rules = access_rules(issuer=ISSUER, audience=API, algorithms=ES256)
    return verify_access_token(text, keys(), rules, now=NOW)


def access_token(**others: Any) -> str:
    return token(**{"client_id": CLIENT, "scope": "licence:issue licence:read"} | others)


def logout(text: str, **changes: Any) -> VerifiedJwt:
    given: dict[str, Any] = {"issuer": ISSUER, "client": CLIENT, "algorithms": ES256, "now": NOW}
    return verify_logout_token(text, keys(), **given | changes)


def logout_token(kind: str = LOGOUT_KIND, **others: Any) -> str:
    members = logout_claims(issuer=ISSUER, client=CLIENT, subject="s1", session="sid-1", token_id="j1", now=NOW)
    found = {name: value for name, value in {**members, **others}.items() if value is not None}
    return sign_jwt(found, signer(), kind=kind, key_id="k1")


def assertion(text: str, **changes: Any) -> VerifiedJwt:
    given: dict[str, Any] = {"client": CLIENT, "audiences": {ISSUER}, "algorithms": ES256, "now": NOW}
    return verify_client_assertion(text, keys(), **given | changes)


def client_assertion(kind: str = "JWT", **others: Any) -> str:
    return token(kind, **{"iss": CLIENT, "sub": CLIENT, "aud": ISSUER} | others)


def test_an_id_token_answers_its_login() -> None:
    hashes = {"at_hash": token_hash(JwsAlgorithm.ES256, "at"), "c_hash": token_hash(JwsAlgorithm.ES256, "code")}
    found = identity(id_token(azp=CLIENT, **hashes), access_token="at", code="code", max_age=timedelta(seconds=30))
    assert (found.claims.subject, found.claims.text("azp")) == ("s1", CLIENT)
    assert identity(id_token(aud=[CLIENT, API], azp=CLIENT)).claims.audience == (CLIENT, API)
    assert identity(id_token(), access_token="at").claims.token_id == "j1"  # at_hash is optional with a code


def test_the_hash_is_the_left_half_of_the_algorithms_digest() -> None:
    """The example of OpenID Connect Core 1.0, A.3 and A.4 (RS256)."""
    assert token_hash(JwsAlgorithm.RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"
    code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"
    assert token_hash(JwsAlgorithm.RS256, code) == "LDktKdoQak3Pk0cnXxCltA"
    sizes = {algorithm: len(token_hash(algorithm, "x")) for algorithm in JwsAlgorithm}
    assert (sizes[JwsAlgorithm.ES384], sizes[JwsAlgorithm.EDDSA], sizes[JwsAlgorithm.SGD_SM3_SM2]) == (32, 43, 22)


def test_an_access_token_says_who_calls_and_what_it_is_bound_to() -> None:
    cnf = {"jkt": "k" * 43}
    found = access(access_token(cnf=cnf, act={"sub": "np-a"}, amr=["pwd", "otp"], acr="urn:trustkit:ial:2:aal:2"))
    assert (found.subject, found.actor, found.client) == ("s1", "np-a", CLIENT)
    assert found.scopes == {"licence:issue", "licence:read"}
    assert found.methods == ("otp", "pwd")
    assert found.confirmation == Confirmation(key="k" * 43)
    require_key(found, "k" * 43)
    by_certificate = access(access_token(cnf={"x5t#S256": "c" * 43}))
    require_certificate(by_certificate, "c" * 43)
    require_bearer(access(access_token()))


@pytest.mark.parametrize(
    ("cnf", "ask"),
    [
        ({"jkt": "k"}, require_bearer),
        ({"x5t#S256": "c"}, require_bearer),
        ({"jkt": "k"}, lambda found: require_key(found, "x")),
        ({"x5t#S256": "c"}, lambda found: require_key(found, "c")),
        (None, lambda found: require_key(found, "")),
        ({"x5t#S256": "c"}, lambda found: require_certificate(found, "x")),
        ({"jkt": "k"}, lambda found: require_certificate(found, "k")),
        (None, lambda found: require_certificate(found, "")),
    ],
)
def test_a_bound_token_needs_its_own_proof(
    cnf: dict[str, str] | None, ask: Callable[[VerifiedAccessToken], None]
) -> None:
    with pytest.raises(TrustError) as caught:
        ask(access(access_token(cnf=cnf)))
    assert caught.value.code is ErrorCode.JWT_BINDING


def test_a_logout_names_a_subject_or_a_session() -> None:
    found = logout(logout_token())
    assert (found.claims.subject, found.claims.text("sid")) == ("s1", "sid-1")
    assert logout(logout_token(sub=None)).claims.text("sid") == "sid-1"
    assert logout(logout_token(sid=None)).claims.subject == "s1"
    assert logout(logout_token("JWT"), typed=False).kind == "jwt"
    with pytest.raises(TrustError) as caught:
        logout_claims(issuer=ISSUER, client=CLIENT, subject="", session="", token_id="j", now=NOW)
    assert caught.value.code is ErrorCode.USAGE


def test_an_assertion_is_of_the_client_it_says() -> None:
    text = sign_client_assertion(signer(), client=CLIENT, audience=ISSUER, token_id="j1", now=NOW, key_id="k1")
    assert asserted_client(text) == CLIENT
    assert assertion(text).claims.token_id == "j1"
    both = client_assertion(aud=[ISSUER, ISSUER + "/token"])
    assert assertion(both, audiences={ISSUER, ISSUER + "/token"}).claims.subject == CLIENT


REFUSED: dict[str, tuple[Callable[[], object], Code]] = {
    "id: for another client": (lambda: identity(id_token(aud="client-2")), ErrorCode.JWT_AUDIENCE),
    "id: several audiences and no azp": (lambda: identity(id_token(aud=[CLIENT, API])), ErrorCode.JWT_AUDIENCE),
    "id: azp of another client": (lambda: identity(id_token(azp="client-2")), ErrorCode.JWT_AUDIENCE),
    "id: another nonce": (lambda: identity(id_token(nonce="n-2")), ErrorCode.JWT_NONCE),
    "id: no nonce": (lambda: identity(id_token(nonce=None)), ErrorCode.JWT_NONCE),
    "id: no nonce was asked": (lambda: identity(id_token(nonce=""), nonce=""), ErrorCode.JWT_NONCE),
    "id: another issuer (mix-up)": (lambda: identity(id_token(iss="https://evil.test")), ErrorCode.JWT_ISSUER),
    "id: another access token": (
        lambda: identity(id_token(at_hash=token_hash(JwsAlgorithm.ES256, "a")), access_token="b"),
        ErrorCode.JWT_BINDING,
    ),
    "id: another code": (
        lambda: identity(id_token(c_hash=token_hash(JwsAlgorithm.ES256, "a")), code="b"),
        ErrorCode.JWT_BINDING,
    ),
    "id: a hash by another digest": (
        lambda: identity(id_token(at_hash=token_hash(JwsAlgorithm.ES384, "a")), access_token="a"),
        ErrorCode.JWT_BINDING,
    ),
    "id: signed in too long ago": (
        lambda: identity(id_token(auth_time=AT - 151), max_age=timedelta(seconds=30)),
        ErrorCode.JWT_LIFETIME,
    ),
    "id: signed in tomorrow": (
        lambda: identity(id_token(auth_time=AT + 61), max_age=timedelta(seconds=30)),
        ErrorCode.JWT_LIFETIME,
    ),
    "id: does not say when": (
        lambda: identity(id_token(auth_time=None), max_age=timedelta(seconds=30)),
        ErrorCode.JWT_MALFORMED,
    ),
    "id: another algorithm than registered": (
        lambda: identity(id_token(), algorithms={JwsAlgorithm.RS256}),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "id: no subject": (lambda: identity(id_token(sub=None)), ErrorCode.JWT_MALFORMED),
    "id: lives for years": (lambda: identity(id_token(exp=AT + 10**8)), ErrorCode.JWT_LIFETIME),
    "id: an access token": (lambda: identity(access_token(aud=CLIENT, nonce="n-1")), ErrorCode.JWT_TYPE),
    "id: a logout token": (lambda: identity(logout_token(nonce="n-1")), ErrorCode.JWT_TYPE),
    "access: an ID token": (lambda: access(id_token(aud=API, client_id=CLIENT)), ErrorCode.JWT_TYPE),
    "access: a logout token": (lambda: access(logout_token(aud=API, client_id=CLIENT)), ErrorCode.JWT_TYPE),
    "access: for another": (lambda: access(access_token(aud=ISSUER)), ErrorCode.JWT_AUDIENCE),
    "access: no client": (lambda: access(access_token(client_id=None)), ErrorCode.JWT_MALFORMED),
    "access: no jti": (lambda: access(access_token(jti=None)), ErrorCode.JWT_MALFORMED),
    "access: scopes as an array": (lambda: access(access_token(scope=["a"])), ErrorCode.JWT_MALFORMED),
    "access: too many scopes": (lambda: access(access_token(scope="a " * 65)), ErrorCode.JWT_MALFORMED),
    "access: lives for a day": (lambda: access(access_token(exp=AT + 86400)), ErrorCode.JWT_LIFETIME),
    "access: bound by unknown means": (lambda: access(access_token(cnf={"kid": "a"})), ErrorCode.JWT_MALFORMED),
    "access: bound to nothing": (lambda: access(access_token(cnf={})), ErrorCode.JWT_MALFORMED),
    "access: bound to an empty text": (lambda: access(access_token(cnf={"jkt": ""})), ErrorCode.JWT_MALFORMED),
    "access: bound to a number": (lambda: access(access_token(cnf={"jkt": 1})), ErrorCode.JWT_MALFORMED),
    "access: cnf is a text": (lambda: access(access_token(cnf="jkt")), ErrorCode.JWT_MALFORMED),
    "access: act is a text": (lambda: access(access_token(act="np-a")), ErrorCode.JWT_MALFORMED),
    "logout: an ID token": (lambda: logout(id_token(events={LOGOUT_EVENT: {}}, nonce=None)), ErrorCode.JWT_TYPE),
    "logout: no event": (lambda: logout(logout_token(events=None)), ErrorCode.JWT_MALFORMED),
    "logout: another event": (lambda: logout(logout_token(events={"x": {}})), ErrorCode.JWT_MALFORMED),
    "logout: events no object": (lambda: logout(logout_token(events=[LOGOUT_EVENT])), ErrorCode.JWT_MALFORMED),
    "logout: neither subject nor session": (lambda: logout(logout_token(sub=None, sid=None)), ErrorCode.JWT_MALFORMED),
    "logout: a nonce": (lambda: logout(logout_token(nonce="n")), ErrorCode.JWT_MALFORMED),
    "logout: no jti": (lambda: logout(logout_token(jti=None)), ErrorCode.JWT_MALFORMED),
    "logout: for another client": (lambda: logout(logout_token(aud="client-2")), ErrorCode.JWT_AUDIENCE),
    "logout: untyped where a type is asked for": (lambda: logout(logout_token("JWT")), ErrorCode.JWT_TYPE),
    "logout: too old": (lambda: logout(logout_token(iat=AT - 700, exp=AT)), ErrorCode.JWT_LIFETIME),
    "assertion: of another client": (lambda: assertion(client_assertion(iss="x", sub="x")), ErrorCode.JWT_ISSUER),
    "assertion: issued by another": (lambda: assertion(client_assertion(iss="x")), ErrorCode.JWT_ISSUER),
    "assertion: on behalf of another": (lambda: assertion(client_assertion(sub="x")), ErrorCode.JWT_ISSUER),
    "assertion: for another server": (lambda: assertion(client_assertion(aud=API)), ErrorCode.JWT_AUDIENCE),
    "assertion: for another server too": (
        lambda: assertion(client_assertion(aud=[ISSUER, API])),
        ErrorCode.JWT_AUDIENCE,
    ),
    "assertion: no jti": (lambda: assertion(client_assertion(jti=None)), ErrorCode.JWT_MALFORMED),
    "assertion: no expiry": (lambda: assertion(client_assertion(exp=None)), ErrorCode.JWT_MALFORMED),
    "assertion: good for an hour": (lambda: assertion(client_assertion(exp=AT + 3600)), ErrorCode.JWT_LIFETIME),
    "assertion: good for an hour, no iat": (
        lambda: assertion(client_assertion(exp=AT + 3600, iat=None)),
        ErrorCode.JWT_LIFETIME,
    ),
    "assertion: an access token": (lambda: assertion(client_assertion("at+jwt")), ErrorCode.JWT_TYPE),
    "assertion: a proof of a key": (lambda: assertion(client_assertion("dpop+jwt")), ErrorCode.JWT_TYPE),
    "assertion: two names": (lambda: asserted_client(client_assertion(iss="x")), ErrorCode.JWT_MALFORMED),
    "assertion: no name": (lambda: asserted_client(client_assertion(iss="", sub="")), ErrorCode.JWT_MALFORMED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    attempt, code = REFUSED[name]
    with pytest.raises(TrustError) as caught:
        attempt()
    assert caught.value.code is code


def test_an_sm2_key_serves_each_kind() -> None:
    maker = signer(KeyKind.SM2)
    text = sign_jwt(claims(client_id=CLIENT), maker, kind="at+jwt", key_id="k1")
    rules = access_rules(issuer=ISSUER, audience=API, algorithms={JwsAlgorithm.SGD_SM3_SM2})
    assert verify_access_token(text, keys(KeyKind.SM2), rules, now=NOW).client == CLIENT


def test_only_the_verifier_makes_a_verified_access_token() -> None:
    found = access(access_token())
    with pytest.raises(TypeError):
        VerifiedAccessToken(
            subject="",
            actor="",
            client="",
            scopes=frozenset(),
            token_id="",
            expires_at=NOW,
            acr="",
            methods=(),
            authenticated_at=None,
            confirmation=Confirmation(),
            claims=found.claims,
            made_here=object(),
        )
