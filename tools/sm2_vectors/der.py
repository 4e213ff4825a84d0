"""DER by hand, so that it can be wrong on purpose."""

from __future__ import annotations


def tlv(tag: int, body: bytes, *, length: bytes | None = None) -> bytes:
    """Return tag, length and body; `length` replaces the right octets of the length."""
    if length is None:
        length = bytes((len(body),)) if len(body) < 0x80 else _long(len(body))  # noqa: PLR2004 - X.690 8.1.3.4
    return bytes((tag,)) + length + body


def _long(size: int) -> bytes:
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((0x80 | len(octets),)) + octets


def number(value: int) -> bytes:
    """Return the minimal INTEGER of a number, negative ones too."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return tlv(0x02, value.to_bytes(size, signed=True))


def pair(r: bytes | int, s: bytes | int) -> bytes:
    """Return SEQUENCE { r, s }, each a number or octets as they shall stand."""
    members = (number(value) if isinstance(value, int) else value for value in (r, s))
    return tlv(0x30, b"".join(members))
