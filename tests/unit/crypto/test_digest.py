from __future__ import annotations

import hashlib

import pytest

from trustkit.crypto import digest as module
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_from_oid, digest_oid, hasher
from trustkit.errors import ErrorCode, TrustError

STRONG = tuple(algorithm for algorithm in DigestAlgorithm if not algorithm.weak)
WEAK = tuple(algorithm for algorithm in DigestAlgorithm if algorithm.weak)


def test_sm3_of_abc_is_the_standards() -> None:
    # GB/T 32905 A.1
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest(DigestAlgorithm.SM3, b"abc").hex() == expected


@pytest.mark.parametrize("algorithm", STRONG)
def test_sizes(algorithm: DigestAlgorithm) -> None:
    assert len(digest(algorithm, b"")) == algorithm.size


@pytest.mark.parametrize("algorithm", STRONG)
def test_incremental_is_the_same(algorithm: DigestAlgorithm) -> None:
    state = hasher(algorithm)
    state.update(b"one ")
    branch = state.copy()
    state.update(b"two")
    branch.update(b"three")
    assert state.digest() == digest(algorithm, b"one two")
    assert branch.digest() == digest(algorithm, b"one three")


def test_sm3_without_the_interpreters_openssl() -> None:
    state = module._Sm3()
    state.update(b"a")
    branch = state.copy()
    state.update(b"bc")
    assert state.digest() == state.digest() == digest(DigestAlgorithm.SM3, b"abc")
    assert branch.digest() == digest(DigestAlgorithm.SM3, b"a")


@pytest.mark.parametrize("algorithm", WEAK)
def test_weak_ones_only_on_purpose(algorithm: DigestAlgorithm) -> None:
    for act in (
        lambda: digest(algorithm, b""),
        lambda: hasher(algorithm),
        lambda: digest_from_oid(digest_oid(algorithm)),
    ):
        with pytest.raises(TrustError) as caught:
            act()
        assert caught.value.code is ErrorCode.ALGORITHM_WEAK
    expected = hashlib.new(algorithm.value, b"x", usedforsecurity=False).digest()
    assert digest(algorithm, b"x", allow_weak=True) == expected
    assert digest_from_oid(digest_oid(algorithm), allow_weak=True) is algorithm


@pytest.mark.parametrize("algorithm", STRONG)
def test_oids_round_trip(algorithm: DigestAlgorithm) -> None:
    assert digest_from_oid(digest_oid(algorithm)) is algorithm


def test_the_second_oid_of_sm3_is_read() -> None:
    assert digest_from_oid("1.2.156.10197.1.401.1") is DigestAlgorithm.SM3


@pytest.mark.parametrize("oid", ["", "1.2.3", "1.2.156.10197.1.401.2", "2.16.840.1.101.3.4.2.4"])
def test_unknown_oids(oid: str) -> None:
    with pytest.raises(TrustError) as caught:
        digest_from_oid(oid)
    assert caught.value.code is ErrorCode.ALGORITHM_UNKNOWN
