"""Updates written in streams (ISO 32000-1 7.5.7, 7.5.8) that one reader decodes, or counts, in another way than the next.

A catalogue or a content is then another one to some: parameters of filters that some heed and some do not, kinds of rows that some
ignore and some cut down to one they know. The honest twins are the same updates in the ways programs write them.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.documents import (
    CONTENT,
    FREE,
    append,
    contract,
    last_table,
    offset_of,
    root_of,
    stream,
    text,
)
from tests.support.attacks.model import CHANGED, MALFORMED, PASSED, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library
    from tests.support.attacks.model import Told

_HOLDER: Final = FREE + 1
_SECTION: Final = FREE + 2
_HELD: Final = FREE + 3
_COLUMNS: Final = 7
_FLATE: Final = b"/Filter /FlateDecode"
_UP: Final = b"<< /Predictor 12 /Columns 7 >>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How an update in streams is written: filters of the object stream and of the section, what follows their octets, rows."""

    holder: bytes = _FLATE
    section: bytes = _FLATE
    behind: bytes = b""
    width: int = 1  # octets of a row's kind
    kind: int | None = None  # of a further row, for the content, which leads to that of a draft
    more: bytes = b""  # behind the rows


def _coded(data: bytes, entries: bytes) -> bytes:
    if b"/Predictor" in entries:
        data = data.ljust(-(-len(data) // _COLUMNS) * _COLUMNS)
        above, rows = bytes(_COLUMNS), b""
        for at in range(0, len(data), _COLUMNS):
            row = data[at : at + _COLUMNS]
            rows += b"\2" + bytes((x - y) & 0xFF for x, y in zip(row, above, strict=True))
            above = row
        data = rows
    return zlib.compress(data) if b"/FlateDecode" in entries else data


def written_in_streams(octets: bytes, way: Way, draft: int = 0) -> bytes:
    """Return the file with an update that adds a string, in an object stream, under a section that is a stream."""
    head = b"%d 0 " % _HELD
    held = _coded(head + b"(a string)", way.holder) + way.behind
    holder = stream(held, b"/Type /ObjStm /N 1 /First %d %s" % (len(head), way.holder))
    body = b"%d 0 obj\n%s\nendobj\n" % (_HOLDER, holder)
    places = {_HOLDER: (1, len(octets), 0), _SECTION: (1, len(octets) + len(body), 0), _HELD: (2, _HOLDER, 0)}
    if way.kind is not None:
        places[CONTENT] = (way.kind, draft, 0)
    rows = b"".join(
        kind.to_bytes(way.width, "big") + place.to_bytes(4, "big") + at.to_bytes(2, "big")
        for _, (kind, place, at) in sorted(places.items())
    )
    index = b" ".join(b"%d 1" % number for number in sorted(places))
    information = re.findall(rb"/Info\s+\d+ \d+ R", octets)[-1]
    words = (_SECTION + 2, way.width, index, root_of(octets), last_table(octets), information, way.section)
    entries = (
        b"/Type /XRef /Size %d /W [%d 4 2] /Index [%s] /Root %s /Prev %d %s /ID [<00112233> <00112233>] %s" % words
    )
    section = stream(_coded(rows + way.more, way.section), entries)
    return (
        octets + body + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (_SECTION, section, len(octets) + len(body))
    )


_WAYS: Final[dict[str, tuple[Way, Told]]] = {
    "deflated": (Way(), PASSED),
    "not-encoded": (Way(holder=b"", section=b""), PASSED),
    "predicted": (Way(holder=_FLATE + b" /DecodeParms " + _UP, section=_FLATE + b" /DecodeParms " + _UP), PASSED),
    "predicted-in-arrays": (Way(holder=b"/Filter [/FlateDecode] /DecodeParms [%s]" % _UP), PASSED),
    "predicted-to-some": (Way(holder=b"/Filter [/FlateDecode] /DecodeParms " + _UP), CHANGED),
    "predicted-to-others": (Way(holder=b"/Filter /FlateDecode /DecodeParms [%s]" % _UP), CHANGED),
    "a-section-predicted-to-some": (Way(section=b"/Filter [/FlateDecode] /DecodeParms " + _UP), MALFORMED),
    "predicted-of-small-pixels": (
        Way(holder=_FLATE + b" /DecodeParms " + _UP[:-2] + b"/Colors 2 /BitsPerComponent 4 >>"),
        CHANGED,
    ),
    "decoded-as-another-object-says": (Way(holder=b"/Filter /FlateDecode /DecodeParms 8 0 R"), CHANGED),
    "octets-behind-a-deflation": (Way(behind=b"% more"), CHANGED),
    "octets-behind-the-rows": (Way(more=b"\1"), MALFORMED),
}
_ROWS: Final = {"wide": Way(width=5, kind=2**32 + 1), "of-two-octets": Way(width=2, kind=257), "unknown": Way(kind=3)}


def _draft(way: Way, level: CertificationLevel | None) -> Callable[[Library], bytes]:
    """Return what lists the content of a draft, by a kind of row that some readers ignore."""

    def build(library: Library) -> bytes:
        draft = contract({CONTENT: stream(text("Contract No. 2026-001: the price is 9999999 yuan."))})
        amended = append(draft, {CONTENT: stream(text("Contract No. 2026-001: the price is 1000 yuan."))})
        signed = library.approve(amended) if level is None else library.certify(amended, level)
        return written_in_streams(signed, way, offset_of(draft, CONTENT))

    return build


def _way(way: Way) -> Callable[[Library], bytes]:
    return lambda library: written_in_streams(library.contract, way)


ROWS: Final = (
    *(Row(f"update-in-streams-{what}", "contract", _way(way), told) for what, (way, told) in _WAYS.items()),
    *(
        Row(f"update-in-streams-with-rows-{what}-{who}", "contract", _draft(way, level), MALFORMED)
        for what, way in _ROWS.items()
        for who, level in (("approved", None), ("certified", CertificationLevel.NO_CHANGES))
    ),
)
