"""DER writing: small builders that return octets, for structures signed many times a second (ITU-T X.690).

The inverse of `trustkit.encoding.der`. Everything written here is DER by construction: minimal lengths, sorted SETs.

    sequence(integer(1), oid("1.2.156.10197.1.501"))
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_SHORT_LENGTH: Final = 0x80
_UTC_TIME_ENDS: Final = 2050  # RFC 5280 4.1.2.5: UTCTime through 2049


def header(tag: int, size: int) -> bytes:
    """Return the identifier octet and the definite, minimal length of an element whose body has `size` octets."""
    if size < _SHORT_LENGTH:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT_LENGTH | len(length))) + length


def tlv(tag: int, body: bytes) -> bytes:
    """Return one element with a definite, minimal length."""
    return header(tag, len(body)) + body


def sequence(*parts: bytes) -> bytes:
    """Return SEQUENCE of the encoded parts."""
    return tlv(0x30, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """Return SET OF the encoded parts, sorted (X.690 11.6)."""
    return tlv(0x31, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    """Return INTEGER."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return tlv(0x02, value.to_bytes(size, "big", signed=True))


def boolean(*, value: bool) -> bytes:
    """Return BOOLEAN; DER writes true as FF (X.690 11.1)."""
    return b"\x01\x01\xff" if value else b"\x01\x01\x00"


def null() -> bytes:
    """Return NULL."""
    return b"\x05\x00"


@lru_cache(maxsize=512)
def oid(dotted: str) -> bytes:
    """Return OBJECT IDENTIFIER. Raise ValueError for what is none."""
    arcs = [int(arc) for arc in dotted.split(".")]
    if len(arcs) < 2 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39) or min(arcs) < 0:  # noqa: PLR2004 - X.690 8.19.4
        raise ValueError(dotted)
    body = b"".join(_arc(arc) for arc in (arcs[0] * 40 + arcs[1], *arcs[2:]))
    return tlv(0x06, body)


def _arc(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def octet_string(value: bytes) -> bytes:
    """Return OCTET STRING."""
    return tlv(0x04, value)


def bit_string(value: bytes, unused: int = 0) -> bytes:
    """Return BIT STRING of whole octets less `unused` trailing bits."""
    return tlv(0x03, bytes((unused,)) + value)


def named_bits(*positions: int) -> bytes:
    """Return BIT STRING with the named bits set and trailing zero bits removed (X.690 11.2.2)."""
    if not positions:
        return bit_string(b"")
    size = max(positions) + 1
    value = sum(1 << (8 * ((size + 7) // 8) - 1 - position) for position in set(positions))
    return bit_string(value.to_bytes((size + 7) // 8, "big"), (-size) % 8)


def utf8_string(text: str) -> bytes:
    """Return UTF8String."""
    return tlv(0x0C, text.encode())


def printable_string(text: str) -> bytes:
    """Return PrintableString. Raise UnicodeEncodeError for text that is not ASCII."""
    return tlv(0x13, text.encode("ascii"))


def ia5_string(text: str) -> bytes:
    """Return IA5String. Raise UnicodeEncodeError for text that is not ASCII."""
    return tlv(0x16, text.encode("ascii"))


def time(moment: datetime) -> bytes:
    """Return UTCTime through 2049, GeneralizedTime from 2050, whole seconds, Z (RFC 5280 4.1.2.5)."""
    moment = moment.astimezone(UTC)
    if moment.year < _UTC_TIME_ENDS:
        return tlv(0x17, _digits(moment)[2:].encode() + b"Z")
    return tlv(0x18, _digits(moment).encode() + b"Z")


def generalized_time(moment: datetime, *, fraction: bool = False) -> bytes:
    """Return GeneralizedTime in Z; with `fraction` the microseconds, trailing zeros dropped (X.690 11.7)."""
    moment = moment.astimezone(UTC)
    text = _digits(moment)
    if fraction and moment.microsecond:
        text += f".{moment.microsecond:06d}".rstrip("0")
    return tlv(0x18, text.encode() + b"Z")


def _digits(moment: datetime) -> str:
    """Return YYYYMMDDHHMMSS, in a tenth of the time strftime takes, and four digits of the year on every system."""
    date = f"{moment.year:04d}{moment.month:02d}{moment.day:02d}"
    return f"{date}{moment.hour:02d}{moment.minute:02d}{moment.second:02d}"


def explicit(number: int, encoded: bytes) -> bytes:
    """Return ``[number] EXPLICIT`` around an encoded element."""
    return tlv(0xA0 | number, encoded)


def implicit(number: int, encoded: bytes) -> bytes:
    """Return ``[number] IMPLICIT``: the element's identifier octet replaced, constructed bit kept."""
    return bytes((0x80 | encoded[0] & 0x20 | number,)) + encoded[1:]
