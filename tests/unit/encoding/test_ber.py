"""Indefinite lengths and segmented strings: the same value in definite lengths, everything else octet for octet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.encoding import ber
from trustkit.encoding import der_write as w
from trustkit.encoding.ber import to_definite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

END = b"\x00\x00"
INNER = w.sequence(w.integer(5), w.octet_string(b"abc"))


def _open(tag: int, *parts: bytes) -> bytes:
    return bytes((tag, 0x80)) + b"".join(parts) + END


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (INNER, INNER),
        (_open(0x30, w.integer(5)), w.sequence(w.integer(5))),
        (_open(0x30), w.sequence()),
        (_open(0x30, _open(0xA0, _open(0x24, w.octet_string(b"ab"), w.octet_string(b"c")))),
         w.sequence(w.explicit(0, w.octet_string(b"abc")))),
        (w.sequence(w.tlv(0x24, w.octet_string(b"ab") + w.octet_string(b""))), w.sequence(w.octet_string(b"ab"))),
        (_open(0x30, _open(0x24, w.tlv(0x24, w.octet_string(b"x")), w.octet_string(b"y"))),
         w.sequence(w.octet_string(b"xy"))),
        (_open(0x30, b"\x30\x81\x03\x02\x01\x05"), w.sequence(b"\x30\x81\x03\x02\x01\x05")),  # a strict reader's business
    ],
)  # fmt: skip
def test_values(found: bytes, wanted: bytes) -> None:
    assert to_definite(found) == wanted


def test_what_needs_no_change_is_the_same_octets() -> None:
    assert to_definite(INNER) == INNER


REFUSED = {
    "empty": (b"", ErrorCode.DER_MALFORMED),
    "no end": (b"\x30\x80\x02\x01\x05", ErrorCode.DER_MALFORMED),
    "half an end": (b"\x30\x80\x02\x01\x05\x00", ErrorCode.DER_MALFORMED),
    "end of nothing": (w.sequence(END), ErrorCode.DER_MALFORMED),
    "trailing": (_open(0x30) + b"\x05\x00", ErrorCode.DER_MALFORMED),
    "primitive without a length": (b"\x04\x80abc\x00\x00", ErrorCode.DER_MALFORMED),
    "segment of another kind": (_open(0x24, w.integer(1)), ErrorCode.DER_MALFORMED),
    "overrun": (b"\x30\x05\x02\x01\x05", ErrorCode.DER_MALFORMED),
    "long length": (b"\x30\x85\x01\x01\x01\x01\x01", ErrorCode.DER_MALFORMED),
    "high tag": (b"\x3f\x80\x00\x00", ErrorCode.DER_MALFORMED),
    "deep": (b"\x30\x80" * 40 + END * 40, ErrorCode.DER_DEPTH),
}


@pytest.mark.parametrize(("octets", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        to_definite(octets)
    assert refusal.value.code is code


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrustError) as refusal:
        to_definite(INNER, max_size=4)
    assert refusal.value.code is ErrorCode.INPUT_TOO_LARGE
    monkeypatch.setattr(ber, "MAX_ELEMENTS", 3)
    with pytest.raises(TrustError) as refusal:
        to_definite(_open(0x30, w.null(), w.null(), w.null()))
    assert refusal.value.code is ErrorCode.INPUT_TOO_LARGE
