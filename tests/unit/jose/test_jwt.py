from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.tokens import API, ISSUER, NOW, claims, key, keys, part, signer, token
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import numeric_date, read_claims
from trustkit.jose.jwt import MAX_TOKEN, JwtRules, VerifiedJwt, verify_jwt
from trustkit.jose.keys import JwkSet, verification_key
from trustkit.jose.model import SM2_ALIASES, JwsAlgorithm
from trustkit.jose.sign import sign_jws, sign_jwt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.error_family import Code

SECOND = timedelta(seconds=1)
AT = numeric_date(NOW)


def rules(**changes: Any) -> JwtRules:
    given: dict[str, Any] = {
        "kinds": {"at+jwt"},
        "algorithms": set(JwsAlgorithm),
        "issuer": ISSUER,
        "audiences": {API},
        "required": {"exp", "iat", "sub", "jti"},
        "longest": timedelta(minutes=5),
    }
    return JwtRules(**given | changes)


@pytest.mark.parametrize(
    ("kind", "suite", "algorithm"),
    [
        (KeyKind.SM2, None, JwsAlgorithm.SGD_SM3_SM2),
        (KeyKind.EC_P256, None, JwsAlgorithm.ES256),
        (KeyKind.EC_P384, None, JwsAlgorithm.ES384),
        (KeyKind.ED25519, None, JwsAlgorithm.EDDSA),
        (KeyKind.RSA, None, JwsAlgorithm.RS256),
        (KeyKind.RSA, SignatureSuite.RSA_PSS_SHA256, JwsAlgorithm.PS256),
    ],
)
def test_what_is_signed_is_verified(kind: KeyKind, suite: SignatureSuite | None, algorithm: JwsAlgorithm) -> None:
    maker = signer(kind, 0, suite)
    text = sign_jwt(claims(scope="licence:issue"), maker, kind="at+jwt", key_id="k1")
    known = JwkSet.of(verification_key(maker.public_key, key_id="k1"))
    found = verify_jwt(text, known, rules(algorithms={algorithm}), now=NOW)
    assert (found.algorithm, found.kind, found.key.key_id) == (algorithm, "at+jwt", "k1")
    assert (found.claims.subject, found.claims.audience) == ("s1", (API,))
    assert found.claims.text("scope") == "licence:issue"
    assert (found.claims.issued_at, found.claims.expires_at) == (NOW, NOW + timedelta(minutes=5))


def _signed(header: Mapping[str, object], payload: object, *, by: KeyKind = KeyKind.EC_P256) -> str:
    """Return a token with a header of any kind, signed as ES256 signs."""
    honest = sign_jws({}, b"", signer(by))
    assert honest
    joined = f"{part(header)}.{part(payload)}"
    raw = signer(by).sign(joined.encode())
    length = raw[3]
    r = int.from_bytes(raw[4 : 4 + length], "big")
    s = int.from_bytes(raw[6 + length :], "big")
    return f"{joined}.{encode_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


GOOD = {"alg": "ES256", "typ": "at+jwt", "kid": "k1"}


def test_the_forge_makes_tokens_that_pass() -> None:
    assert verify_jwt(_signed(GOOD, claims()), keys(), rules(), now=NOW).claims.token_id == "j1"


@pytest.mark.parametrize("kind", ["application/at+jwt", "AT+JWT"])
def test_a_kind_is_compared_as_a_media_type(kind: str) -> None:
    assert verify_jwt(token(kind=kind), keys(), rules(), now=NOW).kind == "at+jwt"


def test_a_kind_may_be_absent_where_the_rules_say_so() -> None:
    text = _signed({"alg": "ES256", "kid": "k1"}, claims())
    assert verify_jwt(text, keys(), rules(kinds={"jwt", ""}), now=NOW).kind == ""


def _flipped(text: str) -> str:
    head, _, signature = text.rpartition(".")
    return f"{head}.{'B' if signature[0] != 'B' else 'C'}{signature[1:]}"


REFUSED: dict[str, tuple[Callable[[], str], Code]] = {
    "a token of another kind": (lambda: token(kind="JWT"), ErrorCode.JWT_TYPE),
    "no kind": (lambda: _signed({"alg": "ES256", "kid": "k1"}, claims()), ErrorCode.JWT_TYPE),
    "alg none": (lambda: _signed(GOOD | {"alg": "none"}, claims()), ErrorCode.ALGORITHM_UNKNOWN),
    "alg HS256, keyed with the public key": (
        lambda: _signed(GOOD | {"alg": "HS256"}, claims()),
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "the SM2 algorithm on a P-256 key": (
        lambda: _signed(GOOD | {"alg": "SGD_SM3_SM2"}, claims()),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "an alias nobody configured": (lambda: _signed(GOOD | {"alg": "SM2"}, claims()), ErrorCode.ALGORITHM_UNKNOWN),
    "crit": (lambda: _signed(GOOD | {"crit": ["exp"]}, claims()), ErrorCode.JWS_MALFORMED),
    "a key in the header": (lambda: _signed(GOOD | {"jwk": {}}, claims()), ErrorCode.JWS_MALFORMED),
    "an address of keys in the header": (
        lambda: _signed(GOOD | {"jku": "https://x"}, claims()),
        ErrorCode.JWS_MALFORMED,
    ),
    "an unknown kid": (lambda: token(key_id="k2"), ErrorCode.JWS_KEY_UNKNOWN),
    "another key under the same kid": (
        lambda: sign_jwt(claims(), signer(KeyKind.EC_P256, 1), kind="at+jwt", key_id="k1"),
        ErrorCode.SIGNATURE_WRONG,
    ),
    "a signature changed": (lambda: _flipped(token()), ErrorCode.SIGNATURE_WRONG),
    "a payload changed": (
        lambda: ".".join((token().split(".")[0], part(claims(sub="s2")), token().split(".")[2])),
        ErrorCode.SIGNATURE_WRONG,
    ),
    "a header of more than 8 KiB": (
        lambda: _signed(GOOD | {"x": "a" * 9000}, claims()),
        ErrorCode.INPUT_TOO_LARGE,
    ),
    "more than 64 KiB": (lambda: token(x="a" * MAX_TOKEN), ErrorCode.INPUT_TOO_LARGE),
    "five parts": (lambda: token() + ".a.b", ErrorCode.JWS_MALFORMED),
    "a payload that is no object": (lambda: _signed(GOOD, []), ErrorCode.JWT_MALFORMED),
    "a payload that is no JSON": (
        lambda: sign_jws({"typ": "at+jwt", "kid": "k1"}, b"{", signer()),
        ErrorCode.JSON_MALFORMED,
    ),
    "a claim twice": (
        lambda: sign_jws({"typ": "at+jwt", "kid": "k1"}, b'{"iss":"a","iss":"b"}', signer()),
        ErrorCode.JSON_DUPLICATE_KEY,
    ),
    "another issuer": (lambda: token(iss=ISSUER + "/"), ErrorCode.JWT_ISSUER),
    "no issuer": (lambda: token(iss=None), ErrorCode.JWT_ISSUER),
    "another audience": (lambda: token(aud="https://other.test"), ErrorCode.JWT_AUDIENCE),
    "no audience": (lambda: token(aud=None), ErrorCode.JWT_AUDIENCE),
    "an audience of another type": (lambda: token(aud={"a": 1}), ErrorCode.JWT_MALFORMED),
    "audiences of another type": (lambda: token(aud=[API, 1]), ErrorCode.JWT_MALFORMED),
    "too many audiences": (lambda: token(aud=[API] * 65), ErrorCode.JWT_MALFORMED),
    "a claim that is needed is absent": (lambda: token(jti=None), ErrorCode.JWT_MALFORMED),
    "a claim that is needed is empty": (lambda: token(sub=""), ErrorCode.JWT_MALFORMED),
    "no expiry": (lambda: token(exp=None), ErrorCode.JWT_MALFORMED),
    "an expiry that is a text": (lambda: token(exp=str(AT + 60)), ErrorCode.JWT_MALFORMED),
    "an expiry that is true": (lambda: token(exp=True), ErrorCode.JWT_MALFORMED),
    "an expiry before 1970": (lambda: token(exp=-1), ErrorCode.JWT_MALFORMED),
    "an expiry beyond all calendars": (lambda: token(exp=10**15), ErrorCode.JWT_MALFORMED),
    "a subject that is a number": (lambda: token(sub=7), ErrorCode.JWT_MALFORMED),
    "expired": (lambda: token(exp=AT - 60), ErrorCode.JWT_EXPIRED),
    "not valid yet": (lambda: token(nbf=AT + 61), ErrorCode.JWT_NOT_YET_VALID),
    "issued in the future": (lambda: token(iat=AT + 61, exp=AT + 120), ErrorCode.JWT_NOT_YET_VALID),
    "too long a life": (lambda: token(exp=AT + 301), ErrorCode.JWT_LIFETIME),
    "issued too long ago": (lambda: token(iat=AT - 361, exp=AT - 59), ErrorCode.JWT_LIFETIME),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(TrustError) as caught:
        verify_jwt(make(), keys(), rules(), now=NOW)
    assert caught.value.code is code


def test_clocks_may_differ_by_the_skew_and_no_more() -> None:
    assert verify_jwt(token(exp=AT - 59), keys(), rules(), now=NOW).claims.token_id
    assert verify_jwt(token(nbf=AT + 60, iat=AT + 60), keys(), rules(), now=NOW).claims.token_id
    with pytest.raises(TrustError) as caught:
        verify_jwt(token(exp=AT), keys(), rules(skew=timedelta(0)), now=NOW)
    assert caught.value.code is ErrorCode.JWT_EXPIRED


def test_seconds_may_have_a_fraction() -> None:
    payload = canonical_json(claims()).replace(b'"exp":%d' % (AT + 300), b'"exp":%d.75' % (AT + 100))
    text = sign_jws({"typ": "at+jwt", "kid": "k1"}, payload, signer())
    assert verify_jwt(text, keys(), rules(), now=NOW).claims.expires_at == NOW + timedelta(seconds=100)


@pytest.mark.parametrize("written", [b"1e3", b"1.5e3", b"1.", b"99999999999999999999", b'"12.5"', b"null", b"[1]"])
def test_no_other_number_is_a_time(written: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read_claims(b'{"exp":%s}' % written)
    assert caught.value.code in {ErrorCode.JWT_MALFORMED, ErrorCode.JSON_MALFORMED}


def test_numbers_of_members_nobody_asks_for_are_no_reason_to_refuse() -> None:
    found = read_claims(b'{"sub":"s","weight":1.5,"number":110101199003078888}')
    assert found.members["weight"] == "1.5"
    with pytest.raises(TrustError):
        found.text("weight")


def test_an_alias_counts_where_it_is_configured_alone() -> None:
    maker = signer(KeyKind.SM2)
    honest = sign_jwt(claims(), maker, kind="at+jwt", key_id="k1")
    head = part({"alg": "SM2", "typ": "at+jwt", "kid": "k1"})
    joined = f"{head}.{honest.split('.')[1]}"
    text = f"{joined}.{_raw_sm2(maker.sign(joined.encode()))}"
    known = keys(KeyKind.SM2)
    assert verify_jwt(text, known, rules(aliases=SM2_ALIASES), now=NOW).algorithm is JwsAlgorithm.SGD_SM3_SM2
    with pytest.raises(TrustError) as caught:
        verify_jwt(text, known, rules(), now=NOW)
    assert caught.value.code is ErrorCode.ALGORITHM_UNKNOWN


def _raw_sm2(signature: bytes) -> str:
    length = signature[3]
    r, s = int.from_bytes(signature[4 : 4 + length], "big"), int.from_bytes(signature[6 + length :], "big")
    return encode_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_the_rules_and_the_key_say_the_algorithm() -> None:
    maker = signer(KeyKind.RSA, 0, SignatureSuite.RSA_PSS_SHA256)
    text = sign_jwt(claims(), maker, kind="at+jwt", key_id="k1")
    only_rs256 = JwkSet.of(verification_key(maker.public_key, key_id="k1", algorithms={JwsAlgorithm.RS256}))
    for known, allowed in ((only_rs256, set(JwsAlgorithm)), (keys(KeyKind.RSA), {JwsAlgorithm.RS256})):
        with pytest.raises(TrustError) as caught:
            verify_jwt(text, known, rules(algorithms=allowed), now=NOW)
        assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH


def test_without_a_kid_the_only_key_that_fits_is_meant() -> None:
    text = token(key_id="")
    both = JwkSet.of(key(), key(KeyKind.RSA, 0, "k2"))
    assert verify_jwt(text, both, rules(), now=NOW).key.key_id == "k1"
    for several in (JwkSet.of(key(), key(KeyKind.EC_P256, 1, "k2")), JwkSet(())):
        with pytest.raises(TrustError) as caught:
            verify_jwt(text, several, rules(), now=NOW)
        assert caught.value.code is ErrorCode.JWS_KEY_UNKNOWN


def test_nobody_else_is_addressed_where_the_rules_say_so() -> None:
    text = token(aud=[API, "https://other.test"])
    assert len(verify_jwt(text, keys(), rules(), now=NOW).claims.audience) == 2
    with pytest.raises(TrustError) as caught:
        verify_jwt(text, keys(), rules(sole_audience=True), now=NOW)
    assert caught.value.code is ErrorCode.JWT_AUDIENCE


@pytest.mark.parametrize(
    "changes",
    [
        {"kinds": set()},
        {"kinds": "at+jwt"},
        {"algorithms": set()},
        {"issuer": ""},
        {"audiences": set()},
        {"audiences": {""}},
        {"audiences": API},
        {"required": "exp"},
        {"skew": timedelta(minutes=6)},
        {"skew": -SECOND},
    ],
)
def test_rules_that_would_check_nothing_are_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(TrustError) as caught:
        rules(**changes)
    assert caught.value.code is ErrorCode.BUG


def test_claims_of_another_type_are_refused_when_asked_for() -> None:
    found = read_claims(canonical_json({"a": 1, "b": ["x", 1], "c": "t", "d": "x" * 2049, "e": ["x"] * 65}))
    for ask in (
        lambda: found.text("a"),
        lambda: found.text("d"),
        lambda: found.texts("b"),
        lambda: found.texts("c"),
        lambda: found.texts("e"),
        lambda: found.moment("c"),
        lambda: found.mapping("c"),
    ):
        with pytest.raises(TrustError) as caught:
            ask()
        assert caught.value.code is ErrorCode.JWT_MALFORMED
    assert (found.text("z"), found.texts("z"), found.moment("z"), dict(found.mapping("z"))) == ("", (), None, {})


def test_nobody_else_makes_a_verified_token() -> None:
    found = verify_jwt(token(), keys(), rules(), now=NOW)
    with pytest.raises(TypeError):
        VerifiedJwt(
            kind="",
            claims=found.claims,
            header={},
            algorithm=found.algorithm,
            key=found.key,
            verified_at=NOW,
            made_here=object(),
        )


def test_a_token_without_a_kind_is_not_made() -> None:
    with pytest.raises(TrustError) as caught:
        sign_jwt(claims(), signer(), kind="")
    assert caught.value.code is ErrorCode.USAGE
