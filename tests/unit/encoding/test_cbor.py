"""CBOR: the examples of RFC 8949 appendix A that are read here, and one row for each thing that is not."""

from __future__ import annotations

import pytest

from trustkit.capsule_codes import CapsuleCode
from trustkit.encoding.cbor import MAX_CBOR_DEPTH, MAX_CBOR_ITEMS, CborValue, encode_cbor, parse_cbor
from trustkit.errors import ErrorCode, TrustError

EXAMPLES: list[tuple[str, CborValue]] = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("1903e8", 1000),
    ("1bffffffffffffffff", 18446744073709551615),
    ("3bffffffffffffffff", -18446744073709551616),
    ("20", -1),
    ("f4", False),
    ("f5", True),
    ("f6", None),
    ("4401020304", b"\x01\x02\x03\x04"),
    ("63e6b0b4", "水"),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("a201020304", {1: 2, 3: 4}),
    ("a26161016162820203", {"a": 1, "b": [2, 3]}),
    ("a4181800200061610062616100", {24: 0, -1: 0, "a": 0, "aa": 0}),  # bytewise, not shortest first
]
REFUSED = [
    ("", CapsuleCode.CBOR_MALFORMED),
    ("1800", CapsuleCode.CBOR_MALFORMED),
    ("190001", CapsuleCode.CBOR_MALFORMED),
    ("1901", CapsuleCode.CBOR_MALFORMED),
    ("0000", CapsuleCode.CBOR_MALFORMED),
    ("5f4101ff", CapsuleCode.CBOR_MALFORMED),
    ("9fff", CapsuleCode.CBOR_MALFORMED),
    ("bfff", CapsuleCode.CBOR_MALFORMED),
    ("1c", CapsuleCode.CBOR_MALFORMED),
    ("c074323031332d30332d32315432303a30343a30305a", CapsuleCode.CBOR_MALFORMED),
    ("c249010000000000000000", CapsuleCode.CBOR_MALFORMED),
    ("d9d9f700", CapsuleCode.CBOR_MALFORMED),
    ("f93c00", CapsuleCode.CBOR_MALFORMED),
    ("f7", CapsuleCode.CBOR_MALFORMED),
    ("f820", CapsuleCode.CBOR_MALFORMED),
    ("62c328", CapsuleCode.CBOR_MALFORMED),
    ("4401", CapsuleCode.CBOR_MALFORMED),
    ("9bffffffffffffffff", CapsuleCode.CBOR_MALFORMED),
    ("8100" * (MAX_CBOR_ITEMS + 1), CapsuleCode.CBOR_MALFORMED),
    ("9a000f4240" + "00" * 1_000_000, CapsuleCode.CBOR_MALFORMED),
    ("a1410100", CapsuleCode.CBOR_MALFORMED),
    ("a1f500", CapsuleCode.CBOR_MALFORMED),
    ("a1800001", CapsuleCode.CBOR_MALFORMED),
    ("a201000100", CapsuleCode.CBOR_NOT_DETERMINISTIC),
    ("a2030001", CapsuleCode.CBOR_MALFORMED),
    ("a203000100", CapsuleCode.CBOR_NOT_DETERMINISTIC),
    ("a220001818" + "00", CapsuleCode.CBOR_NOT_DETERMINISTIC),
    ("81" * (MAX_CBOR_DEPTH + 1) + "00", CapsuleCode.CBOR_DEPTH),
    ("a101" * (MAX_CBOR_DEPTH + 1) + "00", CapsuleCode.CBOR_DEPTH),
]


@pytest.mark.parametrize(("text", "value"), EXAMPLES)
def test_examples(text: str, value: CborValue) -> None:
    assert parse_cbor(bytes.fromhex(text)) == value
    assert encode_cbor(value).hex() == text


@pytest.mark.parametrize(("text", "code"), REFUSED, ids=lambda part: str(part)[:24])
def test_refused(text: str, code: CapsuleCode) -> None:
    with pytest.raises(TrustError) as caught:
        parse_cbor(bytes.fromhex(text))
    assert caught.value.code is code


def test_size_is_looked_at_first() -> None:
    with pytest.raises(TrustError) as caught:
        parse_cbor(bytes(9), max_size=8)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE


@pytest.mark.parametrize("value", [1.5, {b"k": 1}, {True: 1}, 1 << 64, -(1 << 64) - 1, "\ud800", {1, 2}, (1,)])
def test_what_is_not_read_is_not_written(value: CborValue) -> None:
    with pytest.raises(TrustError) as caught:
        encode_cbor(value)
    assert caught.value.code is CapsuleCode.CBOR_MALFORMED


def test_what_is_too_deep_is_not_written() -> None:
    value: CborValue = 0
    for _ in range(MAX_CBOR_DEPTH + 2):
        value = [value]
    with pytest.raises(TrustError) as caught:
        encode_cbor(value)
    assert caught.value.code is CapsuleCode.CBOR_DEPTH


def test_keys_in_any_order_stand_once_all_the_same() -> None:
    assert parse_cbor(bytes.fromhex("a203000100"), any_order=True) == {3: 0, 1: 0}
    for octets in ("a201000100", "81a201000100"):
        with pytest.raises(TrustError) as caught:
            parse_cbor(bytes.fromhex(octets), any_order=True)
        assert caught.value.code is CapsuleCode.CBOR_NOT_DETERMINISTIC


@pytest.mark.parametrize("octets", ["a1f501", "a1f601", "a1416101", "a18001", "a1a001", "a2010000a1f500"])
def test_keys_of_other_kinds_are_refused_in_any_order_too(octets: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_cbor(bytes.fromhex(octets), any_order=True)
    assert caught.value.code is CapsuleCode.CBOR_MALFORMED
