"""Which streams every reader decodes to the same octets (ISO 32000-1 7.4): those whose encoding is as plain as what they hold.

Decoders differ in the rest: data behind the end of a deflation, or that end before it, filters upon filters. What is judged by what it
draws is read from plain ones alone.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
)

from esign.pdf.filters import is_one_to_all
from esign.pdf.limits import MAX_CONTENT_OCTETS, MAX_STREAM_OCTETS
from esign.pdf.reader import charge, entry, items

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import StreamObject

_FLATE: Final = ("/FlateDecode",)
_ASCII: Final = ("/ASCII85Decode", "/FlateDecode")
_ASCII_85: Final = re.compile(rb"[!-uz\t\n\f\r ]*~>[\t\n\f\r ]*")
_LINE_ENDS: Final = b"\r\n"
_TOLD: Final = ("/Filter", "/DecodeParms")
_OF_ROWS: Final = frozenset({"/Predictor", "/Columns", "/Colors", "/BitsPerComponent"})
_OCTET: Final = 8  # bits
_INFLATED: Final = 64  # octets that cost as much as one of content
_PIECE: Final = 64 * 1024  # octets inflated at once


def is_plainly_encoded(stream: StreamObject) -> bool:
    """Return whether every reader takes the same octets out of a stream: none, or one deflation, or that behind ASCII 85.

    A predictor, a file elsewhere (/F), data behind the end of a deflation, or data that end before it, are not plain; neither is
    more than may be read as operators. Raise PDF_LIMIT when the file has had too much read already.
    """
    if any(key in stream for key in ("/F", "/FFilter", "/FDecodeParms")):
        return False
    names = _listed(stream, "/Filter")
    parameters = _listed(stream, "/DecodeParms")
    if len(parameters) > max(1, len(names)) or not all(isinstance(each, NameObject) for each in names):
        return False
    plain = (each for each in parameters if not isinstance(each, NullObject))
    if not all(isinstance(each, DictionaryObject) and _is_unpredicted(each) for each in plain):
        return False
    spelt = tuple(str(each) for each in names)
    octets: bytes = stream.encoded_data
    if spelt == _FLATE:
        is_one, size = _deflation(octets, MAX_CONTENT_OCTETS)
        charge(stream, size // _INFLATED)
        return is_one
    return not spelt or (spelt == _ASCII and _ASCII_85.fullmatch(octets) is not None)


def is_deflated_whole(stream: StreamObject) -> bool:
    """Return whether a stream `is_one_to_all`, of rows of octets if any, and ends where its deflation does, if it is deflated."""
    octets: bytes = stream.encoded_data
    parameters = [each for each in _listed(stream, "/DecodeParms") if isinstance(each, DictionaryObject)]
    if any(isinstance(stream.raw_get(key), IndirectObject) for key in _TOLD if key in stream):
        return False  # said in another object, which may be another one to some
    if not is_one_to_all(stream) or not all(map(_is_of_octets, parameters)):
        return False
    return not _listed(stream, "/Filter") or _deflation(octets, MAX_STREAM_OCTETS)[0]


def _is_of_octets(parameters: DictionaryObject) -> bool:
    """Return whether rows are told by how many octets they have, in integers that stand there: what programs write of tables."""
    told = {key: parameters.raw_get(key) for key in parameters}
    return (
        told.keys() <= _OF_ROWS
        and all(isinstance(each, NumberObject) for each in told.values())
        and told.get("/Colors", 1) == 1
        and told.get("/BitsPerComponent", _OCTET) == _OCTET
    )


def _is_unpredicted(parameters: DictionaryObject) -> bool:
    value = entry(parameters, "/Predictor")
    return value is None or (isinstance(value, NumberObject) and value == 1)


def _listed(stream: StreamObject, key: str) -> list[object]:
    value = entry(stream, key)
    return [] if value is None else items(value) if isinstance(value, ArrayObject) else [value]


def _deflation(octets: bytes, most: int) -> tuple[bool, int]:
    """Return whether octets are deflated whole, with nothing but a line end behind, and what was inflated: little beyond `most`."""
    inflating = zlib.decompressobj()
    waiting, size = octets, 0
    try:
        while waiting and not inflating.eof and size <= most:
            size += len(inflating.decompress(waiting, _PIECE))
            waiting = inflating.unconsumed_tail
    except zlib.error:
        return False, size
    return inflating.eof and not inflating.unused_data.strip(_LINE_ENDS), size
