"""JSON without surprises: strict reading, and one canonical writing (RFC 8785 without floating point numbers)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeAlias

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_JSON_SIZE: Final = 8 * 1024 * 1024
MAX_JSON_DEPTH: Final = 32
MAX_SAFE_INTEGER: Final = 2**53 - 1  # RFC 8785 3.2.2.3: what every JSON reader holds exactly
_MAX_DIGITS: Final = 17
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class NumberText(str):
    """A number that not every reader holds exactly, as it was written: a fraction, or beyond 2^53-1."""

    __slots__ = ()


def parse_json(
    data: bytes,
    *,
    max_size: int = MAX_JSON_SIZE,
    max_depth: int = MAX_JSON_DEPTH,
    any_number: bool = False,
) -> JsonValue:
    """Return the value of UTF-8 JSON text (RFC 8259) under limits.

    With `any_number`, fractions and integers beyond 2^53-1 come back as `NumberText`: for documents of others, in which a member
    nobody asks for may hold anything.

    Raises:
        TrustError: INPUT_TOO_LARGE; JSON_DEPTH; JSON_DUPLICATE_KEY; JSON_MALFORMED, also for floating point numbers,
            integers beyond 2^53-1, NaN, lone surrogates and a byte order mark.
    """
    if len(data) > max_size:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "JSON text", octets=len(data), limit=max_size)
    _limit_depth(data, max_depth)
    try:
        value: JsonValue = (_decode_any if any_number else _decode)(data.decode("utf-8"))
        if b"\\u" in data:  # a lone surrogate written as \uD800 shows up here; UTF-8 itself has none
            _encode(value).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise TrustError(ErrorCode.JSON_MALFORMED, "not the JSON that is accepted here") from error
    return value


def canonical_json(value: JsonValue) -> bytes:
    """Return the canonical octets: sorted keys, no white space (RFC 8785 3.2). Raise JSON_MALFORMED for floats."""
    return _encode(_plain(value, MAX_JSON_DEPTH)).encode("utf-8")


def _plain(value: object, depth: int) -> object:
    """Return a value with keys in order. Raise JSON_DEPTH, and JSON_MALFORMED for floats and what is no JSON key."""
    if isinstance(value, dict):
        _require_room(value, depth)
        # most members are texts or nothing, of which nothing need be asked
        return {
            key: item if type(item := value[key]) is str or item is None else _plain(item, depth - 1)
            for key in _in_order(value)
        }
    if isinstance(value, list):
        _require_room(value, depth)
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER):
        raise TrustError(ErrorCode.JSON_MALFORMED, "a number that not every reader holds exactly")
    return value


def _in_order(value: Iterable[Any]) -> list[str]:
    """Return keys sorted by UTF-16 code units (RFC 8785 3.2.3); Python sorts by code points, which differs only beyond the BMP."""
    try:
        keys = sorted(value)
        if "".join(keys).isascii():
            return keys
    except TypeError as error:
        raise TrustError(ErrorCode.JSON_MALFORMED, "a key is not text") from error
    return sorted(keys, key=_code_units)


def _code_units(key: str) -> bytes:
    return key.encode("utf-16-be")


def _require_room(value: list[object] | dict[object, object], depth: int) -> None:
    if value and depth == 1:
        raise TrustError(ErrorCode.JSON_DEPTH, "nested too deeply", limit=MAX_JSON_DEPTH)


def _limit_depth(data: bytes, max_depth: int) -> None:
    depth = deepest = 0
    inside = escaped = False
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return
    for octet in data:
        if inside:
            inside = escaped or octet != 0x22  # noqa: PLR2004 - the quotation mark
            escaped = octet == 0x5C and not escaped  # noqa: PLR2004 - the backslash
        elif octet == 0x22:  # noqa: PLR2004 - the quotation mark
            inside = True
        elif octet in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif octet in b"]}":
            depth -= 1
    if deepest > max_depth:
        raise TrustError(ErrorCode.JSON_DEPTH, "nested too deeply", limit=max_depth)


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TrustError(ErrorCode.JSON_DUPLICATE_KEY, "a key stands twice in one object")
    return found


def _refuse_number(text: str) -> JsonValue:
    raise TrustError(ErrorCode.JSON_MALFORMED, "only whole numbers are accepted", characters=len(text))


def _decoder(number: Callable[[str], JsonValue], integer: Callable[[str], JsonValue]) -> Callable[[str], JsonValue]:
    read = json.JSONDecoder(
        object_pairs_hook=_unique, parse_float=number, parse_constant=_refuse_number, parse_int=integer
    )
    return read.decode  # made once: json.loads makes one for each call


def _any_integer(text: str) -> JsonValue:
    return NumberText(text) if _is_unsafe(text) else int(text)


def _is_unsafe(text: str) -> bool:
    return len(text) > _MAX_DIGITS or abs(int(text)) > MAX_SAFE_INTEGER


def _integer(text: str) -> int:
    if _is_unsafe(text):
        raise TrustError(ErrorCode.JSON_MALFORMED, "a whole number beyond 2^53-1")
    return int(text)


_decode: Final = _decoder(_refuse_number, _integer)
_decode_any: Final = _decoder(NumberText, _any_integer)
