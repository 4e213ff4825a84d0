"""Objects that stand in later revisions and are in no cross-reference: readers that mend files would show them.

Mladenov et al. (CCS 2019) append objects without listing them. A strict reader never sees them, a mending one takes the last
object of a number it finds, and what two readers may show differently is no unchanged file.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import StreamObject

from esign.pdf.limits import MAX_OBJECTS
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.generic import Reference

    from esign.pdf.reader import BoundedReader

_MARK: Final = b"obj"
_ENDING: Final = ord("d")  # of "endobj"
_HEADER: Final = re.compile(rb"\d{1,10}[\0\t\n\f\r ]{1,8}\d{1,5}[\0\t\n\f\r ]{1,8}$")
_ROOM: Final = 32  # octets of a header before its word
_MAX_MARKS: Final = 4 * MAX_OBJECTS  # "obj" and "endobj" of each object, and as many among the octets of streams


def unlisted_object(reader: BoundedReader, data: bytes, start: int) -> int | None:
    """Return where, from `start` on, an object stands that no revision lists; None when there is none."""
    found = list(_headers(data, start))
    if not found:
        return None
    listed = _listed(reader)
    strays = [place for place in found if place not in listed]
    if not strays:
        return None
    places = sorted(listed)
    for stray in strays:
        before = bisect_right(places, stray) - 1
        if before < 0 or not _lies_in_stream(reader, data, places[before], listed[places[before]], stray):
            return stray
    return None


def _headers(data: bytes, start: int) -> Iterator[int]:
    """Yield where, from `start` on, something stands that looks like the header of an object. Raise PDF_LIMIT."""
    count, mark = 0, data.find(_MARK, start)
    while mark >= 0:
        if data[mark - 1] != _ENDING:
            found = _HEADER.search(data[max(start, mark - _ROOM) : mark])
            if found is not None:
                yield max(start, mark - _ROOM) + found.start()
        count += 1
        if count > _MAX_MARKS:
            raise TrustError(ErrorCode.PDF_LIMIT, "objects", limit=MAX_OBJECTS)
        mark = data.find(_MARK, mark + len(_MARK))


def _listed(reader: BoundedReader) -> dict[int, tuple[Reference, int] | None]:
    """Return each place that a cross-reference lists, with the object and its revision; None for reference streams."""
    found: dict[int, tuple[Reference, int] | None] = {}
    for revision in range(reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            place = reader.xrefs.get_historical_ref(reference, revision)
            if isinstance(place, int):
                found[place] = (reference, revision)
        found[reader.xrefs.get_xref_container_info(revision).start_location] = None
    return found


def _lies_in_stream(
    reader: BoundedReader, data: bytes, place: int, listed: tuple[Reference, int] | None, stray: int
) -> bool:
    """Return whether `stray` lies among the octets of the stream listed at `place`: an attached PDF, say."""
    if listed is None:
        return False
    reference, revision = listed
    found = reader.get_historical_resolver(revision)(reference)
    if not isinstance(found, StreamObject):
        return False
    begin = data.find(found.encoded_data, place)
    return place <= begin <= stray < begin + len(found.encoded_data)
