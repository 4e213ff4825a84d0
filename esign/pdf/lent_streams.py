"""Long streams of a file that is held already: their payload is a view of the file's octets, and a copy only while somebody looks at it."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pyhanko.pdf_utils.generic import Reference, StreamObject

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import PdfObject
    from pyhanko.pdf_utils.reader import HistoricalResolver

_PAYLOAD = "_encoded_data"  # pyHanko's own name for it


class LentStream(StreamObject):
    """A stream whose payload is read anew each time it is asked for."""

    @property  # type: ignore[override,unused-ignore]
    def _encoded_data(self) -> bytes | None:
        held = self.__dict__[_PAYLOAD]
        return bytes(held) if isinstance(held, memoryview) else held

    @_encoded_data.setter
    def _encoded_data(self, octets: bytes | None) -> None:
        self.__dict__[_PAYLOAD] = octets


def held_payload(stream: StreamObject) -> bytes:
    """Return the payload of a stream as it is held, for another object that is to hold it: lent where it was lent."""
    held: bytes = stream.__dict__[_PAYLOAD] if isinstance(stream, LentStream) else stream.encoded_data
    return held


def lent_on(stream: LentStream, entries: dict[str, PdfObject], view: HistoricalResolver) -> PdfObject:
    """Return a lent stream with other entries as an object of another view of the file."""
    found = with_lent_payload(StreamObject(entries, encoded_data=held_payload(stream)))
    held = cast("Reference", stream.get_container_ref())
    found.container_ref = Reference(held.idnum, held.generation, view)
    return found


def with_lent_payload(found: PdfObject) -> PdfObject:
    """Return an object as it was read; a stream whose payload was lent as one that lends it, whatever else as it is."""
    if not isinstance(found, StreamObject) or not isinstance(found.__dict__.get(_PAYLOAD), memoryview):
        return found
    if type(found) is StreamObject:
        found.__class__ = LentStream
    else:  # XMP, which pyHanko has a class of its own for
        found.__dict__[_PAYLOAD] = bytes(found.__dict__[_PAYLOAD])
    return found
