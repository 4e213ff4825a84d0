"""The worked examples of W3C WebAuthn Level 3: fifteen credentials made and used, each as the specification says: valid.

Each is asked through the JSON browsers send, with one octet of it changed as well, and under the test data's own maker's root.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from idp.factors.passkey_attestation import AttestationPolicy
from idp.factors.passkey_model import RelyingParty
from idp.factors.passkey_read import parse_assertion, parse_registration
from idp.factors.passkey_verify import verify_assertion, verify_registration
from tests.support.testdata import folder, outside
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from idp.factors.passkey_verify import VerifiedRegistration

FILE: Final = "webauthn/webauthn_l3_test_vectors.json"
NOW: Final = datetime(2026, 12, 1, tzinfo=UTC)
PARTY: Final = RelyingParty(
    id="example.org",
    name="example",
    origins=frozenset({"https://example.org"}),
    embedders=frozenset({"https://example.com"}),
)
# Formats whose makers are judged here; of the others nothing is concluded (ADR 0032).
JUDGED: Final = frozenset({"packed-es256", "packed-es384", "packed-es512", "packed-rs256", "fido-u2f-es256"})
JUDGED_BY_THEIR_KEY: Final = frozenset({"packed-eddsa", "packed-ed448"})


def _all() -> dict[str, Any]:
    path = folder() / FILE
    found: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {"vectors": [{"id": "absent"}]}
    return found


VECTORS = {vector["id"]: vector for vector in _all()["vectors"]}


@pytest.fixture(params=VECTORS)
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    outside(FILE)
    found: dict[str, Any] = VECTORS[request.param]
    return found


def _text(octets: str) -> str:
    return encode_base64url(bytes.fromhex(octets))


def _body(vector: dict[str, Any], **response: str) -> bytes:
    name = _text(vector["registration"]["credential_id"])
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response}).encode()


def made(vector: dict[str, Any], policy: AttestationPolicy, party: RelyingParty = PARTY) -> VerifiedRegistration:
    given = vector["registration"]
    body = _body(
        vector,
        clientDataJSON=_text(given["clientDataJSON"]),
        attestationObject=_text(given["attestationObject"]),
    )
    challenge = _text(given["challenge"])
    return verify_registration(parse_registration(body), party, challenge=challenge, attestation=policy, now=NOW)


def used(vector: dict[str, Any], key: bytes, **changed: str) -> None:
    given = vector["authentication"]
    members = ("clientDataJSON", "authenticatorData", "signature")
    body = _body(vector, **({name: _text(given[name]) for name in members} | changed))
    found = verify_assertion(
        parse_assertion(body), PARTY, challenge=_text(given["challenge"]), key=key, need_verified=False
    )
    assert found.credential.hex() == vector["registration"]["credential_id"]


def test_there_are_fifteen() -> None:
    outside(FILE)
    assert len(VECTORS) == 15
    assert {vector["result"] for vector in VECTORS.values()} == {"valid"}


def test_each_is_made_and_used(vector: dict[str, Any]) -> None:
    registration = made(vector, AttestationPolicy())
    assert registration.credential.hex() == vector["registration"]["credential_id"]
    assert registration.aaguid.hex() == vector["registration"]["aaguid"]
    assert not registration.hardware
    used(vector, registration.key)


def test_each_with_a_changed_signature_is_refused(vector: dict[str, Any]) -> None:
    key = made(vector, AttestationPolicy()).key
    octets = bytearray.fromhex(vector["authentication"]["signature"])
    octets[-1] ^= 1
    with pytest.raises(TrustError) as caught:
        used(vector, key, signature=encode_base64url(bytes(octets)))
    assert caught.value.code is IdentityCode.FACTOR_PASSKEY_SIGNATURE


def test_each_is_refused_by_whom_it_was_not_made_for(vector: dict[str, Any]) -> None:
    for party in (replace(PARTY, id="example.com"), replace(PARTY, origins=frozenset({"https://example.com"}))):
        with pytest.raises(TrustError) as caught:
            made(vector, AttestationPolicy(), party)
        assert caught.value.code is IdentityCode.FACTOR_PASSKEY_ORIGIN


def test_embedded_ones_need_a_page_that_may() -> None:
    outside(FILE)
    for name in ("none-es256-crossOrigin", "none-es256-topOrigin"):
        with pytest.raises(TrustError) as caught:
            made(VECTORS[name], AttestationPolicy(), replace(PARTY, embedders=frozenset()))
        assert caught.value.code is IdentityCode.FACTOR_PASSKEY_ORIGIN


def _root() -> AttestationPolicy:
    outside(FILE)
    root = parse_certificate(bytes.fromhex(_all()["attestation_ca_cert"]))
    return AttestationPolicy(roots=TrustStore(anchors=(root,)))


def test_a_maker_that_is_trusted_vouches_for_those_that_cannot_be_copied(vector: dict[str, Any]) -> None:
    registration = made(vector, _root())
    judged = vector["id"] in JUDGED | JUDGED_BY_THEIR_KEY
    assert registration.hardware == (judged and not registration.backup_eligible)
    required = replace(_root(), required=True)
    if judged:
        assert made(vector, required).key == registration.key
        return
    with pytest.raises(TrustError) as caught:
        made(vector, required)
    assert caught.value.code is IdentityCode.FACTOR_ATTESTATION


def test_a_changed_statement_is_refused_where_makers_are_asked_for() -> None:
    policy = _root()
    vector = json.loads(json.dumps(VECTORS["packed-es256"]))
    octets = bytearray.fromhex(vector["registration"]["attestationObject"])
    octets[octets.index(b"csig") + 20] ^= 1  # within the signature, a text string of three letters before it
    vector["registration"]["attestationObject"] = octets.hex()
    assert not made(vector, AttestationPolicy()).hardware
    with pytest.raises(TrustError) as caught:
        made(vector, policy)
    assert caught.value.code is IdentityCode.FACTOR_ATTESTATION
