"""Objects in the plain syntax nearly all writers use, read by one expression: pyHanko's own values, several times sooner.

pyHanko reads octet by octet. What is not plain here (comments, names twice, streams whose length stands
elsewhere, objects in streams) is no error but `Unusual`: the full reader says what it is.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import binascii
import re
from io import BytesIO
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    StreamObject,
    pdf_string,
    read_string_from_stream,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.generic import Dereferenceable, PdfObject

MAX_DEPTH: Final = 16
MAX_TEXT: Final = 4096  # octets of a literal string; claims in a signature take a hundred
_TOKEN: Final = re.compile(
    rb"[\t\n\r ]*(?:(?P<name>/[A-Za-z0-9_.:+*#\-]{1,120})(?=[\t\n\r /\[\]<>(])"
    rb"|(?P<reference>[1-9][0-9]{0,6} 0 R)(?=[\t\n\r /\[\]<>(])"
    rb"|(?P<integer>[0-9]{1,10})(?=[\t\n\r /\[\]<>(])"
    rb"|(?P<open><<)|(?P<close>>>)|(?P<start>\[)|(?P<end>\])"
    rb"|(?P<number>[+-]?(?:[0-9]{1,12}\.[0-9]{0,12}|\.[0-9]{1,12}|[0-9]{1,12}))(?=[\t\n\r /\[\]<>(])"
    rb"|(?P<text>\()|<(?P<hex>[0-9A-Fa-f]*)>"
    rb"|(?P<word>true|false|null)(?=[\t\n\r /\[\]<>(]))"
)
_WHITE_SPACE: Final = b"\t\n\r "
_STREAM: Final = re.compile(rb"[\t\n\r ]*stream\r?\n")
_STREAM_END: Final = re.compile(rb"(?:\r\n|\n|\r)?endstream[\t\n\r ]+endobj\b")
_END: Final = re.compile(rb"[\t\n\r ]*endobj\b")


class Unusual(Exception):  # noqa: N818 - no error: the full way is open
    """The file is not written plainly here."""


def _name(octets: bytes) -> NameObject:
    if b"#" in octets:
        found: NameObject = NameObject.read_from_stream(BytesIO(octets + b" "))
        return found
    return NameObject(octets.decode("ascii"))


def _number(octets: bytes) -> PdfObject:
    return (FloatObject if b"." in octets else NumberObject)(octets.decode("ascii"))


def _string(digits: bytes) -> PdfObject:
    return pdf_string(binascii.unhexlify(digits + b"0" * (len(digits) % 2)))


def _word(octets: bytes) -> PdfObject:
    return NullObject() if octets == b"null" else BooleanObject(octets == b"true")


_SIMPLE: Final[dict[str, Callable[[bytes], PdfObject]]] = {
    "name": _name,
    "integer": _number,
    "number": _number,
    "hex": _string,
    "word": _word,
}


class Plain:
    """Reads one object after its header. `gap` is where a signature's hexadecimal string stands, `contents` its octets."""

    __slots__ = ("_at", "_container", "_contents", "_data", "_gap")

    def __init__(self, data: bytes, at: int, container: Dereferenceable, gap: tuple[int, int], contents: bytes) -> None:
        self._data = data
        self._at = at
        self._container = container
        self._gap = gap
        self._contents = contents

    def read(self) -> PdfObject:
        """Return the object. Raise Unusual."""
        found = self._value(0)
        if isinstance(found, DictionaryObject) and (match := _STREAM.match(self._data, self._at)):
            return self._stream(found, match.end())
        if not _END.match(self._data, self._at):
            raise Unusual
        return found

    def dictionary(self) -> DictionaryObject:
        """Return a dictionary that no "endobj" follows: a trailer. Raise Unusual."""
        found = self._value(0)
        if not isinstance(found, DictionaryObject):
            raise Unusual
        return found

    def _next(self) -> re.Match[bytes]:
        match = _TOKEN.match(self._data, self._at)
        if match is None:
            raise Unusual
        self._at = match.end()
        return match

    def _value(self, depth: int) -> PdfObject:
        start, end = self._gap
        if self._at <= start <= self._at + 1 and not self._data[self._at : start].strip(_WHITE_SPACE):
            self._at = end
            return self._kept(ByteStringObject(self._contents))
        return self._made(self._next(), depth)

    def _made(self, match: re.Match[bytes], depth: int) -> PdfObject:
        kind = match.lastgroup or ""
        simple = _SIMPLE.get(kind)
        if simple is not None:
            return self._kept(simple(match[kind]))
        if kind == "reference":
            number = int(match[kind].split()[0])
            return self._kept(IndirectObject(number, 0, self._container.get_pdf_handler()))
        if kind == "text":
            return self._text()
        if depth > MAX_DEPTH or kind not in ("open", "start"):
            raise Unusual
        return self._dictionary(depth) if kind == "open" else self._array(depth)

    def _kept(self, value: PdfObject) -> PdfObject:
        value.container_ref = self._container
        return value

    def _text(self) -> PdfObject:
        start = self._at - 1
        stream = BytesIO(self._data[start : start + MAX_TEXT])
        found: PdfObject = read_string_from_stream(stream)
        self._at = start + stream.tell()
        return self._kept(found)

    def _array(self, depth: int) -> PdfObject:
        found: list[PdfObject] = []
        while (match := self._next()).lastgroup != "end":
            found.append(self._made(match, depth + 1))
        return self._kept(ArrayObject(found))

    def _dictionary(self, depth: int) -> PdfObject:
        found: dict[NameObject, PdfObject] = {}
        while (match := self._next()).lastgroup != "close":
            if match.lastgroup != "name":
                raise Unusual
            key = _name(match["name"])
            if key in found:
                raise Unusual
            found[key] = self._value(depth + 1)
        return self._kept(DictionaryObject(found))

    def _stream(self, entries: DictionaryObject, begin: int) -> PdfObject:
        length = entries.raw_get("/Length") if "/Length" in entries else None
        if not isinstance(length, NumberObject) or isinstance(length, BooleanObject) or length < 0:
            raise Unusual
        end = begin + int(length)
        if not _STREAM_END.match(self._data, end):
            raise Unusual
        return self._kept(StreamObject(dict(entries), encoded_data=self._data[begin:end]))
