"""Strict DER reading by offsets (ITU-T X.690 clauses 8 and 10), so that octets are verified as they were found.

`parse_strict` walks a whole value and refuses what DER forbids: indefinite or non-minimal lengths, high tag numbers,
constructed strings, values that overrun their parent, trailing octets. It does not decode values; `decode_integer`,
`decode_oid` and `decode_time` do.

    top = parse_strict(data)
    tbs, algorithm, signature = children(data, top)
    data[tbs.start : tbs.end]      # the exact octets that were signed
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

from trustkit.errors import ErrorCode, TrustError

MAX_SIZE: Final = 64 * 1024 * 1024  # a CRL of a million entries stays below; anything larger is an attack or a mistake
MAX_DEPTH: Final = 32  # CMS in a time stamp in CMS stays below 25
MAX_MEMBERS: Final = 10_000  # of one element; the entries of a CRL, which are more, are walked and not listed
MAX_ELEMENTS: Final = 200_000  # of one value; a quarter of a second's work
MAX_OID_OCTETS: Final = 64
_CONSTRUCTED: Final = 0x20
_HIGH_TAG: Final = 0x1F
_LONG_FORM: Final = 0x80
_MAX_LENGTH_OCTETS: Final = 4
_PRIMITIVE_ONLY: Final = frozenset({0x21, 0x22, 0x23, 0x24, 0x26, 0x2C, 0x33, 0x34, 0x36, 0x37, 0x38})
_CONSTRUCTED_ONLY: Final = frozenset({0x10, 0x11})

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, IA5_STRING, UTC_TIME, GENERALIZED_TIME = 0x0C, 0x13, 0x16, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
_new: Final = tuple.__new__  # a third of the time of the named tuple's own


class Tlv(NamedTuple):
    """One element by offsets into the octets it was read from: identifier octet, header start, body start, end.

    A named tuple, for a certificate has some eighty, in a sixth of the time of a frozen dataclass.
    """

    tag: int
    start: int
    body: int
    end: int

    @property
    def constructed(self) -> bool:
        """Whether the element holds elements (X.690 8.1.2.5)."""
        return bool(self.tag & _CONSTRUCTED)


def read_tlv(data: bytes, offset: int, end: int) -> Tlv:
    """Return the element at `offset`, which must finish by `end`. Raise DER_MALFORMED or DER_NOT_DER."""
    if offset + 2 > end:
        raise TrustError(ErrorCode.DER_MALFORMED, "header runs past the end", offset=offset)
    tag, length = data[offset], data[offset + 1]
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise TrustError(ErrorCode.DER_MALFORMED, "high tag number", offset=offset)
    body = offset + 2
    if length >= _LONG_FORM:
        count = length - _LONG_FORM
        if count == 0:
            raise TrustError(ErrorCode.DER_NOT_DER, "indefinite length: BER where DER is due", offset=offset)
        if count > _MAX_LENGTH_OCTETS or body + count > end:
            raise TrustError(ErrorCode.DER_MALFORMED, "length of the length", offset=offset)
        length = int.from_bytes(data[body : body + count], "big")
        if length < _LONG_FORM or length >> (8 * (count - 1)) == 0:
            raise TrustError(ErrorCode.DER_NOT_DER, "length is not minimal", offset=offset)
        body += count
    if body + length > end:
        raise TrustError(ErrorCode.DER_MALFORMED, "length runs past the end", offset=offset)
    return _new(Tlv, (tag, offset, body, body + length))


def children(data: bytes, parent: Tlv, limit: int = MAX_MEMBERS) -> tuple[Tlv, ...]:
    """Return the elements inside a constructed element, `limit` at most. Raise DER_MALFORMED or DER_NOT_DER."""
    found: list[Tlv] = []
    _, start, offset, end = parent
    while offset < end:
        if len(found) >= limit:
            raise TrustError(ErrorCode.DER_MALFORMED, "too many members", offset=start, limit=limit)
        body = offset + 2
        # The usual element, read here in half the time: one octet of tag and one of length, and within its parent.
        if body <= end and (length := data[offset + 1]) < _LONG_FORM and body + length <= end:
            tag = data[offset]
            if tag & _HIGH_TAG != _HIGH_TAG:
                found.append(_new(Tlv, (tag, offset, body, body + length)))
                offset = body + length
                continue
        child = read_tlv(data, offset, end)
        found.append(child)
        offset = child.end
    return tuple(found)


def content(data: bytes, element: Tlv) -> bytes:
    """Return the body octets of an element."""
    return data[element.body : element.end]


def octets(data: bytes, element: Tlv) -> bytes:
    """Return the element whole, header and body, as found."""
    return data[element.start : element.end]


def expect(data: bytes, element: Tlv, tag: int, what: str) -> bytes:
    """Return the body of an element that must have identifier octet `tag`. Raise DER_MALFORMED naming `what`."""
    if element.tag != tag:
        raise TrustError(
            ErrorCode.DER_MALFORMED, f"{what}: tag {element.tag:#04x}, not {tag:#04x}", offset=element.start
        )
    return data[element.body : element.end]


def first_inside(data: bytes) -> int:
    """Return the tag of the first element inside the SEQUENCE that octets begin with, 0 for none: what a value is, at a glance."""
    try:
        outer = read_tlv(data, 0, len(data))
        return read_tlv(data, outer.body, outer.end).tag if outer.tag == SEQUENCE else 0
    except TrustError:
        return 0


def parse_strict(
    data: bytes, *, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH, max_elements: int = MAX_ELEMENTS
) -> Tlv:
    """Return the single outer element of `data` after walking everything inside it.

    Raises:
        TrustError: INPUT_TOO_LARGE (octets, elements), DER_DEPTH, DER_MALFORMED (overruns, trailing octets, members),
            DER_NOT_DER (BER forms).
    """
    if len(data) > max_size:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "DER value", octets=len(data), limit=max_size)
    outer = read_tlv(data, 0, len(data))
    if outer.end != len(data):
        raise TrustError(ErrorCode.DER_MALFORMED, "trailing octets", offset=outer.end)
    stack = [(outer, 1)]
    count = 1
    while stack:
        element, depth = stack.pop()
        tag = element.tag
        if tag in _PRIMITIVE_ONLY:
            raise TrustError(ErrorCode.DER_NOT_DER, "constructed string: BER where DER is due", offset=element.start)
        if tag in _CONSTRUCTED_ONLY:
            raise TrustError(ErrorCode.DER_MALFORMED, "primitive SEQUENCE or SET", offset=element.start)
        if not tag & _CONSTRUCTED:
            continue
        if depth >= max_depth:
            raise TrustError(ErrorCode.DER_DEPTH, "nested too deeply", limit=max_depth)
        inside = children(data, element)
        count += len(inside)
        if count > max_elements:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "DER elements", limit=max_elements)
        stack.extend((child, depth + 1) for child in inside)
    return outer


def decode_integer(body: bytes) -> int:
    """Return the INTEGER of minimal two's complement octets (X.690 8.3). Raise DER_MALFORMED or DER_NOT_DER."""
    if not body:
        raise TrustError(ErrorCode.DER_MALFORMED, "empty INTEGER")
    if len(body) > 1 and ((body[0] == 0 and body[1] < 0x80) or (body[0] == 0xFF and body[1] >= 0x80)):  # noqa: PLR2004 - sign bit
        raise TrustError(ErrorCode.DER_NOT_DER, "INTEGER is not minimal")
    return int.from_bytes(body, "big", signed=True)


def decode_oid(body: bytes) -> str:
    """Return the dotted OBJECT IDENTIFIER (X.690 8.19). Raise DER_MALFORMED."""
    if not body or len(body) > MAX_OID_OCTETS or body[-1] >= _LONG_FORM:
        raise TrustError(ErrorCode.DER_MALFORMED, "OBJECT IDENTIFIER")
    arcs: list[int] = []
    value = 0
    for octet in body:
        if value == 0 and octet == _LONG_FORM:
            raise TrustError(ErrorCode.DER_MALFORMED, "OBJECT IDENTIFIER arc is not minimal")
        value = value << 7 | octet & 0x7F
        if octet < _LONG_FORM:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def decode_time(tag: int, body: bytes) -> datetime:
    """Return the UTC time of a UTCTime or GeneralizedTime in the DER form of RFC 5280 4.1.2.5.

    Fractions of a second are accepted in GeneralizedTime (X.690 11.7). Raise DER_MALFORMED.
    """
    try:
        text = body.decode("ascii")
        if tag == UTC_TIME and len(text) == len("YYMMDDHHMMSSZ") and text.endswith("Z") and text[:-1].isdigit():
            century = "19" if int(text[:2]) >= 50 else "20"  # noqa: PLR2004 - RFC 5280 4.1.2.5.1
            return _moment(century + text[:-1])
        if tag == GENERALIZED_TIME and text.endswith("Z"):
            whole, dot, fraction = text[:-1].partition(".")
            if len(whole) != len("YYYYMMDDHHMMSS") or not whole.isdigit() or (dot and not _is_fraction(fraction)):
                raise ValueError(text)  # noqa: TRY301 - one refusal below for every malformed time
            moment = _moment(whole)
            return moment.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if dot else moment
    except ValueError as error:
        raise TrustError(ErrorCode.DER_MALFORMED, "time value") from error
    raise TrustError(ErrorCode.DER_MALFORMED, "time value")


def _moment(digits: str) -> datetime:
    """Return the UTC time of YYYYMMDDHHMMSS, fourteen ASCII digits. Raise ValueError for a time no calendar has."""
    year, month, day, hour = int(digits[:4]), int(digits[4:6]), int(digits[6:8]), int(digits[8:10])
    return datetime(year, month, day, hour, int(digits[10:12]), int(digits[12:14]), tzinfo=UTC)


def _is_fraction(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and not text.endswith("0")  # noqa: PLR2004 - nanoseconds
