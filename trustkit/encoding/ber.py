"""BER that is not DER, brought into definite lengths: for messages whose writers stream (ITU-T X.690 8.1.3.6, 8.7.3).

    to_definite(octets)      # the same value; returned as found when there was nothing to change

Only what streaming writers do is undone: indefinite lengths, and OCTET STRINGs in segments. Everything else stays octet for
octet, so that a certificate inside is the one that came in, and a strict reader still refuses what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustkit.encoding import der
from trustkit.encoding.der_write import tlv
from trustkit.errors import ErrorCode, TrustError

MAX_ELEMENTS: Final = 200_000  # 64 MiB in segments of 400 octets; a fifth of a second's work
_INDEFINITE: Final = 0x80
_CONSTRUCTED: Final = 0x20
_SEGMENTED: Final = der.OCTET_STRING | _CONSTRUCTED
_HIGH_TAG: Final = 0x1F
_END: Final = b"\x00\x00"
_MAX_LENGTH_OCTETS: Final = 4


def to_definite(data: bytes, *, max_size: int = der.MAX_SIZE, max_depth: int = der.MAX_DEPTH) -> bytes:
    """Return the one BER value in `data` with definite lengths and OCTET STRINGs in one piece.

    Raises:
        TrustError: INPUT_TOO_LARGE (octets, elements), DER_DEPTH, DER_MALFORMED (overruns, trailing octets, an end where
            none is due, segments that are no OCTET STRINGs).
    """
    if len(data) > max_size:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "BER value", octets=len(data), limit=max_size)
    walk = _Walk(data=data, depth=max_depth)
    found, end = walk.element(0, len(data), 1)
    if end != len(data):
        raise TrustError(ErrorCode.DER_MALFORMED, "trailing octets", offset=end)
    return found


@dataclass(slots=True)
class _Walk:
    """One pass over a value; `count` bounds it."""

    data: bytes
    depth: int
    count: int = 0

    def element(self, offset: int, limit: int, depth: int) -> tuple[bytes, int]:
        """Return the element at `offset` rewritten, and where it ended."""
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "BER elements", limit=MAX_ELEMENTS)
        if depth > self.depth:
            raise TrustError(ErrorCode.DER_DEPTH, "nested too deeply", limit=self.depth)
        tag, body, end = self._header(offset, limit)
        if not tag & _CONSTRUCTED:
            return self.data[offset:end], end
        parts, changed, after = self._inside(body, limit if end < 0 else end, depth, indefinite=end < 0)
        if tag == _SEGMENTED:
            return tlv(der.OCTET_STRING, _joined(parts)), after
        if end >= 0 and not changed:
            return self.data[offset:end], end
        return tlv(tag, b"".join(parts)), after

    def _inside(self, body: int, limit: int, depth: int, *, indefinite: bool) -> tuple[list[bytes], bool, int]:
        """Return the rewritten members, whether one differs from what was found, and where the whole element ends."""
        parts: list[bytes] = []
        changed, offset = indefinite, body
        while True:
            if indefinite and self.data[offset : offset + 2] == _END and offset + 2 <= limit:
                return parts, changed, offset + 2
            if not indefinite and offset == limit:
                return parts, changed, offset
            part, after = self.element(offset, limit, depth + 1)
            changed = changed or len(part) != after - offset
            parts.append(part)
            offset = after

    def _header(self, offset: int, limit: int) -> tuple[int, int, int]:
        """Return identifier octet, start of the body and end; -1 for an indefinite length."""
        if offset + 2 > limit:
            raise TrustError(ErrorCode.DER_MALFORMED, "header runs past the end", offset=offset)
        tag, length, body = self.data[offset], self.data[offset + 1], offset + 2
        if tag & _HIGH_TAG == _HIGH_TAG or tag == 0:
            raise TrustError(ErrorCode.DER_MALFORMED, "tag number", offset=offset)
        if length == _INDEFINITE:
            if not tag & _CONSTRUCTED:
                raise TrustError(ErrorCode.DER_MALFORMED, "a primitive element without a length", offset=offset)
            return tag, body, -1
        if length > _INDEFINITE:
            count = length - _INDEFINITE
            if count > _MAX_LENGTH_OCTETS or body + count > limit:
                raise TrustError(ErrorCode.DER_MALFORMED, "length of the length", offset=offset)
            length, body = int.from_bytes(self.data[body : body + count], "big"), body + count
        if body + length > limit:
            raise TrustError(ErrorCode.DER_MALFORMED, "length runs past the end", offset=offset)
        return tag, body, body + length


def _joined(parts: list[bytes]) -> bytes:
    """Return the octets of the segments, each of which was rewritten into one primitive OCTET STRING."""
    pieces = []
    for part in parts:
        segment = der.read_tlv(part, 0, len(part))
        if segment.tag != der.OCTET_STRING:
            raise TrustError(ErrorCode.DER_MALFORMED, f"a segment with tag {segment.tag:#04x}")
        pieces.append(der.content(part, segment))
    return b"".join(pieces)
