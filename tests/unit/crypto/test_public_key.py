from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.crypto.keys import key_of
from trustkit.crypto.engines.self_test import SAMPLE_POINT
from trustkit.crypto.public_key import MAX_SPKI_SIZE, KeyKind, parse_public_key
from trustkit.encoding.der_write import bit_string, null, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

EC, SM2, P256 = oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301"), oid("1.2.840.10045.3.1.7")
RSA = oid("1.2.840.113549.1.1.1")


def spki(algorithm: bytes, bits: bytes, unused: int = 0) -> bytes:
    return sequence(algorithm, bit_string(bits, unused))


def written(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed448.Ed448PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


SAMPLE = spki(sequence(EC, SM2), b"\x04" + SAMPLE_POINT)


def test_sm2_key() -> None:
    key = parse_public_key(SAMPLE)
    assert key.kind is KeyKind.SM2
    assert key.spki == SAMPLE
    assert key.sm2_point == SAMPLE_POINT
    assert key.identifier == hashlib.sha1(b"\x04" + SAMPLE_POINT, usedforsecurity=False).digest()


def test_the_curve_as_algorithm_is_read() -> None:
    found = spki(sequence(SM2, SM2), b"\x04" + SAMPLE_POINT)
    key = parse_public_key(found)
    assert (key.kind, key.sm2_point, key.spki) == (KeyKind.SM2, SAMPLE_POINT, found)


@pytest.mark.parametrize("kind", KeyKind)
def test_generated_keys_are_read(kind: KeyKind) -> None:
    key = key_of(kind).public_key
    assert parse_public_key(key.spki) == key
    assert key.kind is kind
    assert bool(key.sm2_point) is (kind is KeyKind.SM2)
    assert len(key.identifier) == 20


MALFORMED, UNSUPPORTED, WEAK = ErrorCode.KEY_MALFORMED, ErrorCode.KEY_UNSUPPORTED, ErrorCode.KEY_WEAK
OFF_CURVE = SAMPLE_POINT[:-1] + b"\x14"
FIELD_PRIME = bytes.fromhex("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", MALFORMED),
        (b"\x30\x00", MALFORMED),
        (SAMPLE + b"\x00", MALFORMED),
        (SAMPLE[:-1], MALFORMED),
        (bytes(MAX_SPKI_SIZE + 1), MALFORMED),
        (sequence(sequence(EC, SM2)), MALFORMED),
        (sequence(sequence(), bit_string(b"\x04" + SAMPLE_POINT)), MALFORMED),
        (sequence(EC, bit_string(b"\x04" + SAMPLE_POINT)), MALFORMED),
        (spki(sequence(EC, SM2, null()), b"\x04" + SAMPLE_POINT), MALFORMED),
        (spki(sequence(EC, SM2), b"\x04" + SAMPLE_POINT, 1), MALFORMED),
        (spki(sequence(EC, SM2), SAMPLE_POINT), MALFORMED),
        (spki(sequence(EC, SM2), b""), MALFORMED),
        (spki(sequence(EC, SM2), b"\x00"), MALFORMED),  # the point at infinity
        (spki(sequence(EC, SM2), b"\x04" + bytes(64)), MALFORMED),
        (spki(sequence(EC, SM2), b"\x04" + OFF_CURVE), MALFORMED),
        (spki(sequence(EC, SM2), b"\x04" + FIELD_PRIME + SAMPLE_POINT[32:]), MALFORMED),
        (spki(sequence(EC, SM2), b"\x04" + SAMPLE_POINT + b"\x00"), MALFORMED),
        (spki(sequence(EC, SM2), b"\x06" + SAMPLE_POINT), MALFORMED),  # the hybrid form
        # the usual beginning, and then no point of the curve
        (SAMPLE[:-1] + bytes((SAMPLE[-1] ^ 1,)), MALFORMED),
        (spki(sequence(EC, b"\x06\x02\x80\x01"), b"\x04" + SAMPLE_POINT), MALFORMED),
        (spki(sequence(EC, SM2), b"\x02" + SAMPLE_POINT[:32]), UNSUPPORTED),
        (spki(sequence(EC, sequence()), b"\x04" + SAMPLE_POINT), UNSUPPORTED),  # explicit parameters
        (spki(sequence(EC), b"\x04" + SAMPLE_POINT), UNSUPPORTED),
        (spki(sequence(SM2, P256), b"\x04" + SAMPLE_POINT), UNSUPPORTED),
        (spki(sequence(EC, P256), b"\x04" + SAMPLE_POINT), MALFORMED),  # a point of another curve
        (spki(sequence(EC, oid("1.3.132.0.10")), b"\x04" + SAMPLE_POINT), UNSUPPORTED),
        (spki(sequence(RSA, P256), b"\x30\x00"), UNSUPPORTED),
        (spki(sequence(RSA, null()), b"\x30\x00"), MALFORMED),
        (spki(sequence(oid("1.3.101.112")), bytes(31)), MALFORMED),
        (spki(sequence(oid("1.2.840.113549.1.1.10")), b"\x30\x00"), UNSUPPORTED),
    ],
)
def test_refused(data: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        parse_public_key(data)
    assert caught.value.code is code


def test_other_kinds_are_refused() -> None:
    for key in (ec.generate_private_key(ec.SECP521R1()), ed448.Ed448PrivateKey.generate()):
        with pytest.raises(TrustError) as caught:
            parse_public_key(written(key.public_key()))
        assert caught.value.code is UNSUPPORTED


def test_a_crafted_exponent_is_refused_before_it_costs_anything() -> None:
    modulus = (1 << 2048) - 3
    public = rsa.RSAPublicNumbers((1 << 2000) + 1, modulus).public_key()
    with pytest.raises(TrustError) as caught:
        parse_public_key(written(public))
    assert (caught.value.code, caught.value.detail) == (UNSUPPORTED, "RSA exponent")


@pytest.mark.parametrize(("bits", "code"), [(1024, WEAK), (2047, WEAK), (8200, UNSUPPORTED)])
def test_rsa_sizes(bits: int, code: Code) -> None:
    modulus = (1 << bits) - 3  # the size is what counts; no factors are needed to write a public key
    public = rsa.RSAPublicNumbers(65537, modulus).public_key()
    with pytest.raises(TrustError) as caught:
        parse_public_key(written(public))
    assert caught.value.code is code
