from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.engines.self_test import SAMPLE_DIGEST, SAMPLE_MESSAGE, SAMPLE_POINT, SAMPLE_SIGNATURE
from trustkit.crypto.sm2 import (
    DEFAULT_SIGNER_ID,
    MAX_SIGNER_ID,
    N,
    Sm2Signature,
    encode_sm2_signature,
    message_digest,
    parse_sm2_signature,
    z_value,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

ONE = (1).to_bytes(32, "big")
LAST = (N - 1).to_bytes(32, "big")
ORDER = N.to_bytes(32, "big")
R, S = SAMPLE_SIGNATURE
GOOD = encode_sm2_signature(R, S)


def element(body: bytes) -> bytes:
    return bytes((2, len(body))) + body


def signature(*elements: bytes, tail: bytes = b"") -> bytes:
    body = b"".join(elements)
    return bytes((0x30, len(body))) + body + tail


def test_z_and_e_of_the_standards_sample() -> None:
    # GB/T 32918.5 A.2
    expected = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
    assert z_value(SAMPLE_POINT, DEFAULT_SIGNER_ID).hex() == expected
    assert message_digest(SAMPLE_POINT, DEFAULT_SIGNER_ID, SAMPLE_MESSAGE) == SAMPLE_DIGEST


def test_the_id_is_part_of_z() -> None:
    values = {
        z_value(SAMPLE_POINT, one) for one in (b"", DEFAULT_SIGNER_ID, b"TLSv1.3+GM+Cipher+Suite", bytes(MAX_SIGNER_ID))
    }
    assert len(values) == 4


@pytest.mark.parametrize(
    ("point", "signer_id", "code"),
    [
        (SAMPLE_POINT[:-1], DEFAULT_SIGNER_ID, ErrorCode.KEY_MALFORMED),
        (b"\x04" + SAMPLE_POINT, DEFAULT_SIGNER_ID, ErrorCode.KEY_MALFORMED),
        (SAMPLE_POINT, bytes(MAX_SIGNER_ID + 1), ErrorCode.USAGE),
    ],
)
def test_z_refuses(point: bytes, signer_id: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        z_value(point, signer_id)
    assert caught.value.code is code


@pytest.mark.parametrize("pair", [(ONE, ONE), (ONE, LAST), (LAST, ONE), (LAST, LAST), (R, S), (bytes(31) + b"\x80", S)])
def test_signatures_round_trip(pair: tuple[bytes, bytes]) -> None:
    assert parse_sm2_signature(encode_sm2_signature(*pair)) == Sm2Signature(*pair)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        GOOD[:-1],
        GOOD + b"\x00",
        b"\x31" + GOOD[1:],
        R + S,
        signature(element(R), element(S)),  # both begin with a set bit: negative
        signature(element(b"\x00" + R)),
        signature(element(b"\x00" + R), element(b"\x00" + S), element(b"\x01")),
        signature(element(b"\x00" + R), element(b"\x00" + S), tail=b"\x05\x00"),
        signature(element(b""), element(b"\x01")),
        signature(element(b"\x00"), element(b"\x01")),
        signature(element(b"\x01"), element(b"\x00")),
        signature(element(b"\x00\x01"), element(b"\x01")),
        signature(element(b"\x00\x00" + R), element(b"\x00" + S)),
        signature(element(b"\x00" + ORDER), element(b"\x01")),
        signature(element(b"\x01"), element(b"\x00" + ORDER)),
        signature(element(b"\x00" + b"\xff" * 32), element(b"\x01")),
        signature(element(b"\x01" * 33), element(b"\x01")),
        signature(b"\x03\x01\x01", element(b"\x01")),
        signature(element(b"\x01"), b"\x02\x7f\x01"),
        b"\x30\x81\x46" + GOOD[2:],  # a length that is not minimal
        b"\x30\x80" + GOOD[2:] + b"\x00\x00",
        bytes.fromhex("3006020101022100"),  # cut off after the header of a long INTEGER
        bytes.fromhex("3006020101020220"),
        bytes.fromhex("30060201010220"),
        bytes.fromhex("3006022000022000"),
        GOOD[:40] + b"\x00" * 30,
        b"\x30\x06\x02\x81\x01\x01\x02\x01\x01",
        b"\x30\x08\x02\x01\x01\x02\x01\x01",
    ],
)
def test_malformed_signatures(der: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_sm2_signature(der)
    assert caught.value.code is ErrorCode.SIGNATURE_MALFORMED


@pytest.mark.parametrize(
    "pair", [(bytes(32), ONE), (ONE, bytes(32)), (ORDER, ONE), (ONE, ORDER), (ONE[1:], ONE), (ONE, b"\0" + ONE)]
)
def test_encoding_refuses(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(TrustError) as caught:
        encode_sm2_signature(*pair)
    assert caught.value.code is ErrorCode.SIGNATURE_MALFORMED
