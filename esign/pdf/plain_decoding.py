"""What is packed or spelt in a stream, undone where every reader undoes it alike (ISO 32000-1 7.4.2 to 7.4.5).

Each function takes octets and how many may come out, and returns None for what readers may mend each in its own way: signs that
are none, groups that overflow, codes that were not given out yet, a missing end, or anything but line ends behind it.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import Final

_LINE_ENDS: Final = b"\r\n"
_BLANKS: Final = b"\t\n\r "  # what every reader skips: a form feed ends the data to some
_BASE_85: Final = re.compile(rb"(?:z|[!-u]{5})*(?:[!-u]{2,4})?")
_END_85: Final = b"~>"
_HEXADECIMAL: Final = re.compile(rb"(?:[0-9A-Fa-f]{2})*")
_END_HEXADECIMAL: Final = b">"
_PIECE: Final = 64 * 1024  # octets inflated at once
_LITERALS: Final = 128  # from here on a length says how often one octet stands there; itself it is the end
_CLEAR, _END, _FIRST = 256, 257, 258  # codes of LZW
_CODES: Final = 4096
_LEAST_BITS: Final = 9
_MOST_BITS: Final = 12


def inflated(octets: bytes, most: int) -> tuple[bytes | None, int]:
    """Return what was deflated (7.4.4), and how many octets were inflated to tell: little beyond `most`."""
    inflating = zlib.decompressobj()
    waiting, size, pieces = octets, 0, list[bytes]()
    try:
        while waiting and not inflating.eof and size <= most:
            pieces.append(inflating.decompress(waiting, _PIECE))
            size += len(pieces[-1])
            waiting = inflating.unconsumed_tail
    except zlib.error:
        return None, size
    is_whole = inflating.eof and size <= most and not inflating.unused_data.strip(_LINE_ENDS)
    return b"".join(pieces) if is_whole else None, size


def from_base_85(octets: bytes, most: int) -> bytes | None:
    """Return what is spelt in ASCII 85 (7.4.3), of whole groups; the last one may be short."""
    spelt, end, behind = octets.translate(None, _BLANKS).partition(_END_85)
    if not end or behind or _END_85 not in octets or _BASE_85.fullmatch(spelt) is None:
        return None
    try:
        found = base64.a85decode(spelt)
    except ValueError:
        return None  # a group of more than four octets
    return found if len(found) <= most else None


def from_hexadecimal(octets: bytes, most: int) -> bytes | None:
    """Return what is spelt in hexadecimal digits, in pairs (7.4.2)."""
    spelt, end, behind = octets.translate(None, _BLANKS).partition(_END_HEXADECIMAL)
    if not end or behind or _HEXADECIMAL.fullmatch(spelt) is None or len(spelt) > 2 * most:
        return None
    return bytes.fromhex(spelt.decode("ascii"))


def from_runs(octets: bytes, most: int) -> bytes | None:
    """Return what is packed by run lengths (7.4.5)."""
    at, found = 0, bytearray()
    while at < len(octets) and (length := octets[at]) != _LITERALS and len(found) <= most:
        if length < _LITERALS:
            found += octets[at + 1 : at + 2 + length]
            at += length + 2
        else:
            found += octets[at + 1 : at + 2] * (2 * _LITERALS + 1 - length)
            at += 2
    is_whole = octets[at : at + 1] == bytes((_LITERALS,)) and not octets[at + 1 :].strip(_LINE_ENDS)
    return bytes(found) if is_whole and len(found) <= most else None


def from_lzw(octets: bytes, most: int) -> bytes | None:
    """Return what is packed by LZW, whose codes grow one early (7.4.4.2, /EarlyChange 1), and begin with a cleared table."""
    table = [bytes((octet,)) for octet in range(_CLEAR)] + [b"", b""]
    found, before, size = list[bytes](), b"", 0
    waiting = held = 0
    width, is_cleared = _LEAST_BITS, False
    for at, octet in enumerate(octets):
        waiting, held = waiting << 8 | octet, held + 8
        if held < width:
            continue
        held -= width
        code, waiting = waiting >> held, waiting & ((1 << held) - 1)
        if code == _CLEAR:
            del table[_FIRST:]
            before, width, is_cleared = b"", _LEAST_BITS, True
        elif code == _END:
            is_whole = is_cleared and size <= most and not octets[at + 1 :].strip(_LINE_ENDS)
            return b"".join(found) if is_whole else None
        elif not is_cleared or code >= len(table) + bool(before) or size > most:
            return None
        else:
            shown = table[code] if code < len(table) else before + before[:1]
            if before:
                table.append(before + shown[:1])
            if len(table) >= _CODES:
                return None  # readers differ in what they do with a full table
            width = min(_MOST_BITS, (len(table) + 1).bit_length())
            found.append(shown)
            before, size = shown, size + len(shown)
    return None
