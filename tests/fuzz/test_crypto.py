"""Random and mutated input to the public side of crypto: one answer from every engine, and no error but our own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.examples import scaled
from tests.unit.crypto.keys import fast_engines
from trustkit.crypto.digest import DigestAlgorithm, digest_from_oid
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.engines.self_test import SAMPLE_POINT, SAMPLE_SIGNATURE
from trustkit.crypto.pss import pss_parameters, read_pss_digest
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2 import N, Sm2Signature, encode_sm2_signature, parse_sm2_signature
from trustkit.crypto.suites import SignatureSuite, suite_from_algorithm
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding.der_write import bit_string, oid, sequence
from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PSS_DIGESTS = {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
REFUSALS = {Family.MALFORMED, Family.UNTRUSTED}
SPKI = sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301")), bit_string(b"\x04" + SAMPLE_POINT))
SIGNATURE = encode_sm2_signature(*SAMPLE_SIGNATURE)
NUMBERS = st.integers(1, N - 1).map(lambda number: number.to_bytes(32, "big"))
SMALL = st.integers(1, 2**16).map(lambda number: number.to_bytes(32, "big"))


def outcome(act: Callable[[], T]) -> T | Code:
    """Return what was read, or the code of the refusal; any other exception fails the test."""
    try:
        return act()
    except TrustError as error:
        return error.code


@cache
def key() -> PrivateKey:
    return generate_key(KeyKind.SM2)


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    """Return octets near a good value: some replaced, cut, added; and plain noise."""
    edits = st.lists(st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)), max_size=3)

    def edit(changes: list[tuple[int, int]], cut: int, tail: bytes) -> bytes:
        data = bytearray(good)
        for position, value in changes:
            data[position] = value
        return bytes(data[: len(data) - cut]) + tail

    near = st.builds(edit, edits, st.integers(0, 3), st.binary(max_size=3))
    return st.one_of(near, st.binary(max_size=2 * len(good)))


@given(NUMBERS | SMALL, NUMBERS | SMALL)
def test_signatures_round_trip(r: bytes, s: bytes) -> None:
    assert parse_sm2_signature(encode_sm2_signature(r, s)) == Sm2Signature(r, s)


@given(mutated(SIGNATURE))
@example(SIGNATURE)
def test_signature_octets(data: bytes) -> None:
    """What is read has exactly this one encoding."""
    found = outcome(lambda: parse_sm2_signature(data))
    assert found is ErrorCode.SIGNATURE_MALFORMED or encode_sm2_signature(*found) == data


@given(mutated(SPKI))
def test_public_key_octets(data: bytes) -> None:
    found = outcome(lambda: parse_public_key(data))
    assert found.family in REFUSALS if isinstance(found, Code) else found.spki == data


@given(mutated(pss_parameters(DigestAlgorithm.SHA256)))
def test_pss_parameters(data: bytes) -> None:
    found = outcome(lambda: read_pss_digest(data))
    assert found in {ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK, *PSS_DIGESTS}


@given(st.text(max_size=30), st.none() | st.binary(max_size=40), st.none() | st.sampled_from(DigestAlgorithm))
def test_algorithms(name: str, parameters: bytes | None, digest: DigestAlgorithm | None) -> None:
    suite = outcome(lambda: suite_from_algorithm(name, parameters, digest=digest))
    assert isinstance(suite, SignatureSuite) or suite.family is Family.UNTRUSTED
    algorithm = outcome(lambda: digest_from_oid(name))
    assert isinstance(algorithm, DigestAlgorithm) or algorithm.family is Family.UNTRUSTED


@settings(max_examples=scaled(40))
@given(st.binary(max_size=300), st.sampled_from([b"1234567812345678", b"", b"x", bytes(100)]), st.integers(0, 10_000))
def test_engines_agree_on_flipped_bits(message: bytes, signer_id: bytes, flip: int) -> None:
    """A signature by one engine, one bit of message, r or s changed or none: both engines say the same."""
    point = key().public_key.sm2_point
    signature = parse_sm2_signature(key().signer().sign(message))
    octets = bytearray(signature.r + signature.s + message)
    where = flip % (8 * len(octets) + 1)
    if where:
        octets[(where - 1) // 8] ^= 1 << (where - 1) % 8
    r, s, changed = bytes(octets[:32]), bytes(octets[32:64]), bytes(octets[64:])
    if not all(0 < int.from_bytes(number, "big") < N for number in (r, s)):
        return
    answers = {machine.verify(point, signer_id, changed, Sm2Signature(r, s)) for machine in fast_engines()}
    right = not where and signer_id == b"1234567812345678"
    assert answers == {EngineAnswer.VALID if right else EngineAnswer.INVALID}


@settings(max_examples=scaled(40))
@given(st.binary(min_size=64, max_size=64), st.booleans())
def test_engines_agree_on_points(octets: bytes, near: bool) -> None:  # noqa: FBT001 - hypothesis hands arguments over by position
    point = SAMPLE_POINT[:40] + octets[40:] if near else octets
    assert len({machine.is_on_curve(point) for machine in fast_engines()}) == 1
