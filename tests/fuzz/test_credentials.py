"""Broken credentials: only our own error, nothing the issuer did not sign, and what was issued comes back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from esign.credential.disclosing import disclose
from esign.credential.key_proof import VerifiedKeyProof, verify_key_proof
from esign.credential.model import RESERVED, ClaimPath
from esign.credential.read import parse_disclosure, parse_sd_jwt
from esign.credential.sign import issue_sd_jwt, present
from esign.credential.type_metadata import parse_type_metadata
from esign.credential.verify import Binding, SdJwtRules, VerifiedSdJwt, verify_sd_jwt
from tests.support.credentials import AUDIENCE, DEMAND, HIDDEN, KIND, NONCE, NOW, Parties, counting
from tests.support.mutations import bent_octets
from tests.support.wallet_proof import key_proof
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import canonical_json
from trustkit.error_family import Code
from trustkit.errors import TrustError
from trustkit.jose.claims import read_claims
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

RULES = SdJwtRules(
    kinds={KIND}, algorithms={JwsAlgorithm.ES256}, holders={JwsAlgorithm.ES256}, binding=Binding.REQUIRED
)
NAMES = st.text(min_size=1, max_size=4).filter(lambda name: name not in {*RESERVED, "iss", "exp", "nbf", "iat", "cnf"})
CLAIMS = st.dictionaries(
    NAMES,
    st.recursive(
        st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
        lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@cache
def proof() -> bytes:
    return key_proof(parties().holder, issuer=AUDIENCE, nonce=NONCE, seconds=int(NOW.timestamp())).encode("ascii")


def prove(octets: bytes) -> VerifiedKeyProof | Code:
    try:
        return verify_key_proof(octets.decode("latin-1"), issuer=AUDIENCE, nonce=NONCE, now=NOW)
    except TrustError as error:
        return error.code


_WORDS = ("vct", "claims", "path", "sd", "mandatory", "always", "never", "extends", "t")
_MEMBERS = st.sampled_from(_WORDS) | st.booleans() | st.none() | st.integers(-2, 3)


def _around(inside: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[JsonValue]:
    return st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inside, max_size=4)


def _metadata(claims: JsonValue) -> bytes:
    return canonical_json({"vct": "t", "claims": [claims]})


@cache
def parties() -> Parties:
    return Parties.of(KeyKind.EC_P256)


@cache
def presentation() -> bytes:
    return present(parties().issue(decoys=1), paths=HIDDEN, binding=parties().binding()).encode("ascii")


def verify(octets: bytes) -> VerifiedSdJwt | Code:
    try:
        return verify_sd_jwt(parse_sd_jwt(octets), parties().issuer.public_key, RULES, now=NOW, demand=DEMAND)
    except TrustError as error:
        return error.code


@given(bent_octets(presentation()))
def test_no_bent_presentation_passes(octets: bytes) -> None:
    assert octets == presentation() or isinstance(verify(octets), Code)


@given(st.lists(st.sampled_from(presentation().decode("ascii").split("~")), max_size=8))
def test_no_other_order_or_choice_passes(parts: list[str]) -> None:
    text = "~".join(parts).encode("ascii")
    assert text == presentation() or isinstance(verify(text), Code)


@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_any_disclosure(octets: bytes) -> None:
    try:
        parse_disclosure(octets.decode("latin-1"))
    except TrustError:
        return


@given(CLAIMS, st.data())
def test_what_is_issued_comes_back(claims: dict[str, JsonValue], data: st.DataObject) -> None:
    paths = _paths(claims, ())
    hidden = data.draw(st.sets(st.sampled_from(paths))) if paths else set()
    text = issue_sd_jwt(
        header={"typ": KIND},
        claims=claims,
        hidden=hidden,
        hashing=parties().hashing,
        signer=parties().issuer,
        entropy=counting(),
        decoys=1,
    )
    found = parse_sd_jwt(text)
    disclosed = disclose(read_claims(found.jws.payload).members, found.disclosures)
    assert disclosed.claims == claims
    assert set(disclosed.names) == hidden


@given(bent_octets(proof()))
def test_no_bent_proof_of_a_key_passes(octets: bytes) -> None:
    assert octets == proof() or isinstance(prove(octets), Code)


@given(st.binary(max_size=200) | st.recursive(_MEMBERS, _around, max_leaves=12).map(_metadata))
def test_any_type_metadata(octets: bytes) -> None:
    try:
        found = parse_type_metadata(octets)
    except TrustError:
        return
    assert parse_type_metadata(found.octets) == found
    assert found.is_meant_by(found.integrity)


def _paths(value: JsonValue, path: ClaimPath) -> list[ClaimPath]:
    if isinstance(value, dict):
        return [each for name, item in value.items() for each in ((*path, name), *_paths(item, (*path, name)))]
    if isinstance(value, list):
        return [each for place, item in enumerate(value) for each in ((*path, place), *_paths(item, (*path, place)))]
    return []
