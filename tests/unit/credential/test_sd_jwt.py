from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.credential import model
from esign.credential.binding import BindingDemand
from esign.credential.disclosing import disclose
from esign.credential.read import parse_sd_jwt
from esign.credential.sign import disclosable, issue_sd_jwt, present
from esign.credential.verify import Binding, SdJwtRules, VerifiedSdJwt, verified_claims, verify_sd_jwt
from tests.support.credentials import (
    AUDIENCE,
    DEMAND,
    HIDDEN,
    KIND,
    NONCE,
    NOW,
    SECONDS,
    Parties,
    counting,
    disclosure,
)
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jws
from trustkit.jose.verify import verify_jws

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

KINDS = (KeyKind.SM2, KeyKind.EC_P256)
ALGORITHM = {KeyKind.SM2: JwsAlgorithm.SGD_SM3_SM2, KeyKind.EC_P256: JwsAlgorithm.ES256}
X = disclosure("s", "x", 1)


def rules(kind: KeyKind = KeyKind.EC_P256, binding: Binding = Binding.OPTIONAL) -> SdJwtRules:
    return SdJwtRules(kinds={KIND}, algorithms={ALGORITHM[kind]}, holders={ALGORITHM[kind]}, binding=binding)


@pytest.fixture(scope="module")
def parties() -> Parties:
    return Parties.of(KeyKind.EC_P256)


def _verify(
    parties: Parties,
    text: str,
    binding: Binding = Binding.OPTIONAL,
    demand: BindingDemand | None = DEMAND,
    *,
    later: timedelta = timedelta(0),
) -> VerifiedSdJwt:
    found = parse_sd_jwt(text)
    return verify_sd_jwt(found, parties.issuer.public_key, rules(binding=binding), now=NOW + later, demand=demand)


@pytest.mark.parametrize("kind", KINDS)
def test_issue_present_and_verify(kind: KeyKind) -> None:
    parties = Parties.of(kind)
    text = parties.issue(decoys=2)
    assert set(disclosable(text)) == HIDDEN
    shown = present(text, paths={("address", "city"), ("kinds", 2)}, binding=parties.binding())
    found = parse_sd_jwt(shown)
    verified = verify_sd_jwt(found, parties.issuer.public_key, rules(kind, Binding.REQUIRED), now=NOW, demand=DEMAND)
    assert verified.claims == {
        **parties.claims(name=None),
        "address": {"city": "乙", "street": "丙"},
        "kinds": ["b", "c"],
    }
    assert set(verified.disclosed) == {("address",), ("address", "city"), ("kinds", 1)}
    assert verified.withheld == 1 + 1 + 2 + 2  # the name, an element, decoys at the top and in the address
    assert verified.hashing is parties.hashing
    assert verified.holder is not None
    assert verified.holder.public_key == parties.holder.public_key
    assert verified.binding is not None
    assert (verified.binding.audience, verified.binding.possession) == (AUDIENCE, True)
    assert verified.registered.issuer == "https://issuer.example.test"


def test_nothing_disclosed(parties: Parties) -> None:
    verified = _verify(parties, present(parties.issue(), paths=()))
    assert "name" not in verified.claims
    assert verified.claims["kinds"] == ["b"]
    assert (verified.disclosed, verified.binding) == ((), None)


def test_a_binding_nobody_asked_for_proves_no_possession(parties: Parties) -> None:
    shown = present(parties.issue(), paths=(), binding=parties.binding(nonce="other"))
    verified = _verify(parties, shown, demand=None, later=timedelta(minutes=50))
    assert verified.binding is not None
    assert not verified.binding.possession


def test_salts_are_the_callers(parties: Parties) -> None:
    first, second = (parse_sd_jwt(parties.issue()) for _ in range(2))
    assert first.disclosures == second.disclosures
    assert len({each.text for each in first.disclosures}) == len(HIDDEN)


def _bound(parties: Parties, header: dict[str, object] | None = None, **bent: object) -> str:
    """A presentation whose key binding says something else."""
    shown = present(parties.issue(), paths=())
    claims: dict[str, object] = {
        "aud": AUDIENCE,
        "nonce": NONCE,
        "iat": SECONDS,
        "sd_hash": parties.digest(shown),
    }
    told = {name: value for name, value in (claims | bent).items() if value is not None}
    return shown + sign_jws(header or {"typ": "kb+jwt"}, canonical_json(told), parties.holder)  # type: ignore[arg-type]


def _added(parties: Parties) -> str:
    shown = present(parties.issue(), paths=(), binding=parties.binding())
    whole = parse_sd_jwt(parties.issue())
    token, *_, binding = shown.split("~")
    return f"{token}~{whole.disclosures[0].text}~{binding}"


C, E = CredentialCode, ErrorCode
REFUSED: dict[str, tuple[Callable[[Parties], str], Code]] = {
    # read
    "a bare JWT": (lambda p: p.issue().split("~", 1)[0], C.SD_JWT_MALFORMED),
    "not ASCII": (lambda p: p.issue() + "é~", C.SD_JWT_MALFORMED),
    "huge": (lambda _: "a" * (model.MAX_SD_JWT + 1), E.INPUT_TOO_LARGE),
    "too many disclosures": (
        lambda p: p.forge({}, *(disclosure(str(n), "x", n) for n in range(model.MAX_DISCLOSURES + 1))),
        C.SD_JWT_MALFORMED,
    ),
    "a huge disclosure": (
        lambda p: p.forge({}, disclosure("s", "x", "a" * model.MAX_DISCLOSURE)),
        C.DISCLOSURE_MALFORMED,
    ),
    "an empty disclosure": (lambda p: p.issue().replace("~", "~~", 1), C.DISCLOSURE_MALFORMED),
    "a disclosure twice": (lambda p: p.forge({"_sd": [p.digest(X)]}, X, X), C.DISCLOSURE_DUPLICATE),
    "a disclosure of one": (lambda p: p.forge({}, disclosure("s")), C.DISCLOSURE_MALFORMED),
    "a disclosure of four": (lambda p: p.forge({}, disclosure("s", "x", 1, 2)), C.DISCLOSURE_MALFORMED),
    "a salt that is a number": (lambda p: p.forge({}, disclosure(1, "x", 1)), C.DISCLOSURE_MALFORMED),
    "no salt": (lambda p: p.forge({}, disclosure("", "x", 1)), C.DISCLOSURE_MALFORMED),
    "a name that is a number": (lambda p: p.forge({}, disclosure("s", 1, 1)), C.DISCLOSURE_MALFORMED),
    "a disclosure that is an object": (lambda p: p.forge({}, "e30"), C.DISCLOSURE_MALFORMED),
    "a disclosure with padding": (lambda p: p.forge({}, X + "="), C.DISCLOSURE_MALFORMED),
    "a disclosure nested too deeply": (
        lambda p: p.forge({}, "WyJzIiwieCIs" + "W1tb" * 6 + "XV1d" * 6 + "XQ"),
        C.DISCLOSURE_MALFORMED,
    ),
    **{
        f"a claim named {name}": (
            lambda p, name=name: p.forge({"_sd": [p.digest(text := disclosure("s", name, 1))]}, text),  # type: ignore[misc]
            C.DISCLOSURE_RESERVED,
        )
        for name in sorted(model.RESERVED)
    },
    # disclosing
    "nobody signed it": (lambda p: p.forge({}, X), C.DISCLOSURE_UNREFERENCED),
    "signed under another hash": (
        lambda p: p.forge({"_sd": [model.SdAlgorithm.SM3.hash_text(X)]}, X),
        C.DISCLOSURE_UNREFERENCED,
    ),
    "its digest is a claim's text": (lambda p: p.forge({"a": p.digest(X)}, X), C.DISCLOSURE_UNREFERENCED),
    "a digest twice": (lambda p: p.forge({"_sd": [p.digest(X)] * 2}, X), C.DIGEST_DUPLICATE),
    "a digest twice, undisclosed": (lambda p: p.forge({"_sd": [p.digest(X)] * 2}), C.DIGEST_DUPLICATE),
    "a digest in two places": (
        lambda p: p.forge({"_sd": [p.digest(X)], "a": {"_sd": [p.digest(X)]}}),
        C.DIGEST_DUPLICATE,
    ),
    "a digest again within what it hides": (
        lambda p: p.forge({"_sd": [p.digest(text := disclosure("s", "y", {"_sd": [p.digest(X)]})), p.digest(X)]}, text),
        C.DIGEST_DUPLICATE,
    ),
    "a claim that is there": (lambda p: p.forge({"x": 2, "_sd": [p.digest(X)]}, X), C.DISCLOSURE_PRESENT),
    "two disclosures of one name": (
        lambda p: p.forge({"_sd": [p.digest(X), p.digest(text := disclosure("t", "x", 2))]}, X, text),
        C.DISCLOSURE_PRESENT,
    ),
    "an element where a claim is meant": (
        lambda p: p.forge({"_sd": [p.digest(text := disclosure("s", 1))]}, text),
        C.DISCLOSURE_MALFORMED,
    ),
    "a claim where an element is meant": (
        lambda p: p.forge({"a": [{"...": p.digest(X)}]}, X),
        C.DISCLOSURE_MALFORMED,
    ),
    "something beside an element's digest": (
        lambda p: p.forge({"a": [{"...": p.digest(X), "b": 1}]}),
        C.SD_JWT_MALFORMED,
    ),
    "an element's digest outside of an array": (lambda p: p.forge({"a": {"...": p.digest(X)}}), C.SD_JWT_MALFORMED),
    "_sd is no array": (lambda p: p.forge({"_sd": p.digest(X)}), C.SD_JWT_MALFORMED),
    "a digest is a number": (lambda p: p.forge({"_sd": [1]}), C.SD_JWT_MALFORMED),
    "a digest is short": (lambda p: p.forge({"_sd": ["abc"]}), C.SD_JWT_MALFORMED),
    "too many digests": (
        lambda p: p.forge({"_sd": [p.digest(str(n)) for n in range(model.MAX_DIGESTS + 1)]}),
        C.SD_JWT_MALFORMED,
    ),
    "_sd_alg within": (lambda p: p.forge({"a": {"_sd_alg": "sha-256"}}), C.SD_JWT_MALFORMED),
    "_sd_alg is weak": (lambda p: p.forge({"_sd_alg": "sha-1"}), C.DIGEST_ALGORITHM),
    "_sd_alg is no text": (lambda p: p.forge({"_sd_alg": None}), C.DIGEST_ALGORITHM),
    # verify
    "another typ": (lambda p: p.forge({}, typ="vc+sd-jwt"), C.CREDENTIAL_TYPE),
    "a key binding as a credential": (lambda p: p.forge({}, typ="kb+jwt"), C.CREDENTIAL_TYPE),
    "signed by another": (lambda _: Parties.of(KeyKind.EC_P256).issue(), E.SIGNATURE_WRONG),
    "another algorithm": (lambda _: Parties.of(KeyKind.SM2).issue(), E.ALGORITHM_MISMATCH),
    "expired": (lambda p: p.issue(exp=SECONDS - 61), C.CREDENTIAL_EXPIRED),
    "not yet valid": (lambda p: p.issue(nbf=SECONDS + 61), C.CREDENTIAL_NOT_YET),
    "issued tomorrow": (lambda p: p.issue(iat=SECONDS + 86400), C.CREDENTIAL_NOT_YET),
    "exp is a text": (lambda p: p.issue(exp="1"), E.JWT_MALFORMED),
    "expired, and exp disclosed": (lambda p: p.issue(exp=SECONDS - 61, hidden={("exp",)}), C.CREDENTIAL_EXPIRED),
    # key binding
    "no holder is named": (lambda p: _bound_to(p, None), C.BINDING_KEY),
    "the holder's key cannot be read": (lambda p: p.issue(cnf={"jwk": {"kty": "oct"}}), C.BINDING_KEY),
    "cnf names no key": (lambda p: p.issue(cnf={"kid": "k"}), C.BINDING_KEY),
    "bound by another key": (lambda p: _bound_to(p, Parties.of(KeyKind.EC_P256)), C.BINDING_SIGNATURE),
    "bound by another algorithm": (lambda p: _bound_to(p, Parties.of(KeyKind.SM2)), E.ALGORITHM_MISMATCH),
    "typ of the binding": (lambda p: _bound(p, {"typ": "JWT"}), C.BINDING_MALFORMED),
    "no nonce": (lambda p: _bound(p, nonce=None), C.BINDING_MALFORMED),
    "no iat": (lambda p: _bound(p, iat=None), C.BINDING_MALFORMED),
    "no aud": (lambda p: _bound(p, aud=None), C.BINDING_MALFORMED),
    "two aud": (lambda p: _bound(p, aud=[AUDIENCE, "b"]), C.BINDING_MALFORMED),
    "no sd_hash": (lambda p: _bound(p, sd_hash=None), C.BINDING_MALFORMED),
    "sd_hash is a number": (lambda p: _bound(p, sd_hash=1), C.BINDING_MALFORMED),
    "another audience": (lambda p: _bound(p, aud="https://other.test"), C.BINDING_AUDIENCE),
    "another nonce": (lambda p: _bound(p, nonce="n-2"), C.BINDING_NONCE),
    "a stale binding": (lambda p: _bound(p, iat=SECONDS - 361), C.BINDING_TIME),
    "a binding of tomorrow": (lambda p: _bound(p, iat=SECONDS + 61), C.BINDING_TIME),
    "another sd_hash": (lambda p: _bound(p, sd_hash=p.digest("x")), C.BINDING_HASH),
    "a disclosure added after signing": (_added, C.BINDING_HASH),
}


def _bound_to(parties: Parties, other: Parties | None) -> str:
    """Bound by the key of `other`, or issued to nobody."""
    text = parties.issue() if other else parties.issue(cnf=None)
    return present(text, paths=(), binding=(other or parties).binding())


@pytest.mark.parametrize("case", REFUSED)
def test_refused(parties: Parties, case: str) -> None:
    make, code = REFUSED[case]
    with pytest.raises(TrustError) as refusal:
        _verify(parties, make(parties))
    assert refusal.value.code is code, refusal.value


def test_binding_is_the_verifiers_choice(parties: Parties) -> None:
    text = present(parties.issue(), paths=())
    for shown, binding, code in (
        (text, Binding.REQUIRED, C.BINDING_MISSING),
        (present(text, paths=(), binding=parties.binding()), Binding.FORBIDDEN, C.BINDING_FORBIDDEN),
    ):
        with pytest.raises(TrustError) as refusal:
            _verify(parties, shown, binding)
        assert refusal.value.code is code


@pytest.mark.parametrize(
    ("hidden", "claims", "decoys"),
    [
        ({("nowhere",)}, {"a": 1}, 0),
        ({("a", 3)}, {"a": [1]}, 0),
        ((), {"_sd": []}, 0),
        ({("a",)}, {"a": {"...": 1}}, 0),
        ({("a",)}, {"a": 1}, 65),
        ({("a", n) for n in range(257)}, {"a": list(range(257))}, 0),
    ],
)
def test_what_is_not_issued(
    parties: Parties, hidden: set[model.ClaimPath], claims: dict[str, object], decoys: int
) -> None:
    with pytest.raises(TrustError) as refusal:
        issue_sd_jwt(
            header={"typ": KIND},
            claims=claims,  # type: ignore[arg-type]
            hidden=hidden,
            hashing=parties.hashing,
            signer=parties.issuer,
            entropy=counting(),
            decoys=decoys,
        )
    assert refusal.value.code is ErrorCode.USAGE


def test_what_is_not_presented(parties: Parties) -> None:
    with pytest.raises(TrustError) as refusal:
        present(parties.issue(), paths={("open",)})
    assert refusal.value.code is ErrorCode.USAGE


def test_rules_that_would_check_nothing() -> None:
    good: dict[str, object] = {
        "kinds": {KIND},
        "algorithms": {JwsAlgorithm.ES256},
        "holders": {JwsAlgorithm.ES256},
        "binding": Binding.REQUIRED,
    }
    for bent in ({"kinds": ()}, {"kinds": KIND}, {"algorithms": ()}, {"holders": ()}, {"skew": timedelta(minutes=6)}):
        with pytest.raises(TrustError) as refusal:
            SdJwtRules(**(good | bent))  # type: ignore[arg-type]
        assert refusal.value.code is ErrorCode.BUG
    for audience, nonce in (("", "n"), ("a", ""), ("a", "n" * 1025)):
        with pytest.raises(TrustError) as refusal:
            BindingDemand(audience=audience, nonce=nonce)
        assert refusal.value.code is ErrorCode.BUG


def test_the_verified_token_is_the_presented_one(parties: Parties) -> None:
    one, other = parse_sd_jwt(parties.issue()), parse_sd_jwt(parties.issue(name="丁"))
    verified = verify_jws(other.jws, parties.issuer.public_key)
    with pytest.raises(TrustError) as refusal:
        verified_claims(one, verified, rules(), now=NOW)
    assert refusal.value.code is ErrorCode.BUG


def test_verified_values_come_from_the_verifier(parties: Parties) -> None:
    verified = _verify(parties, present(parties.issue(), paths=(), binding=parties.binding()))
    for value in (verified, verified.binding):
        assert value is not None
        fields = {name: getattr(value, name) for name in value.__slots__}
        with pytest.raises(TypeError):
            type(value)(**fields, made_here=None)


def test_depth_through_disclosures(parties: Parties) -> None:
    """Each disclosure alone is shallow; together they are too deep."""
    texts: list[str] = []
    inner: object = 1
    for number in range(model.MAX_DEPTH + 1):
        text = disclosure(str(number), "x", inner)  # type: ignore[arg-type]
        texts.append(text)
        inner = {"_sd": [parties.digest(text)]}
    found = parse_sd_jwt(parties.forge(inner, *texts))  # type: ignore[arg-type]
    with pytest.raises(TrustError) as refusal:
        disclose(inner, found.disclosures)  # type: ignore[arg-type]
    assert refusal.value.code is ErrorCode.JSON_DEPTH
