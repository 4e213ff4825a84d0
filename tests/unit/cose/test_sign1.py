"""COSE_Sign1: each kind of key signs and verifies; a row for each message that is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.model import CoseAlgorithm, Label
from trustkit.cose.read import SHA256, parse_sign1
from trustkit.cose.sign import chain_header, sign_sign1
from trustkit.cose.verify import VerifiedSign1, verify_sign1
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.cbor import encode_cbor, parse_cbor
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.cbor import CborKey, CborValue
    from trustkit.error_family import Code

KINDS = {
    KeyKind.SM2: CoseAlgorithm.SM2,
    KeyKind.EC_P256: CoseAlgorithm.ES256,
    KeyKind.EC_P384: CoseAlgorithm.ES384,
    KeyKind.ED25519: CoseAlgorithm.EDDSA,
}


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _message(
    protected: CborValue = None,
    unprotected: CborValue = None,
    payload: CborValue = b"x",
    signature: CborValue = bytes(64),
) -> bytes:
    header = encode_cbor({1: -7} if protected is None else protected)
    return b"\xd2" + encode_cbor([header, {} if unprotected is None else unprotected, payload, signature])


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_is_signed_verifies(kind: KeyKind) -> None:
    signer = generate_key(kind).signer()
    octets = sign_sign1({Label.TYPE: "application/X", Label.KEY_ID: b"k"}, b"payload", signer, external=b"both know")
    found = parse_sign1(octets)
    assert (found.algorithm, found.type, found.key_id) == (KINDS[kind], "application/x", b"k")
    assert verify_sign1(found, signer.public_key, external=b"both know").payload == b"payload"
    with pytest.raises(TrustError) as caught:
        verify_sign1(found, signer.public_key)
    assert caught.value.code is ErrorCode.SIGNATURE_WRONG


def test_the_certificates_come_along(world: PkiWorld) -> None:
    chain = world.chain(world.signer)
    thumbprint: CborValue = [SHA256, digest(DigestAlgorithm.SHA256, chain[0].der)]
    for certificates in (chain, chain[:1]):
        header: dict[CborKey, CborValue] = {Label.X5CHAIN: chain_header(certificates), Label.X5T: thumbprint}
        found = parse_sign1(sign_sign1(header, b"", world.signer.signer))
        assert found.certificates == tuple(each.der for each in certificates)
        assert verify_sign1(found, chain[0].public_key).payload == b""


REFUSED: list[tuple[str, bytes, Code]] = [
    ("no array", encode_cbor({1: 2}), CapsuleCode.COSE_MALFORMED),
    ("three parts", encode_cbor([b"", {}, b""]), CapsuleCode.COSE_MALFORMED),
    ("another tag", b"\xd1" + _message()[1:], CapsuleCode.CBOR_MALFORMED),
    ("the tag twice", b"\xd2" + _message(), CapsuleCode.CBOR_MALFORMED),
    ("a detached payload", _message(payload=None), CapsuleCode.COSE_MALFORMED),
    ("no algorithm", _message(protected={3: 0}), CapsuleCode.COSE_MALFORMED),
    ("an unprotected algorithm", _message(protected={3: 0}, unprotected={1: -7}), CapsuleCode.COSE_MALFORMED),
    ("the number of an expired draft", _message(protected={1: -48}), ErrorCode.ALGORITHM_UNKNOWN),
    ("a MAC", _message(protected={1: 5}), ErrorCode.ALGORITHM_UNKNOWN),
    ("an algorithm by name", _message(protected={1: "SGD_SM3_SM2"}), ErrorCode.ALGORITHM_UNKNOWN),
    ("an array as algorithm", _message(protected={1: [-7]}), ErrorCode.ALGORITHM_UNKNOWN),
    ("a header that is no map", _message(protected=[1]), CapsuleCode.COSE_MALFORMED),
    ("a label in both", _message(protected={1: -7, 4: b"a"}, unprotected={4: b"b"}), CapsuleCode.COSE_MALFORMED),
    ("crit unknown", _message(protected={1: -7, 2: [99], 99: 1}), CapsuleCode.COSE_MALFORMED),
    ("crit absent", _message(protected={1: -7, 2: [4]}), CapsuleCode.COSE_MALFORMED),
    ("crit empty", _message(protected={1: -7, 2: []}), CapsuleCode.COSE_MALFORMED),
    ("crit of arrays", _message(protected={1: -7, 2: [[4]]}), CapsuleCode.COSE_MALFORMED),
    ("crit unprotected", _message(unprotected={2: [4]}), CapsuleCode.COSE_MALFORMED),
    ("x5u", _message(unprotected={35: "http://a.test"}), CapsuleCode.COSE_MALFORMED),
    ("x5bag", _message(protected={1: -7, 32: b"x"}), CapsuleCode.COSE_MALFORMED),
    ("x5chain empty", _message(unprotected={33: []}), CapsuleCode.COSE_MALFORMED),
    ("x5chain of text", _message(unprotected={33: "x"}), CapsuleCode.COSE_MALFORMED),
    ("x5chain too long", _message(unprotected={33: [b"x"] * 11}), CapsuleCode.COSE_MALFORMED),
    ("x5t by another digest", _message(unprotected={34: [-44, bytes(64)]}), CapsuleCode.COSE_MALFORMED),
    ("kid of text", _message(unprotected={4: "k"}), CapsuleCode.COSE_MALFORMED),
    ("typ of octets", _message(protected={1: -7, 16: b"t"}), CapsuleCode.COSE_MALFORMED),
    ("a short signature", _message(signature=bytes(63)), CapsuleCode.COSE_MALFORMED),
    ("a signature of ES384", _message(signature=bytes(96)), CapsuleCode.COSE_MALFORMED),
    ("a header out of order", b"\xd2" + encode_cbor([b"\xa2\x04\x41a\x01\x26", {}, b"", bytes(64)]), CapsuleCode.CBOR_NOT_DETERMINISTIC),
]  # fmt: skip


@pytest.mark.parametrize(("octets", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        parse_sign1(octets)
    assert caught.value.code is code


def test_size_is_looked_at_first() -> None:
    with pytest.raises(TrustError) as caught:
        parse_sign1(bytes(9), max_size=8)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE


def test_a_key_of_another_kind_is_refused(world: PkiWorld) -> None:
    found = parse_sign1(_message())
    with pytest.raises(TrustError) as caught:
        verify_sign1(found, world.signer.signer.public_key)
    assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH


def test_a_signature_of_zeros_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        verify_sign1(parse_sign1(_message()), generate_key(KeyKind.EC_P256).signer().public_key)
    assert caught.value.code is ErrorCode.SIGNATURE_MALFORMED


def test_a_thumbprint_of_another_certificate_is_refused(world: PkiWorld) -> None:
    header: dict[CborKey, CborValue] = {Label.X5CHAIN: world.signer.der, Label.X5T: [SHA256, bytes(32)]}
    found = parse_sign1(sign_sign1(header, b"", world.signer.signer))
    with pytest.raises(TrustError) as caught:
        verify_sign1(found, world.signer.certificate.public_key)
    assert caught.value.code is CapsuleCode.COSE_MALFORMED


def test_the_signer_says_the_algorithm(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as caught:
        sign_sign1({Label.ALGORITHM: -7}, b"", world.signer.signer)
    assert caught.value.code is ErrorCode.USAGE


def test_no_rsa_key_signs() -> None:
    with pytest.raises(TrustError) as caught:
        sign_sign1({}, b"", generate_key(KeyKind.RSA).signer())
    assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH


def test_verified_is_made_by_verifying_alone() -> None:
    with pytest.raises(TypeError):
        VerifiedSign1(
            algorithm=CoseAlgorithm.ES256,
            protected={},
            payload=b"",
            key=generate_key(KeyKind.EC_P256).signer().public_key,
            made_here=object(),
        )


def test_nothing_is_written_twice(world: PkiWorld) -> None:
    octets = sign_sign1({Label.TYPE: "t"}, b"p", world.signer.signer)
    assert encode_cbor(parse_cbor(octets[1:])) == octets[1:]
