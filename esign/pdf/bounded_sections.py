"""Cross-reference sections whose work is bounded, and that all readers take alike (ISO 32000-1 7.5.4, 7.5.8).

pyHanko trusts how many entries a cross-reference stream announces and how long a chain of sections is, ignores rows of kinds it does not
know, and takes the last of two places of an object.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyhanko.pdf_utils.xref import XRefBuilder, XRefSectionData

from esign.pdf.filters import is_one_to_all
from esign.pdf.limits import MAX_OBJECTS, MAX_REVISIONS
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.generic import Reference, StreamObject
    from pyhanko.pdf_utils.xref import XRefEntry

_MAX_FIELD_WIDTH: Final = 8  # octets of one number in a cross-reference stream; real ones use 1 to 4
_FIELDS: Final = 3
_KINDS: Final = frozenset({0, 1, 2})  # of rows: free, in use, in an object stream


class BoundedXRefBuilder(XRefBuilder):
    """Refuses cross-reference streams that announce more than they hold, and endless chains of sections."""

    def _read_xref_stream_object(self) -> tuple[Reference, StreamObject]:
        reference, stream = super()._read_xref_stream_object()
        widths = [int(width) for width in stream["/W"]]
        pairs = [int(number) for number in stream.get("/Index", [0, int(stream["/Size"])])]
        if len(widths) != _FIELDS or not all(0 <= w <= _MAX_FIELD_WIDTH for w in widths) or not any(widths):
            raise TrustError(ErrorCode.PDF_MALFORMED, "field widths of a cross-reference stream")
        _require_known_rows(stream, widths)
        if len(pairs) % 2 or any(number < 0 for number in pairs):
            raise TrustError(ErrorCode.PDF_MALFORMED, "index of a cross-reference stream")
        if sum(pairs[1::2]) > MAX_OBJECTS:
            raise TrustError(ErrorCode.PDF_LIMIT, "objects", limit=MAX_OBJECTS)
        self._count_section()
        return reference, stream

    def _read_xref_table(self, declared_startxref: int) -> Any:  # noqa: ANN401 - pyHanko names no type
        self._count_section()
        return super()._read_xref_table(declared_startxref)

    def _count_section(self) -> None:
        if len(self.sections) >= MAX_REVISIONS:
            raise TrustError(ErrorCode.PDF_LIMIT, "revisions", limit=MAX_REVISIONS)


def _require_known_rows(stream: StreamObject, widths: list[int]) -> None:
    """Refuse rows whose kind some readers ignore and some cut down to one they know (ISO 32000-1 table 18)."""
    if not is_one_to_all(stream):
        raise TrustError(ErrorCode.PDF_MALFORMED, "a cross-reference stream that readers decode differently")
    kind = widths[0]
    if kind > 1 or (kind and not _KINDS.issuperset(stream.data[:: sum(widths)])):
        raise TrustError(ErrorCode.PDF_MALFORMED, "rows of an unknown kind in a cross-reference stream")


class PlainSectionData(XRefSectionData):
    """Refuses a section that lists an object twice: pyHanko takes the last place, other readers the first."""

    def process_entries(self, entries: Iterator[XRefEntry], strict: bool) -> int:  # noqa: FBT001 - pyHanko's own
        """Read the entries as pyHanko does. Raise PDF_MALFORMED for an object listed twice."""
        highest: int = super().process_entries(_distinct(entries), strict)
        return highest


def _distinct(entries: Iterator[XRefEntry]) -> Iterator[XRefEntry]:
    seen: dict[int, XRefEntry] = {}
    for entry_ in entries:
        if seen.setdefault(entry_.idnum, entry_) != entry_:
            raise TrustError(
                ErrorCode.PDF_MALFORMED, "a cross-reference section lists an object twice", object=entry_.idnum
            )
        yield entry_
