"""The short way to the usual signature: its long hexadecimal string decoded in one call.

pyHanko reads a hexadecimal string octet by octet, which takes most of the time of reading a signed licence. Where a
``/ByteRange`` is written as usual and its gap is one hexadecimal string, this module parses the object around it with a
placeholder in the place of that string and hands the result to the reader's cache. Structure is parsed by the same code
as ever; only the string's octets come another way. Anything unusual has no effect, and the reader takes the long way.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import binascii
import re
from hashlib import sha256
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ByteStringObject, DictionaryObject, Reference, StreamObject, pdf_name, read_object

from esign.pdf.limits import MAX_SIGNATURES
from esign.pdf.reader import FAILURES

if TYPE_CHECKING:
    from esign.pdf.reader import BoundedReader

_BYTE_RANGE: Final = re.compile(
    rb"/ByteRange[\0\t\n\f\r ]*\[[\0\t\n\f\r ]*0 (\d{1,10}) (\d{1,10}) (\d{1,10})[\0\t\n\f\r ]*\]"
)
_HEADER: Final = re.compile(rb"(\d{1,10}) (\d{1,5}) obj$")
_HEADER_ROOM: Final = 24
_END: Final = b"endobj"
_WHITE_SPACE: Final = b"\0\t\n\f\r "
_ROOM: Final = 64 * 1024  # octets of a signature dictionary before and after its string; the usual one takes 500


def preload_signatures(reader: BoundedReader, data: bytes) -> int:
    """Put parsed signature dictionaries into the reader's cache. Return for how many the short way was open."""
    # a placeholder that the file cannot foresee, so that finding it proves that the gap is the value of /Contents
    placeholder = sha256(data).digest()
    matches = islice(_BYTE_RANGE.finditer(data), MAX_SIGNATURES)
    return sum(_preload(reader, data, match, placeholder) for match in matches)


def _preload(reader: BoundedReader, data: bytes, byte_range: re.Match[bytes], placeholder: bytes) -> bool:
    start, end = int(byte_range[1]), int(byte_range[2])
    if not 0 < start < end - 1 < len(data) or data[start] != ord("<") or data[end - 1] != ord(">"):
        return False
    found = _object_around(reader, data, start)
    close = data.find(_END, end, end + _ROOM) + len(_END)
    if found is None or close < end:
        return False
    reference, body = found
    stream = BytesIO(data[body:start] + b"<" + placeholder.hex().encode() + b">" + data[end:close])
    try:
        contents = binascii.unhexlify(data[start + 1 : end - 1])  # refuses white space and an odd digit
        parsed = read_object(stream, reference)
    except FAILURES:  # the long way will tell what is wrong
        return False
    if not isinstance(parsed, DictionaryObject) or isinstance(parsed, StreamObject):
        return False
    written = parsed.raw_get("/Contents") if "/Contents" in parsed else None
    if getattr(written, "original_bytes", None) != placeholder or stream.read().strip(_WHITE_SPACE) != _END:
        return False
    parsed[pdf_name("/Contents")] = ByteStringObject(contents)
    reader.cache_indirect_object(reference.generation, reference.idnum, parsed)
    return True


def _object_around(reader: BoundedReader, data: bytes, position: int) -> tuple[Reference, int] | None:
    """Return the object whose header last precedes `position` and where its value begins, if the file lists it there."""
    mark = data.rfind(b" obj", max(0, position - _ROOM), position) + len(b" obj")
    match = _HEADER.search(data, max(0, mark - _HEADER_ROOM), mark)
    if match is None:
        return None
    reference = Reference(int(match[1]), int(match[2]), reader)
    if reader.xrefs[reference] != match.start():
        return None
    return reference, mark + len(data[mark:position]) - len(data[mark:position].lstrip(_WHITE_SPACE))
