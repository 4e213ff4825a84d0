"""CBOR without surprises: one way to write each value (RFC 8949 4.2.1), and nothing else is read.

    parse_cbor(octets)          # whole numbers, octets, texts, arrays, maps, true, false, null
    encode_cbor({1: -7})        # the inverse

Every head is looked at before the library is: it sees no tag, no fraction, no indefinite length and no count that the octets do
not hold. What it makes of them is written anew and compared, so that keys stand once and in their order.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import cbor2

from trustkit.capsule_codes import CapsuleCode
from trustkit.errors import ErrorCode, TrustError

CborKey: TypeAlias = int | str
CborValue: TypeAlias = "bool | int | str | bytes | list[CborValue] | dict[CborKey, CborValue] | None"

MAX_CBOR_SIZE: Final = 4 * 1024 * 1024
MAX_CBOR_DEPTH: Final = 8
MAX_CBOR_ITEMS: Final = 10_000
_OCTETS, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(2, 8)  # major types, RFC 8949 3.1
_SIZED, _COUNTED = frozenset({_OCTETS, _TEXT}), frozenset({_ARRAY, _MAP})
_SIMPLE_READ: Final = (20, 21, 22)  # false, true, null
_LOW: Final = 0x1F  # of a head: the number in it, or how long it is
_TAGGED: Final = _TAG << 5
_DIRECT: Final = 24  # lengths and numbers below stand in the head itself
_LONGEST: Final = 27  # the head that is followed by eight octets
_LEAST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}  # what needs a head of that form
_END: Final = 1 << 64  # of what a head can tell


def parse_cbor(
    data: bytes, *, max_size: int = MAX_CBOR_SIZE, max_depth: int = MAX_CBOR_DEPTH, any_order: bool = False
) -> CborValue:
    """Return the value of one deterministic CBOR item, keys of maps being whole numbers and texts.

    With `any_order` keys need not be sorted, for formats whose own examples are not; each still stands once.

    Raises:
        TrustError: INPUT_TOO_LARGE; CBOR_DEPTH; CBOR_MALFORMED, also for tags, fractions, indefinite lengths, more than ten thousand
            items and octets behind the item; CBOR_NOT_DETERMINISTIC for a key that stands twice or out of order.
    """
    if len(data) > max_size:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "CBOR", octets=len(data), limit=max_size)
    _require_plain(data, max_depth)
    try:
        value: CborValue = cbor2.loads(data, max_depth=max_depth + 1, allow_indefinite=False)
    except (cbor2.CBORError, ValueError, TypeError, RecursionError) as error:
        raise _malformed("not the CBOR that is accepted here") from error
    # Every head is the shortest already, so a key that stood twice makes it shorter when it is written again.
    written = encode_cbor(value) if any_order else cbor2.dumps(value) if _is_ordered(value) else b""
    if len(written) != len(data):
        raise TrustError(CapsuleCode.CBOR_NOT_DETERMINISTIC, "keys of a map stand twice or out of order")
    return value


def encode_cbor(value: CborValue) -> bytes:
    """Return the deterministic octets. Raise CBOR_MALFORMED for a value that is not read here, CBOR_DEPTH."""
    try:
        return cbor2.dumps(_ordered(value, MAX_CBOR_DEPTH + 1))
    except (cbor2.CBORError, ValueError) as error:  # a lone surrogate
        raise _malformed("a text that is no Unicode") from error


def _is_ordered(value: CborValue) -> bool:
    """Tell whether the keys of all maps stand in the order of their encoding."""
    if isinstance(value, dict):
        ranks = [_rank(key) for key in value]
        if len(ranks) > 1 and ranks != sorted(ranks):
            return False
        return all(_is_ordered(item) for item in value.values() if isinstance(item, dict | list))
    return (
        all(_is_ordered(item) for item in value if isinstance(item, dict | list)) if isinstance(value, list) else True
    )


def _ordered(value: CborValue, depth: int) -> object:
    """Return a value with maps in the order of their encoded keys, for a writer that keeps it."""
    if isinstance(value, dict | list):
        if depth == 0:
            raise TrustError(CapsuleCode.CBOR_DEPTH, "nested too deeply", limit=MAX_CBOR_DEPTH)
        if isinstance(value, list):
            return [_ordered(item, depth - 1) for item in value]
        return {key: _ordered(value[key], depth - 1) for key in sorted(value, key=_rank)}
    if isinstance(value, int):
        if not -_END <= value < _END:
            raise _malformed("a number beyond 64 bits")
    elif value is not None and not isinstance(value, str | bytes):
        raise _malformed(f"a {type(value).__name__} has no place here")
    return value


def _rank(key: CborKey) -> tuple[int, int, bytes]:
    """Return the order of encoded keys: bytewise, so by major type, then by number or length, then by octets (RFC 8949 4.2.1)."""
    if isinstance(key, str):
        octets = key.encode("utf-8")
        return _TEXT, len(octets), octets
    if type(key) is not int:
        raise _malformed("a key that is neither a whole number nor text")
    return (0, key, b"") if key >= 0 else (1, -1 - key, b"")


def _require_plain(data: bytes, max_depth: int) -> None:
    """Walk over the heads. Raise CBOR_MALFORMED, CBOR_DEPTH."""
    due = [1]  # items, of the whole and of each array or map that is open
    offset = items = 0
    while due:
        if due[-1] == 0:
            due.pop()
            continue
        due[-1] -= 1
        items += 1
        if items > MAX_CBOR_ITEMS:
            raise TrustError(CapsuleCode.CBOR_MALFORMED, "too many items", limit=MAX_CBOR_ITEMS)
        first = data[offset] if offset < len(data) else _TAGGED
        if first & _LOW < _DIRECT and first < _TAGGED:
            major, value, offset = first >> 5, first & _LOW, offset + 1
        else:
            major, value, offset = _head(data, offset)
        if major in _SIZED:
            offset += value
            if offset > len(data):
                raise _malformed("octets are missing")
        elif major in _COUNTED:
            if len(due) > max_depth:
                raise TrustError(CapsuleCode.CBOR_DEPTH, "nested too deeply", limit=max_depth)
            due.append(value * (2 if major == _MAP else 1))
    if offset != len(data):
        raise _malformed("octets behind the item")


def _head(data: bytes, offset: int) -> tuple[int, int, int]:
    """Return major type, argument and where what follows begins (RFC 8949 3). Raise CBOR_MALFORMED."""
    if offset >= len(data):
        raise _malformed("an item is missing")
    major, low = data[offset] >> 5, data[offset] & _LOW
    offset += 1
    if major == _TAG or (major == _SIMPLE and low not in _SIMPLE_READ):
        raise _malformed("a tag, a fraction, or another simple value")
    if low < _DIRECT:
        return major, low, offset
    if low > _LONGEST:
        raise _malformed("an indefinite length")
    end = offset + (1 << (low - _DIRECT))
    value = int.from_bytes(data[offset:end], "big")
    if end > len(data) or value < _LEAST[low]:
        raise _malformed("a head that is cut short, or longer than it need be")
    return major, value, end


def _malformed(detail: str) -> TrustError:
    return TrustError(CapsuleCode.CBOR_MALFORMED, detail)
