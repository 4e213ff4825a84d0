"""What a content stream does: its operators with their operands, in order (ISO 32000-1 7.8.2).

    for operation in read_operations(stream_octets):
        print(operation.name, operation.numbers, operation.texts)

A reader for judging, not for drawing: nothing is resolved or painted. What cannot be read as operators is PDF_MALFORMED. Where
readers may differ (an operator with operands that are not its own, or inside an array; an image whose data may end in several
places) `is_proper` is false, and whoever judges takes the worst for granted.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
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
_IMAGE_END: Final = re.compile(rb"(?:^|[\0\t\n\f\r ()<>\[\]{}/%\x80\xff])EI(?=[\0\t\n\f\r ()<>\[\]{}/%\x80\xff]|$)")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_BLANK_TO_SOME: Final = re.compile(rb"[\x80\xff]")  # white space to pdfium
_MAX_NAME: Final = 127  # octets (annex C.2); some readers cut longer ones
_MAX_NUMBER: Final = 100  # octets; some readers cut longer ones, or take them for something else
_ODD: Final = "?"
# what operators take, a letter for each operand: n number, t string, / name (tables 57, 60, 87, 105 to 109)
_OPERANDS: Final = {
    **dict.fromkeys((b"cm", b"Tm"), "nnnnnn"),
    **dict.fromkeys((b"Td", b"TD"), "nn"),
    **dict.fromkeys((b"TL", b"Tc", b"Tw", b"Tz", b"Ts", b"Tr", b"w"), "n"),
    **dict.fromkeys((b"Tj", b"'"), "t"),
    **dict.fromkeys((b"gs", b"Do"), "/"),
    b"Tf": "/n",
    b'"': "nnt",
}
_ARRAY: Final = re.compile(r"\[[nt]*\]")  # what TJ takes
_PARENTHESIS: Final = re.compile(rb"[()\\]")
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|[\r\n])|(.))", re.DOTALL)
_LETTERS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and its operands by kind, arrays and dictionaries flattened; `pieces` has numbers and texts in their order.

    Names are decoded (7.3.5). `is_proper` says whether every reader sees this operator, here and with these operands.
    """

    name: bytes
    pieces: tuple[float | bytes, ...]
    names: tuple[bytes, ...]
    is_proper: bool

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers alone."""
        return tuple(each for each in self.pieces if isinstance(each, float))

    @property
    def texts(self) -> tuple[bytes, ...]:
        """The strings alone."""
        return tuple(each for each in self.pieces if isinstance(each, bytes))


class _Shape:
    """The kinds of the operands before an operator, and how deep in arrays and dictionaries it stands."""

    def __init__(self) -> None:
        self._kinds: list[str] = []
        self.depth = 0

    def add(self, kind: str) -> None:
        self._kinds.append(kind)
        self.depth += {"[": 1, "]": -1}.get(kind, 0)

    def ends(self, operator: bytes) -> bool:
        """Begin anew after an operator. Return whether it has the operands that are its own."""
        kinds = "".join(self._kinds)
        self._kinds.clear()
        if self.depth or _ODD in kinds or _BLANK_TO_SOME.search(operator):
            return False
        return _ARRAY.fullmatch(kinds) is not None if operator == b"TJ" else _OPERANDS.get(operator, kinds) == kinds


class _Images:
    """Where the data of inline images end (8.9.7): readers agree when there is one end for each image, and no other.

    Some count the data, some look for the first end, some for the first end that looks right.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._ends: list[int] | None = None  # sought when there is an image
        self._last = b""
        self.count = 0

    def after(self, operator: bytes, at: int) -> tuple[int, bool]:
        """Return where to read on after an operator, which ends at `at`, and whether that is sure: ID stands after BI alone."""
        last, self._last = self._last, operator
        in_place = (last == b"BI") == (operator == b"ID")
        if operator != b"ID":
            return at, in_place
        if self._ends is None:
            self._ends = [match.end() for match in _IMAGE_END.finditer(self._data)]
        number, self.count = self.count, self.count + 1
        following = bisect_right(self._ends, at, lo=min(number, len(self._ends)))
        end = self._ends[following] if following < len(self._ends) else len(self._data)
        return end, in_place and number < len(self._ends) and self._ends[number] == end

    @property
    def are_sure(self) -> bool:
        """Whether all ends that were found belong to images."""
        return self._ends is None or len(self._ends) == self.count


def read_operations(data: bytes) -> Iterator[Operation]:
    """Yield the operations of a content stream. Raise PDF_MALFORMED, or PDF_LIMIT for more than any page has."""
    pieces: list[float | bytes] = []
    names: list[bytes] = []
    shape, images = _Shape(), _Images(data)
    at = count = 0
    while at < len(data):
        match = _TOKEN.match(data, at)
        if match is None:
            raise TrustError(ErrorCode.PDF_MALFORMED, "a content stream holds something that is no operator", at=at)
        at = match.end()
        match match.lastgroup:
            case "number":
                pieces.append(float(match["number"]))
                shape.add("n" if len(match["number"]) <= _MAX_NUMBER else _ODD)
            case "name":
                names.append(_ESCAPED.sub(_octet, match["name"]))
                shape.add(_ODD if len(match["name"]) > _MAX_NAME or _BLANK_TO_SOME.search(match["name"]) else "/")
            case "hex" | "text":
                text, at = _literal(data, at) if match["hex"] is None else (_unhexed(match["hex"]), at)
                pieces.append(text)
                shape.add("t")
            case "open" | "close":
                shape.add("[" if match.lastgroup == "open" else "]")
            case "word":
                word = match["word"]
                is_proper = shape.ends(word)
                at, is_sure = images.after(word, at)
                yield Operation(word, tuple(pieces), tuple(names), is_proper=is_proper and is_sure)
                count += 1
                pieces, names = [], []
            case _:  # white space and comments
                pass
        if count > MAX_OPERATIONS or len(pieces) + len(names) > MAX_OPERATIONS or shape.depth > MAX_NESTING:
            raise TrustError(ErrorCode.PDF_LIMIT, "operators of a content stream", limit=MAX_OPERATIONS)
    if not images.are_sure:
        yield Operation(b"EI", (), (), is_proper=False)


def _octet(match: re.Match[bytes]) -> bytes:
    return binascii.unhexlify(match[1])


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
