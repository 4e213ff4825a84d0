"""What a content stream does: its operators with their operands, in order (ISO 32000-1 7.8.2).

    for operation in read_operations(stream_octets):
        print(operation.name, operation.numbers, operation.texts)

A reader for judging, not for drawing: nothing is resolved or painted. What cannot be read as operators is PDF_MALFORMED.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OPERATIONS: Final = 200_000  # a dense page has some ten thousand
MAX_NESTING: Final = 32  # of parentheses, arrays and dictionaries among operands
PAINTING: Final = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"sh", b"Do", b"BI"))
SHOWING: Final = frozenset((b"Tj", b"TJ", b"'", b'"'))
_TOKEN: Final = re.compile(
    rb"(?P<space>[\0\t\n\f\r ]+|%[^\r\n]*)"
    rb"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?=[\0\t\n\f\r ()<>\[\]{}/%]|$)"
    rb"|(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*)"
    rb"|(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|<(?P<hex>[0-9A-Fa-f\0\t\n\f\r ]*)>"
    rb"|(?P<text>\()"
    rb"|(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]+)"
)
_IMAGE_END: Final = re.compile(rb"[\0\t\n\f\r ]EI(?=[\0\t\n\f\r ]|$)")
_PARENTHESIS: Final = re.compile(rb"[()\\]")
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|[\r\n])|(.))", re.DOTALL)
_LETTERS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and its operands by kind, arrays and dictionaries flattened; `pieces` has numbers and texts in their order."""

    name: bytes
    pieces: tuple[float | bytes, ...]
    names: tuple[bytes, ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers alone."""
        return tuple(each for each in self.pieces if isinstance(each, float))

    @property
    def texts(self) -> tuple[bytes, ...]:
        """The strings alone."""
        return tuple(each for each in self.pieces if isinstance(each, bytes))


def read_operations(data: bytes) -> Iterator[Operation]:
    """Yield the operations of a content stream. Raise PDF_MALFORMED, or PDF_LIMIT for more than any page has."""
    pieces: list[float | bytes] = []
    names: list[bytes] = []
    at = count = depth = 0
    while at < len(data):
        match = _TOKEN.match(data, at)
        if match is None:
            raise TrustError(ErrorCode.PDF_MALFORMED, "a content stream holds something that is no operator", at=at)
        at = match.end()
        match match.lastgroup:
            case "number":
                pieces.append(float(match["number"]))
            case "name":
                names.append(match["name"])
            case "hex":
                pieces.append(_unhexed(match["hex"]))
            case "text":
                text, at = _literal(data, at)
                pieces.append(text)
            case "open" | "close":
                depth += 1 if match.lastgroup == "open" else -1
            case "word":
                yield Operation(match["word"], tuple(pieces), tuple(names))
                count += 1
                at = _after_image(data, at) if match["word"] == b"ID" else at
                pieces, names = [], []
            case _:  # white space and comments
                pass
        if count > MAX_OPERATIONS or len(pieces) + len(names) > MAX_OPERATIONS or depth > MAX_NESTING:
            raise TrustError(ErrorCode.PDF_LIMIT, "operators of a content stream", limit=MAX_OPERATIONS)


def _after_image(data: bytes, at: int) -> int:
    """Return where the data of an inline image end: at the first EI that could be its end (8.9.7)."""
    found = _IMAGE_END.search(data, at)
    return len(data) if found is None else found.end()


def _literal(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the literal string whose parenthesis stands before `at`, and where it ends (7.3.4.2)."""
    depth, start = 1, at
    while depth:
        found = _PARENTHESIS.search(data, at)
        if found is None:
            raise TrustError(ErrorCode.PDF_MALFORMED, "a string without end in a content stream")
        at = found.end()
        if found[0] == b"\\":
            at += 1
        else:
            depth += 1 if found[0] == b"(" else -1
    return _ESCAPE.sub(_unescaped, data[start : at - 1]), at


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, line_end, letter = match.groups()
    if octal is not None:
        return bytes((int(octal, 8) & 0xFF,))
    return b"" if line_end is not None else _LETTERS.get(letter, letter)


def _unhexed(digits: bytes) -> bytes:
    packed = re.sub(rb"[\0\t\n\f\r ]", b"", digits)
    return binascii.unhexlify(packed + b"0" * (len(packed) % 2))
