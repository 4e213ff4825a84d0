"""Objects in the plain syntax nearly all writers use, read by one expression: pyHanko's own values, several times sooner.

pyHanko reads octet by octet. What is not plain here (comments, names twice, streams whose length stands
elsewhere, objects in streams) is no error but `Unusual`: the full reader says what it is.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import binascii
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, charmap_decode
from functools import lru_cache
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
    TextStringEncoding,
    TextStringObject,
    pdf_string,
    read_string_from_stream,
)

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import Dereferenceable, PdfObject

MAX_DEPTH: Final = 16
MAX_TEXT: Final = 4096  # octets of a literal string; claims in a signature take a hundred
_NAMES: Final = 1024  # kept for all files, of 120 octets at most: writers use some two hundred
_KEY: Final = rb"(/[A-Za-z0-9_.:+*#\-]{1,120})(?=[\t\n\r /\[\]<>(])"
_SIMPLE: Final = (  # what most values are: a name, a reference, a number
    _KEY + rb"|([1-9][0-9]{0,6}) 0 R(?=[\t\n\r /\[\]<>(])|([0-9]{1,10})(?=[\t\n\r /\[\]<>(])"
)
_TOKEN: Final = re.compile(  # its groups have their names below
    rb"[\t\n\r ]*(?:" + _SIMPLE + rb"|(<<)|(\[)|(\])"
    rb"|([+-]?(?:[0-9]{1,12}\.[0-9]{0,12}|\.[0-9]{1,12}|[0-9]{1,12}))(?=[\t\n\r /\[\]<>(])"
    rb"|\(([ -'*-\[\]-~]*(?:\\[0-3][0-7]{2}[ -'*-\[\]-~]*)*)\)|(\()|<([0-9A-Fa-f]*)>"
    rb"|(true|false|null)(?=[\t\n\r /\[\]<>(]))"
)
_NAME, _REFERENCE, _INTEGER, _OPEN, _START, _END_ARRAY, _NUMBER, _TEXT, _ANY_TEXT, _HEX, _WORD = range(1, 12)
_PAIR: Final = re.compile(rb"[\t\n\r ]*(?:" + _KEY + rb"(?:[\t\n\r ]*(?:" + _SIMPLE + rb"))?|(>>))")
_INTEGERS: Final = re.compile(
    rb"((?:[\t\n\r ]*[0-9]{1,10}(?=[\t\n\r \]]))++)[\t\n\r ]*\]"
)  # a box, or the widths of a font
_CLOSE: Final = 5  # of a pair's groups: the key, one of the simple values, or the end
_OCTAL: Final = re.compile(rb"\\([0-3][0-7]{2})")  # pyHanko writes all but letters and digits so
_WHITE_SPACE: Final = b"\t\n\r "
_STREAM: Final = re.compile(rb"[\t\n\r ]*stream\r?\n")
_STREAM_END: Final = re.compile(rb"(?:\r\n|\n|\r)?endstream[\t\n\r ]+endobj\b")
_END: Final = re.compile(rb"[\t\n\r ]*endobj\b")


_MARKS: Final = (BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF8)


def _pdf_doc(octet: int) -> str:
    try:
        found: str = TextStringEncoding.PDF_DOC.decode(bytes((octet,)))
    except UnicodeDecodeError:
        return "\ufffe"  # how a table for `charmap_decode` says that there is nothing
    return found


_PDF_DOC: Final = "".join(map(_pdf_doc, range(256)))  # PDFDocEncoding as pyHanko has it (ISO 32000-1 D.2)


class Unusual(Exception):  # noqa: N818 - no error: the full way is open
    """The file is not written plainly here."""


@lru_cache(maxsize=_NAMES)
def _name(octets: bytes) -> NameObject:
    if b"#" in octets:
        found: NameObject = NameObject.read_from_stream(BytesIO(octets + b" "))
        return found
    return NameObject(octets.decode("ascii"))


def _octet(escape: re.Match[bytes]) -> bytes:
    return bytes((int(escape[1], 8),))


def _string(octets: bytes) -> PdfObject:
    """Return what `pdf_string` does; text without a mark of its encoding is read at once, and not octet by octet."""
    if octets.startswith(_MARKS):
        return pdf_string(octets)
    try:
        text, _ = charmap_decode(octets, "strict", _PDF_DOC)
    except UnicodeDecodeError:
        return ByteStringObject(octets)
    found = TextStringObject(text)
    found.autodetected_encoding = TextStringEncoding.PDF_DOC
    return found


def _word(octets: bytes) -> PdfObject:
    return NullObject() if octets == b"null" else BooleanObject(octets == b"true")


class Plain:
    """Reads one object after its header. `gap` is where a signature's hexadecimal string stands, `contents` its octets.

    What holds other values, and a stream, knows its container as pyHanko's own does; names, numbers and strings do not, for
    nothing here asks them and names are shared.
    """

    __slots__ = ("_at", "_container", "_contents", "_data", "_gap", "_handler")

    def __init__(self, data: bytes, at: int, container: Dereferenceable, gap: tuple[int, int], contents: bytes) -> None:
        self._data = data
        self._at = at
        self._container = container
        self._handler = container.get_pdf_handler()
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

    def _value(self, depth: int) -> PdfObject:
        at, (start, end) = self._at, self._gap
        if at <= start <= at + 1 and not self._data[at:start].strip(_WHITE_SPACE):
            self._at = end
            return ByteStringObject(self._contents)
        match = _TOKEN.match(self._data, at)
        if match is None:
            raise Unusual
        self._at = match.end()
        return self._made(match, depth)

    def _made(self, match: re.Match[bytes], depth: int) -> PdfObject:  # noqa: PLR0911 - a kind of value each
        kind = match.lastindex or 0
        octets = match[kind]
        if kind <= _INTEGER:
            return self._simple(kind, octets)
        if kind == _OPEN and depth <= MAX_DEPTH:
            return self._dictionary(depth)
        if kind == _START and depth <= MAX_DEPTH:
            return self._array(depth)
        if kind == _TEXT and len(octets) <= MAX_TEXT:
            return _string(_OCTAL.sub(_octet, octets) if b"\\" in octets else octets)
        if kind == _ANY_TEXT:
            return self._any_text()
        if kind == _NUMBER:
            return FloatObject(octets.decode("ascii")) if b"." in octets else NumberObject(octets)
        if kind == _HEX:
            return _string(binascii.unhexlify(octets + b"0" * (len(octets) % 2)))
        if kind == _WORD:
            return _word(octets)
        raise Unusual

    def _simple(self, kind: int, octets: bytes) -> PdfObject:
        if kind == _NAME:
            return _name(octets)
        if kind == _INTEGER:
            return int.__new__(NumberObject, octets)
        found = IndirectObject(int(octets), 0, self._handler)
        found.container_ref = self._container
        return found

    def _any_text(self) -> PdfObject:
        start = self._at - 1
        stream = BytesIO(self._data[start : start + MAX_TEXT])
        found: PdfObject = read_string_from_stream(stream)
        self._at = start + stream.tell()
        return found

    def _array(self, depth: int) -> PdfObject:
        found = ArrayObject()
        if (match := _INTEGERS.match(self._data, self._at)) is not None:
            self._at = match.end()
            found.extend([int.__new__(NumberObject, each) for each in match[1].split()])
            found.container_ref = self._container
            return found
        while (match := _TOKEN.match(self._data, self._at)) is not None:
            self._at = match.end()
            if match.lastindex == _END_ARRAY:
                found.container_ref = self._container
                return found
            found.append(self._made(match, depth + 1))
        raise Unusual

    def _dictionary(self, depth: int) -> PdfObject:
        found: dict[NameObject, PdfObject] = {}
        while (match := _PAIR.match(self._data, self._at)) is not None:
            self._at = match.end()
            kind = match.lastindex or 0
            if kind == _CLOSE:
                made = DictionaryObject()
                dict.update(made, found)  # its own way looks at each key again
                made.container_ref = self._container
                return made
            key = _name(match[1])
            if key in found:
                break
            found[key] = self._value(depth + 1) if kind == 1 else self._simple(kind - 1, match[kind])
        raise Unusual

    def _stream(self, entries: DictionaryObject, begin: int) -> PdfObject:
        length = entries.raw_get("/Length") if "/Length" in entries else None
        if not isinstance(length, NumberObject) or isinstance(length, BooleanObject) or length < 0:
            raise Unusual
        end = begin + int(length)
        if not _STREAM_END.match(self._data, end):
            raise Unusual
        found = StreamObject(entries, encoded_data=self._data[begin:end])
        found.container_ref = self._container
        return found
