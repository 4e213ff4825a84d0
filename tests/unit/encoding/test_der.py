from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from trustkit.encoding import der, der_write
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

REFUSED = {
    "empty": (b"", ErrorCode.DER_MALFORMED),
    "header only": (b"\x30", ErrorCode.DER_MALFORMED),
    "overrun": (b"\x30\x05\x02\x01\x01", ErrorCode.DER_MALFORMED),
    "child overruns parent": (b"\x30\x03\x02\x02\x01\x00", ErrorCode.DER_MALFORMED),
    "trailing": (b"\x05\x00\x00", ErrorCode.DER_MALFORMED),
    "indefinite": (b"\x30\x80\x00\x00", ErrorCode.DER_NOT_DER),
    "long form for short length": (b"\x04\x81\x01\x00", ErrorCode.DER_NOT_DER),
    "leading zero in length": (b"\x04\x82\x00\x81" + bytes(0x81), ErrorCode.DER_NOT_DER),
    "length of five octets": (b"\x04\x85\x01\x00\x00\x00\x00", ErrorCode.DER_MALFORMED),
    "high tag number": (b"\x1f\x81\x01\x00", ErrorCode.DER_MALFORMED),
    "constructed octet string": (b"\x24\x02\x04\x00", ErrorCode.DER_NOT_DER),
    "primitive sequence": (b"\x10\x00", ErrorCode.DER_MALFORMED),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(data: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        der.parse_strict(data)
    assert refusal.value.code is code


def test_depth_and_size_are_bounded() -> None:
    nested = der_write.null()
    for _ in range(40):
        nested = der_write.sequence(nested)
    with pytest.raises(TrustError) as deep:
        der.parse_strict(nested)
    assert deep.value.code is ErrorCode.DER_DEPTH
    with pytest.raises(TrustError) as large:
        der.parse_strict(der_write.octet_string(bytes(100)), max_size=50)
    assert large.value.code is ErrorCode.INPUT_TOO_LARGE


def test_members_and_elements_are_bounded() -> None:
    few, many = (der_write.sequence(der_write.null() * count) for count in (der.MAX_MEMBERS, der.MAX_MEMBERS + 1))
    assert len(der.children(few, der.parse_strict(few))) == der.MAX_MEMBERS
    with pytest.raises(TrustError) as wide:
        der.parse_strict(many)
    assert wide.value.code is ErrorCode.DER_MALFORMED
    with pytest.raises(TrustError) as large:
        der.parse_strict(der_write.sequence(few * (der.MAX_ELEMENTS // der.MAX_MEMBERS)))
    assert large.value.code is ErrorCode.INPUT_TOO_LARGE
    with pytest.raises(TrustError) as larger:
        der.parse_strict(few, max_elements=der.MAX_MEMBERS)
    assert larger.value.code is ErrorCode.INPUT_TOO_LARGE


@pytest.mark.parametrize(
    ("data", "tag"),
    [("3003020100", der.INTEGER), ("30053003020100", der.SEQUENCE), ("3000", 0), ("0401ff", 0), ("3080", 0), ("", 0)],
)
def test_what_stands_first_is_told_at_a_glance(data: str, tag: int) -> None:
    assert der.first_inside(bytes.fromhex(data)) == tag


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, -1, -128, -129, 2**160, -(2**64)])
def test_integer_round_trip(value: int) -> None:
    encoded = der_write.integer(value)
    assert der.decode_integer(encoded[2:]) == value


@pytest.mark.parametrize("body", [b"", b"\x00\x01", b"\xff\x80"])
def test_integer_refuses(body: bytes) -> None:
    with pytest.raises(TrustError):
        der.decode_integer(body)


@pytest.mark.parametrize("dotted", ["1.2.156.10197.1.501", "2.5.29.15", "2.999.3", "0.9.2342.19200300.100.1.25"])
def test_oid_round_trip(dotted: str) -> None:
    assert der.decode_oid(der_write.oid(dotted)[2:]) == dotted


@pytest.mark.parametrize("body", [b"", b"\x80\x01", b"\x2a\x86", b"\x2a" * 65])
def test_oid_refuses(body: bytes) -> None:
    with pytest.raises(TrustError):
        der.decode_oid(body)


def test_times() -> None:
    shanghai = timezone(timedelta(hours=8))
    moment = datetime(2026, 12, 1, 8, 0, 0, tzinfo=shanghai)
    for encoded, tag in ((der_write.time(moment), 0x17), (der_write.generalized_time(moment), 0x18)):
        assert encoded[0] == tag
        assert der.decode_time(tag, encoded[2:]) == datetime(2026, 12, 1, tzinfo=UTC)
    assert der_write.time(datetime(2050, 1, 1, tzinfo=UTC))[0] == 0x18
    fine = datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=UTC)
    assert der_write.generalized_time(fine, fraction=True)[2:] == b"20260102030405.12Z"
    assert der.decode_time(0x18, b"20260102030405.12Z") == fine


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (0x17, b"2612010000Z"),
        (0x17, b"261201000000+0800"),
        (0x17, b"261301000000Z"),
        (0x18, b"20261201000000"),
        (0x18, b"20261201000000.Z"),
        (0x18, b"20261201000000.10Z"),
        (0x18, b"2026120100Z"),
        (0x04, b"20261201000000Z"),
        (0x18, b"\xff" * 15),
    ],
)
def test_times_refused(tag: int, body: bytes) -> None:
    with pytest.raises(TrustError) as refusal:
        der.decode_time(tag, body)
    assert refusal.value.code is ErrorCode.DER_MALFORMED


def test_set_is_sorted_and_named_bits_are_trimmed() -> None:
    assert der_write.set_of(der_write.integer(2), der_write.integer(1)) == b"\x31\x06\x02\x01\x01\x02\x01\x02"
    assert der_write.named_bits(0, 1) == b"\x03\x02\x06\xc0"  # GB/T 20518 signing certificate: 06 C0
    assert der_write.named_bits(2, 3, 4) == b"\x03\x02\x03\x38"  # encryption certificate: 03 38
    assert der_write.named_bits(5, 6) == b"\x03\x02\x01\x06"
    assert der_write.named_bits() == b"\x03\x01\x00"
    assert der_write.implicit(0, der_write.set_of()) == b"\xa0\x00"
