"""The part of PDF's syntax that every reader reads alike (ISO 32000-1 7.2, 7.3), for octets added behind a signature.

Readers forgive, each in its own way: ``>`` and any octet for ``>>``, a vertical tab for a blank, an underscore in a number. A file
that is written so has two faces, and comparing what one reader sees says nothing of what another shows. So what comes after a
signature is read here first, word by word, and what is not plain is `Ambiguous`. Nothing is made of it: values are told
in the simplest form, for asking about layout.

    value, at = Plainly(data, end=len(data)).value(at)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH: Final = 32
MAX_NUMBER: Final = 2**31  # readers count in 32 bits
_BLANK: Final = rb"[\t\n\r ]"
_STOP: Final = rb"(?=[\t\n\r /\[\]<>(]|\Z)"
_SPACE: Final = re.compile(_BLANK + rb"*")
_WORD: Final = re.compile(
    rb"(/(?:[!\"$&'*-.0-;=?-Z\\^-z|~\x81-\xfe]|#[0-9A-Fa-f]{2}){1,127})"
    + _STOP  # 1: a name, 7.3.5; 0x80 and 0xff are blanks to some
    + rb"|([1-9][0-9]{0,7}) (0|[1-9][0-9]{0,4}) R"
    + _STOP  # 2, 3: a reference
    + rb"|([+-]?[0-9]{1,10})"
    + _STOP  # 4: an integer
    + rb"|([+-]?(?:[0-9]{1,10}\.[0-9]{0,20}|\.[0-9]{1,20}))"
    + _STOP  # 5: a real number
    + rb"|(<<)|(\[)"  # 6, 7
    + rb"|<([0-9A-Fa-f\t\n\r ]*+)>"  # 8: a hexadecimal string
    + rb"|(true|false|null)"
    + _STOP  # 9
    + rb"|(\()"  # 10: a literal string
)
_NAME, _NUMBER, _GENERATION, _INTEGER, _REAL, _DICTIONARY, _ARRAY, _HEX, _KEYWORD, _LITERAL = range(1, 11)
_CLOSED: Final = re.compile(_BLANK + rb"*(>>|\])")
_IN_STRING: Final = re.compile(rb"[^\\()]+|\\(?:[nrtbf()\\]|[0-3][0-7]{2})|[()]")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_KEYWORDS: Final = {b"true": True, b"false": False, b"null": None}
_STREAM: Final = re.compile(_BLANK + rb"*stream\r?\n")
_STREAM_END: Final = re.compile(rb"(?:\r\n|\n|\r)?endstream" + _BLANK + rb"+endobj(?=[\t\n\r ]|\Z)")
_END: Final = re.compile(_BLANK + rb"*endobj(?=[\t\n\r ]|\Z)")
_OUTSIDE: Final = frozenset(
    {b"/F", b"/FFilter", b"/FDecodeParms"}
)  # where a stream says that its octets are in another file


class Ambiguous(Exception):  # noqa: N818 - not an error of this program: readers may take the file for different things
    """Octets that readers may read differently; `args` are what is wrong and at which octet."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name, its escapes undone, with its solidus."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference to an object."""

    number: int
    generation: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string; what it says is of no interest here."""


Value: TypeAlias = "Name | Pointer | Text | int | float | bool | list[Value] | dict[bytes, Value] | None"


@dataclass(frozen=True, slots=True)
class PlainObject:
    """An indirect object: what it is, where it ends, and which octets are its stream, if it has one."""

    value: Value
    end: int
    stream: tuple[int, int] | None


class Plainly:
    """Reads values of `data` up to `end`. `length_of` gives the integer behind a reference, for streams that name their length so."""

    def __init__(self, data: bytes, end: int, length_of: Callable[[Pointer], int | None]) -> None:
        self._data = data
        self._end = end
        self._length_of = length_of

    def object(self, at: int) -> PlainObject:
        """Return the object whose header ends at `at`. Raise Ambiguous."""
        value, at = self.value(at)
        found = _STREAM.match(self._data, at, self._end)
        if found is None or not isinstance(value, dict):
            closed = _END.match(self._data, at, self._end)
            if closed is None:
                raise Ambiguous("an object without a plain end", at)
            return PlainObject(value, closed.end(), None)
        begin = found.end()
        end = begin + self._length(value, begin)
        closed = _STREAM_END.match(self._data, end, self._end)
        if closed is None:
            raise Ambiguous("a stream of another length than it says", begin)
        return PlainObject(value, closed.end(), (begin, end))

    def _length(self, entries: dict[bytes, Value], at: int) -> int:
        if not _OUTSIDE.isdisjoint(entries):
            raise Ambiguous("a stream whose octets lie in another file", at)
        length = entries.get(b"/Length")
        if isinstance(length, Pointer):
            length = self._length_of(length)
        if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= self._end - at:
            raise Ambiguous("a stream without a plain length", at)
        return length

    def value(self, at: int, depth: int = 0) -> tuple[Value, int]:
        """Return the value that begins at `at` after blanks, and where it ends. Raise Ambiguous."""
        at = _SPACE.match(self._data, at, self._end).end()  # type: ignore[union-attr] # it always matches
        found = _WORD.match(self._data, at, self._end)
        if found is None or depth > MAX_DEPTH:
            raise Ambiguous("what is written is not plain", at)
        kind = found.lastindex
        if kind == _DICTIONARY:
            return self._dictionary(found.end(), depth)
        if kind == _ARRAY:
            return self._array(found.end(), depth)
        if kind == _LITERAL:
            return Text(), self._string(found.end())
        return _told(found, at), found.end()

    def _array(self, at: int, depth: int) -> tuple[list[Value], int]:
        found: list[Value] = []
        while (closed := _CLOSED.match(self._data, at, self._end)) is None or closed[1] != b"]":
            value, at = self.value(at, depth + 1)
            found.append(value)
        return found, closed.end()

    def _dictionary(self, at: int, depth: int) -> tuple[dict[bytes, Value], int]:
        found: dict[bytes, Value] = {}
        while (closed := _CLOSED.match(self._data, at, self._end)) is None or closed[1] != b">>":
            key, at = self.value(at, depth + 1)
            if not isinstance(key, Name) or key.octets in found:
                raise Ambiguous("a dictionary with a key twice, or with none", at)
            found[key.octets], at = self.value(at, depth + 1)
        return found, closed.end()

    def _string(self, at: int) -> int:
        """Return where a literal string ends whose opening is behind us (7.3.4.2)."""
        depth = 1
        while depth:
            found = _IN_STRING.match(self._data, at, self._end)
            if found is None:
                raise Ambiguous("a string that is not plain", at)
            depth += (found[0] == b"(") - (found[0] == b")")
            at = found.end()
        return at


def _told(found: re.Match[bytes], at: int) -> Value:
    kind = found.lastindex or 0
    octets = found[kind]
    if kind == _NAME:
        return Name(_plain_name(octets, at))
    if kind == _GENERATION:
        return Pointer(int(found[_NUMBER]), int(octets))
    if kind == _INTEGER:
        number = int(octets)
        if abs(number) >= MAX_NUMBER:
            raise Ambiguous("a number beyond 32 bits", at)
        return number
    if kind == _REAL:
        return float(octets)
    if kind == _KEYWORD:
        return _KEYWORDS[octets]
    if any(len(each) % 2 for each in octets.split()):
        raise Ambiguous("a hexadecimal string of halves of octets", at)
    return Text()


def _plain_name(octets: bytes, at: int) -> bytes:
    if b"#" not in octets:
        return octets
    found = _ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode("ascii")), octets)
    if b"\0" in found:
        raise Ambiguous("a name with a zero octet", at)
    return found
