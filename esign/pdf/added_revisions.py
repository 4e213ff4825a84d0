"""The layout of octets added behind a signature, read so that no two readers can take them for different things.

An update is objects, one cross-reference section, and its tail (ISO 32000-1 7.5.6). A reader that finds one bent mends the file
as it thinks best: it looks for headers of objects, trailers and object streams wherever they stand, and shows what a strict
reader never sees (Mladenov et al., CCS 2019, begin this way). So every octet must be accounted for, in the one spelling that
all readers know (`esign.pdf.plain_syntax`), and whatever a mending reader would find must be what is listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.pdf.limits import MAX_OBJECTS
from esign.pdf.plain_syntax import Ambiguous, Name, Plainly, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.pdf.plain_syntax import PlainObject, Value

_BETWEEN: Final = re.compile(
    rb"(?:[\t\n\r ]++|%(?!%)[ -~\x80-\xff]{0,127}[\r\n])*"
)  # iText signs its updates in a comment
_HEADER: Final = re.compile(rb"([1-9][0-9]{0,7}) (0|[1-9][0-9]{0,4}) obj(?=[\t\n\r /\[<(])")
_TABLE: Final = re.compile(rb"xref(?:\r\n|\n|\r)")
_SECTION: Final = re.compile(rb"(0|[1-9][0-9]{0,7}) (0|[1-9][0-9]{0,7})[ ]?(?:\r\n|\n|\r)")
_ROWS: Final = re.compile(rb"(?:[0-9]{10} [0-9]{5} [nf](?: \n|\r\n| \r))*")
_ROW: Final = 20
_TRAILER: Final = re.compile(rb"trailer[\t\n\r ]*(?=<<)")
_TAIL: Final = re.compile(rb"startxref(?:\r\n|\n|\r)(0|[1-9][0-9]{0,9})(?:\r\n|\n|\r)%%EOF(?=[\r\n]|\Z)")


@dataclass(frozen=True, slots=True)
class AddedRevision:
    """One update: its objects by (number, generation) and the place of their header, its section's place and trailer dictionary.

    `rows` are the objects in use that its table lists, with their places; None where the section is a stream, which is then
    the object `section_key`.
    """

    objects: dict[tuple[int, int], tuple[int, PlainObject]]
    section: int
    trailer: dict[bytes, Value]
    rows: dict[tuple[int, int], int] | None
    section_key: tuple[int, int] | None
    end: int


class _Layout:
    def __init__(self, data: bytes, start: int, length_of: Callable[[Pointer], int | None]) -> None:
        self.at = start
        self._data = data
        self._plain = Plainly(data, len(data), length_of)

    def _blank(self) -> None:
        self.at = after_blanks(self._data, self.at)

    def revision(self) -> AddedRevision:
        """Read on to the end of an update."""
        objects: dict[tuple[int, int], tuple[int, PlainObject]] = {}
        numbers: set[int] = set()
        last: tuple[int, int] | None = None
        self._blank()
        while (header := _HEADER.match(self._data, self.at)) is not None:
            last = int(header[1]), int(header[2])
            if last[0] in numbers or len(numbers) >= MAX_OBJECTS:
                raise Ambiguous("an update with an object twice", self.at)
            numbers.add(last[0])
            found = self._plain.object(header.end())
            objects[last] = self.at, found
            self.at = found.end
            self._blank()
        section = self.at
        if _TABLE.match(self._data, section) is not None:
            rows = self._table()
            trailer, key = self._trailer(), None
        else:
            if last is None:
                raise Ambiguous("octets that are no update", section)
            section, stream = objects[last]
            trailer, rows, key = self._stream_section(stream, section), None, last
        self._tail(section)
        return AddedRevision(objects, section, trailer, rows, key, self.at)

    def _table(self) -> dict[tuple[int, int], int]:
        at = _TABLE.match(self._data, self.at).end()  # type: ignore[union-attr] # asked before
        rows: dict[tuple[int, int], int] = {}
        seen: set[int] = set()
        while (section := _SECTION.match(self._data, at)) is not None:
            first, count = int(section[1]), int(section[2])
            at, end = section.end(), section.end() + count * _ROW
            found = _ROWS.match(self._data, at, end) if first + count <= MAX_OBJECTS else None
            if found is None or found.end() != end:
                raise Ambiguous("a cross-reference table that is not plain", at)
            for number, row in zip(range(first, first + count), range(at, end, _ROW), strict=True):
                if number in seen:
                    raise Ambiguous("a cross-reference table with an object twice", row)
                seen.add(number)
                if self._data[row + 17] == ord("n"):
                    rows[number, int(self._data[row + 11 : row + 16])] = int(self._data[row : row + 10])
            at = end
        self.at = at
        return rows

    def _trailer(self) -> dict[bytes, Value]:
        mark = _TRAILER.match(self._data, self.at)
        if mark is None:
            raise Ambiguous("a cross-reference table without a plain trailer", self.at)
        found, self.at = self._plain.value(mark.end())
        if not isinstance(found, dict):
            raise Ambiguous("a trailer that is no dictionary", mark.end())
        return found

    def _stream_section(self, found: PlainObject, at: int) -> dict[bytes, Value]:
        if not isinstance(found.value, dict) or found.value.get(b"/Type") != Name(b"/XRef") or found.stream is None:
            raise Ambiguous("an update without a cross-reference section", at)
        return found.value

    def _tail(self, section: int) -> None:
        self._blank()
        tail = _TAIL.match(self._data, self.at)
        if tail is None or int(tail[1]) != section:
            raise Ambiguous("an update whose end is not plain", self.at)
        self.at = tail.end()


def read_added_revision(data: bytes, start: int, length_of: Callable[[Pointer], int | None]) -> AddedRevision:
    """Return the update that begins at octet `start`, blanks and comments before it.

    `length_of` gives the integer that an object holds, for streams whose length is one.

    Raises:
        Ambiguous: readers may disagree about what stands there.
    """
    return _Layout(data, start, length_of).revision()


def after_blanks(data: bytes, start: int) -> int:
    """Return where blanks and comments end (7.2.4)."""
    return _BETWEEN.match(data, start).end()  # type: ignore[union-attr] # it always matches
