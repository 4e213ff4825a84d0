from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.kdf import MAX_DERIVED, MAX_ITERATIONS, derive_hkdf, derive_pbkdf2, derive_sm2
from trustkit.crypto.mac import MacAlgorithm, compute_mac, mac_from_oid, verify_mac
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

M = MacAlgorithm
USAGE = ErrorCode.USAGE


def test_hmac_sha2_of_rfc_4231() -> None:
    key, data = b"Jefe", b"what do ya want for nothing?"
    assert compute_mac(M.HMAC_SHA256, key, data).hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert compute_mac(M.HMAC_SHA512, key, data).hex().startswith("164b7a7bfcf819e2e395fbe73b56e0a3")


@pytest.mark.parametrize("algorithm", MacAlgorithm)
def test_codes(algorithm: MacAlgorithm) -> None:
    code = compute_mac(algorithm, b"key", b"data")
    assert len(code) == algorithm.size
    verify_mac(algorithm, b"key", b"data", code)
    assert mac_from_oid(algorithm.oid) is algorithm
    for key, data, tag in (
        (b"kez", b"data", code),
        (b"key", b"datb", code),
        (b"key", b"data", code[:-1]),
        (b"key", b"data", code[:10]),
        (b"key", b"data", b""),
        (b"key", b"data", code + b"\0"),
    ):
        with pytest.raises(TrustError) as caught:
            verify_mac(algorithm, key, data, tag)
        assert caught.value.code is ErrorCode.MAC_WRONG
    with pytest.raises(TrustError) as caught:
        compute_mac(algorithm, b"", b"data")
    assert caught.value.code is USAGE


@pytest.mark.parametrize(
    ("oid", "code"),
    [
        ("1.2.840.113549.2.7", ErrorCode.ALGORITHM_WEAK),
        ("1.3.6.1.5.5.8.1.1", ErrorCode.ALGORITHM_WEAK),
        ("1.2.156.10197.1.401", ErrorCode.ALGORITHM_UNKNOWN),
        ("1.2.840.113549.2.8", ErrorCode.ALGORITHM_UNKNOWN),
        ("", ErrorCode.ALGORITHM_UNKNOWN),
    ],
)
def test_refused_oids(oid: str, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        mac_from_oid(oid)
    assert caught.value.code is code


def test_tongsuos_name_of_hmac_sm3_is_read() -> None:
    assert mac_from_oid("1.2.156.10197.1.401.3.1") is M.HMAC_SM3


def test_pbkdf2_by_hashlib() -> None:
    for algorithm in (M.HMAC_SHA256, M.HMAC_SHA512):
        derived = derive_pbkdf2(algorithm, "口令".encode(), salt=bytes(16), iterations=3, size=48)
        assert derived == hashlib.pbkdf2_hmac(algorithm.digest.value, "口令".encode(), bytes(16), 3, 48)


def test_pbkdf2_and_hkdf_with_sm3_from_their_definitions() -> None:
    # RFC 8018 5.2 for one block: U1 xor U2
    salt = bytes(range(8))
    first = compute_mac(M.HMAC_SM3, b"password", salt + b"\0\0\0\1")
    second = compute_mac(M.HMAC_SM3, b"password", first)
    expected = bytes(a ^ b for a, b in zip(first, second, strict=True))
    assert derive_pbkdf2(M.HMAC_SM3, b"password", salt=salt, iterations=2, size=32) == expected
    # RFC 5869 2.2, 2.3
    extracted = compute_mac(M.HMAC_SM3, b"salt", b"secret")
    one = compute_mac(M.HMAC_SM3, extracted, b"info\1")
    two = compute_mac(M.HMAC_SM3, extracted, one + b"info\2")
    assert derive_hkdf(M.HMAC_SM3, b"secret", salt=b"salt", info=b"info", size=40) == (one + two)[:40]


def test_hkdf_of_rfc_5869() -> None:
    derived = derive_hkdf(
        M.HMAC_SHA256, b"\x0b" * 22, salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), size=42
    )  # A.1
    assert derived.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"


def test_sm2_kdf_by_its_definition() -> None:
    # GB/T 32918.4 5.4.3; the standard's encryption sample (test_sm2_encryption) goes through the engines' own
    secret = bytes(range(64))
    blocks = [hashlib.new("sm3", secret + counter.to_bytes(4, "big")).digest() for counter in (1, 2, 3)]
    assert derive_sm2(secret, 70) == b"".join(blocks)[:70]
    assert derive_sm2(secret, 32) == blocks[0]
    assert derive_sm2(secret, 1) == blocks[0][:1]


@pytest.mark.parametrize("size", [0, -1, MAX_DERIVED + 1])
def test_sm2_kdf_is_bounded(size: int) -> None:
    with pytest.raises(TrustError) as caught:
        derive_sm2(bytes(64), size)
    assert caught.value.code is USAGE


@pytest.mark.parametrize(
    ("salt", "iterations", "size"),
    [(7, 1, 16), (129, 1, 16), (16, 0, 16), (16, MAX_ITERATIONS + 1, 16), (16, 1, 0), (16, 1, 1025)],
)
def test_pbkdf2_is_bounded(salt: int, iterations: int, size: int) -> None:
    with pytest.raises(TrustError) as caught:
        derive_pbkdf2(M.HMAC_SM3, b"x", salt=bytes(salt), iterations=iterations, size=size)
    assert caught.value.code is USAGE


@pytest.mark.parametrize("size", [0, 255 * 32 + 1])
def test_hkdf_is_bounded(size: int) -> None:
    with pytest.raises(TrustError) as caught:
        derive_hkdf(M.HMAC_SM3, b"x", salt=b"", info=b"", size=size)
    assert caught.value.code is USAGE
