"""Whether the revisions behind a signature are written so that every reader sees the same file, to the last octet.

The difference analysis compares what one program reads. A reader that finds a fault mends the file: it takes whatever looks like an
object or a trailer, also inside a stream, the last one of a number first (Mladenov et al., CCS 2019, append objects that no
cross-reference lists). And one that reads a token otherwise sees other values. So what follows the signed octets is read here once more,
from the first octet to the last, by a grammar that leaves no room: objects, each listed at its own place by the section that
ends the revision; the section; the trailer; and no octet beside them. Nothing in a string or stream looks like part of a file.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import NumberObject, Reference, StreamObject

from esign.pdf.plain_syntax import PlainSyntax, UnplainError
from esign.pdf.reader import entry, name_of

if TYPE_CHECKING:
    from esign.pdf.reader import BoundedReader

_LINE: Final = rb"[ ]?(?:\r\n|\n|\r)"
_TABLE: Final = re.compile(rb"xref" + _LINE)
_SECTION: Final = re.compile(rb"([0-9]{1,10}) ([0-9]{1,10})" + _LINE)
_ROW: Final = 20  # octets (7.5.4)
_ROWS: Final = re.compile(rb"(?:[0-9]{10} [0-9]{5} [fn](?: \n|\r\n| \r))*")
_TRAILER: Final = re.compile(rb"[\t\n\r ]*trailer[\t\n\r ]*(?=<<)")
_TAIL: Final = re.compile(rb"[\t\n\r ]*startxref" + _LINE + rb"([0-9]{1,10})" + _LINE + rb"%%EOF(?:\r\n|\n|\r|$)")
_LENGTH: Final = re.compile(rb"/Length[\t\n\f\r ]+([0-9]{1,10})(?=[\t\n\f\r />])")
_HEADER: Final = re.compile(rb"[0-9][\0\t\n\f\r ]+$")
_HEADER_ROOM: Final = 16
_PAIRS: Final = re.compile(rb"[\t\n\f\r ]*([0-9]{1,10})[\t\n\f\r ]+([0-9]{1,10})(?=[\t\n\f\r ])")
_READ: Final = 2**16  # octets that are counted as a token when they are searched


def unplain_revision(reader: BoundedReader, data: bytes, end: int, revision: int) -> str:
    """Return why what follows the octets of a revision, up to `end`, is not plainly further revisions, or an empty text.

    Raise PDF_LIMIT for more than anybody writes, and what reading a stream raises.
    """
    for number in range(revision + 1, reader.xrefs.total_revisions):
        at = reader.plain.after_spaces(end)
        if at not in reader.plain_ends:
            try:
                reader.plain_ends[at] = _Revision(reader, number).read(at)
            except UnplainError as error:
                return f"readers may disagree about what the file shows: revision {number} is not written plainly ({error})"
        end = reader.plain_ends[at]
    return "" if end == len(data) else "octets follow the end-of-file mark"


class _Revision:
    """Reads one revision. Raises UnplainError where readers may see something else in it."""

    def __init__(self, reader: BoundedReader, number: int) -> None:
        info = reader.xrefs.get_xref_container_info(number)
        self._reader = reader
        self._syntax = reader.plain
        self._number = number
        self._listed = reader.xrefs.get_xref_data(number)
        self._section, self._stream = info.declared_startxref, info.stream_ref
        self._own: dict[tuple[int, int], int] = {}  # where each object of this revision stands
        self._streams = 0

    def read(self, begin: int) -> int:
        """Return where the revision that begins there ends."""
        syntax, at, is_ended = self._syntax, begin, False
        while not is_ended and (header := syntax.object_at(at)) is not None:
            number, generation, value = header
            if (number, generation) in self._own:
                raise UnplainError(at)
            self._own[number, generation] = at
            is_ended = at == self._section
            at = syntax.after_spaces(self._after_object(Reference(number, generation, self._reader), at, value))
        if not is_ended:
            at = self._after_table(at)
        match = _TAIL.match(syntax.data, at)
        if match is None or int(match[1]) != self._section:
            raise UnplainError(at)
        self._require_listed()
        self._require_nothing_else(begin, match.end(), has_table=not is_ended)
        return match.end()

    def _after_object(self, reference: Reference, at: int, value: int) -> int:
        """Return where an object ends, which the section lists at just this place."""
        end = self._syntax.after_value(value)
        begin = self._syntax.stream_at(end)
        if at == self._section:  # a cross-reference stream, which need not list itself
            lengths = _LENGTH.findall(self._syntax.data, value, end)
            if reference != self._stream or begin is None or len(lengths) != 1:
                raise UnplainError(at)
            self._streams += 1
            return self._syntax.after_stream(begin, int(lengths[0]))
        if self._listed.standard_xrefs.get(reference.idnum) != (reference.generation, at):
            raise UnplainError(at)
        if begin is None:
            return self._syntax.after_end(end)
        return self._after_stream(reference, at, begin)

    def _after_stream(self, reference: Reference, at: int, begin: int) -> int:
        found = self._reader.get_historical_resolver(self._number)(reference)
        length = entry(found, "/Length") if isinstance(found, StreamObject) else None
        if not isinstance(found, StreamObject) or not isinstance(length, NumberObject):
            raise UnplainError(at)
        self._streams += 1
        kind = name_of(found, "/Type")
        # a reader that mends a file takes whatever says that it holds objects or lists them
        if kind == "/XRef" or (kind == "/ObjStm") != (reference.idnum in self._listed.obj_streams_used):
            raise UnplainError(at)
        if kind == "/ObjStm":
            self._require_held(reference.idnum, found, at)
        return self._syntax.after_stream(begin, int(length))

    def _require_held(self, number: int, holder: StreamObject, at: int) -> None:
        """Require that an object stream holds what the section lists in it, in plain syntax, and nothing beside."""
        held = PlainSyntax(holder.read_data(DecodePurpose.OBJECT_STREAM) + b" ", self._syntax.count)
        first, count = entry(holder, "/First"), entry(holder, "/N")
        listed = {
            each.ix_in_stream: idnum
            for idnum, each in self._listed.xrefs_in_objstm.items()
            if each.obj_stream_id == number
        }
        if not isinstance(first, NumberObject) or not isinstance(count, NumberObject) or "/Extends" in holder:
            raise UnplainError(at)
        place, begins = 0, []
        for index in range(int(count)):
            self._syntax.count()
            match = _PAIRS.match(held.data, place)
            if match is None or match.end() > first or listed.pop(index, None) != int(match[1]):
                raise UnplainError(at)
            place = match.end()
            begins.append(int(first) + int(match[2]))
        if listed or held.after_spaces(place) < first:
            raise UnplainError(at)
        for begin, following in zip(begins, [*begins[1:], len(held.data)], strict=True):
            if held.after_spaces(held.after_value(begin)) > following:
                raise UnplainError(at)

    def _after_table(self, at: int) -> int:
        """Return where the trailer behind the section's table ends."""
        data = self._syntax.data
        start = _TABLE.match(data, at)
        if start is None or at != self._section:
            raise UnplainError(at)
        place = start.end()
        while (section := _SECTION.match(data, place)) is not None:
            end = section.end() + _ROW * int(section[2])
            rows = _ROWS.match(data, section.end(), end)
            if rows is None or rows.end() != end:
                raise UnplainError(section.end())
            place = end
        mark = _TRAILER.match(data, place)
        if mark is None:
            raise UnplainError(place)
        return self._syntax.after_value(mark.end())

    def _require_listed(self) -> None:
        """Require that the section lists objects of this revision, or repeats what the one before said."""
        before = self._reader.xrefs
        for number, (generation, place) in self._listed.standard_xrefs.items():
            if self._own.get((number, generation)) != place:
                reference = Reference(number, generation, self._reader)
                if before.get_historical_ref(reference, self._number - 1) != place:
                    raise UnplainError(place)
        for number, held in self._listed.xrefs_in_objstm.items():
            if (held.obj_stream_id, 0) not in self._own:
                reference = Reference(number, 0, self._reader)
                if before.get_historical_ref(reference, self._number - 1) != held:
                    raise UnplainError(self._section)

    def _require_nothing_else(self, begin: int, end: int, *, has_table: bool) -> None:
        """Require that no string or stream holds what a reader that mends a file would take for a part of it."""
        data, objects = self._syntax.data, len(self._own)
        self._syntax.count((end - begin) // _READ)
        parts = {
            b"endobj": objects,
            b"endstream": self._streams,
            b"trailer": int(has_table),
            b"startxref": 1,
            b"%%EOF": 1,
        }
        for word, count in parts.items():
            if data.count(word, begin, end) != count:
                raise UnplainError(begin)
        if data.count(b"obj", begin, end) == 2 * objects:
            return
        headers, mark = 0, data.find(b"obj", begin, end)
        while mark >= 0:
            self._syntax.count()
            headers += _HEADER.search(data, max(begin, mark - _HEADER_ROOM), mark) is not None
            mark = data.find(b"obj", mark + 1, end)
        if headers != objects:
            raise UnplainError(begin)
