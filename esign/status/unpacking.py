"""The entries of a list from the octets they are packed in, without being blown up (draft-ietf-oauth-status-list clause 4.1)."""

from __future__ import annotations

import zlib

from esign.status.model import BITS_READ, MAX_LIST_SIZE, StatusEntries
from trustkit.errors import ErrorCode, TrustError

_CODE = ErrorCode.STATUS_LIST_MALFORMED


def unpack_octets(packed: bytes, bits: int) -> StatusEntries:
    """Return the entries of a zlib stream (RFC 1950), at most 16 MiB unpacked. Raise STATUS_LIST_MALFORMED."""
    if bits not in BITS_READ:
        raise TrustError(_CODE, "bits is not 1, 2, 4 or 8", bits=bits)
    stream = zlib.decompressobj()
    try:
        octets = stream.decompress(packed, MAX_LIST_SIZE)
        # the limit may fall just before the stream's end mark, which one more call reads
        surplus = stream.decompress(stream.unconsumed_tail, 1) if not stream.eof else b""
    except zlib.error as error:
        raise TrustError(_CODE, "the list does not unpack") from error
    if surplus:
        raise TrustError(_CODE, "the list is too long unpacked", limit=MAX_LIST_SIZE)
    if not stream.eof or stream.unused_data or not octets:
        raise TrustError(_CODE, "the list is empty, cut short or followed by something else")
    return StatusEntries(bits, octets)
