"""Which streams every reader decodes to the same octets (ISO 32000-1 7.4): those whose encoding is as plain as what they hold.

Decoders differ in the rest: data behind the end of a deflation, or that end before it, filters upon filters. What is judged by what it
draws is read from plain ones alone.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

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
from esign.pdf.plain_decoding import from_base_85, from_hexadecimal, from_lzw, from_runs, inflated
from esign.pdf.reader import charge, entry, items

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import StreamObject

_FLATE: Final = "/FlateDecode"
_PACKED: Final = {"/LZWDecode": from_lzw, "/RunLengthDecode": from_runs}
_SPELT: Final = {"/ASCII85Decode": from_base_85, "/ASCIIHexDecode": from_hexadecimal}
_ELSEWHERE: Final = ("/F", "/FFilter", "/FDecodeParms")  # the octets are in another file
_MOST_FILTERS: Final = 2  # one that spells what the other packed
_TOLD: Final = ("/Filter", "/DecodeParms")
_OF_ROWS: Final = frozenset({"/Predictor", "/Columns", "/Colors", "/BitsPerComponent"})
_DEFAULTS: Final = ("/Predictor", "/EarlyChange")  # both 1: nothing is to be done
_OCTET: Final = 8  # bits
_INFLATED: Final = 64  # octets that cost as much as one of content


def plain_octets(stream: StreamObject) -> bytes | None:
    """Return the octets that every reader takes out of a stream, None where they may differ.

    They are packed by one filter or none, and that may be spelt in ASCII. A predictor, a file elsewhere (/F), data behind the
    end of what is packed, or data that end before it, are not plain; neither is more than may be read as operators. Raise
    PDF_LIMIT when the file has had too much read already.
    """
    if any(key in stream for key in _ELSEWHERE):
        return None
    names = _listed(stream, "/Filter")
    parameters = _listed(stream, "/DecodeParms")
    if len(parameters) > max(1, len(names)) or not all(isinstance(each, NameObject) for each in names):
        return None
    plain = (each for each in parameters if not isinstance(each, NullObject))
    if not all(isinstance(each, DictionaryObject) and _says_nothing(each) for each in plain):
        return None
    filters = [str(each) for each in names]
    if not _SPELT.keys() >= set(filters[:-1]) or len(filters) > _MOST_FILTERS:
        return None
    found: bytes | None = stream.encoded_data
    for name in filters:
        found = None if found is None else _undone(stream, name, found)
    return found


def _undone(stream: StreamObject, name: str, octets: bytes) -> bytes | None:
    if name == _FLATE:
        found, size = inflated(octets, MAX_CONTENT_OCTETS)
        charge(stream, size // _INFLATED)
        return found
    undo = _PACKED.get(name) or _SPELT.get(name)
    if undo is None or len(octets) > MAX_CONTENT_OCTETS:
        return None
    charge(stream, len(octets))
    return undo(octets, MAX_CONTENT_OCTETS)


def deflated_size(stream: StreamObject) -> int | None:
    """Return how many octets a stream holds, in the open or deflated once without a predictor; None for any other.

    Raise PDF_LIMIT when the file has had too much read already.
    """
    if entry(stream, "/DecodeParms") is not None or any(key in stream for key in _ELSEWHERE):
        return None
    names, octets = _listed(stream, "/Filter"), stream.encoded_data
    if not names:
        return len(octets)
    if len(names) > 1 or not isinstance(names[0], NameObject) or names[0] != _FLATE:
        return None
    found, size = inflated(octets, MAX_STREAM_OCTETS)
    charge(stream, size // _INFLATED)
    return None if found is None else size


def is_deflated_whole(stream: StreamObject) -> bool:
    """Return whether a stream `is_one_to_all`, of rows of octets if any, and ends where its deflation does, if it is deflated."""
    octets: bytes = stream.encoded_data
    parameters = [each for each in _listed(stream, "/DecodeParms") if isinstance(each, DictionaryObject)]
    if any(isinstance(stream.raw_get(key), IndirectObject) for key in _TOLD if key in stream):
        return False  # said in another object, which may be another one to some
    if not is_one_to_all(stream) or not all(map(_is_of_octets, parameters)):
        return False
    return not _listed(stream, "/Filter") or inflated(octets, MAX_STREAM_OCTETS)[0] is not None


def _is_of_octets(parameters: DictionaryObject) -> bool:
    """Return whether rows are told by how many octets they have, in integers that stand there: what programs write of tables."""
    told = {key: parameters.raw_get(key) for key in parameters}
    return (
        told.keys() <= _OF_ROWS
        and all(isinstance(each, NumberObject) for each in told.values())
        and told.get("/Colors", 1) == 1
        and told.get("/BitsPerComponent", _OCTET) == _OCTET
    )


def _says_nothing(parameters: DictionaryObject) -> bool:
    values = (entry(parameters, key) for key in _DEFAULTS)
    return all(value is None or (isinstance(value, NumberObject) and value == 1) for value in values)


def _listed(stream: StreamObject, key: str) -> list[object]:
    value = entry(stream, key)
    return [] if value is None else items(value) if isinstance(value, ArrayObject) else [value]
