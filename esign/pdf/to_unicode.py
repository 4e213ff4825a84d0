"""What a font's /ToUnicode says its codes of two octets mean (ISO 32000-1 9.10.3): `bfchar` and `bfrange`, plainly written.

letters = read_to_unicode(stream)         # by code; None for a CMap that says it in other ways, or twice
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
import struct
from itertools import islice
from typing import TYPE_CHECKING, Final

from esign.pdf.encodings import plain_octets
from esign.pdf.reader import charge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyhanko.pdf_utils.generic import StreamObject

_COMMENT: Final = re.compile(rb"%[^\r\n<]*+(?=[\r\n]|\Z)")  # one in which no code stands, whoever reads it
_BEGUN: Final = re.compile(rb"begin(bfchar|bfrange)\s")
# possessive throughout: what was read once is never read in another way, so the time is that of the octets
_CHAR: Final = re.compile(rb"\s*+<([0-9A-Fa-f]{4})>\s*+<((?:[0-9A-Fa-f]{4}){1,8}+)>\s*+")
_RANGE: Final = re.compile(
    rb"\s*+<([0-9A-Fa-f]{4})>\s*+<([0-9A-Fa-f]{4})>\s*+(?:<([0-9A-Fa-f]{4})>|\[\s*+((?:<(?:[0-9A-Fa-f]{4}){1,8}+>\s*+)++)\])\s*+"
)
_PLAIN: Final = re.compile(rb"(?:<[0-9A-F]{4}> <[0-9A-F]{4}>\n)*+")  # as most writers have it: read at once
_PLAIN_PAIR: Final = len("<0001> <4E00>\n")
_TARGET: Final = re.compile(rb"<([0-9A-Fa-f]+)>")
_MOST: Final = 1 << 16
_LOW: Final = 0xFF  # the last octet, which a range does not carry beyond


def read_to_unicode(stream: StreamObject) -> dict[int, str] | None:
    """Return the letters of codes. Raise PDF_LIMIT when the file has had too much read already."""
    octets = plain_octets(stream)
    if octets is None:
        return None
    charge(stream, len(octets))
    octets = _COMMENT.sub(b"", octets)
    if b"usecmap" in octets or b"%" in octets:
        return None
    found: dict[int, str] = {}
    left = _MOST
    try:
        for kind, block in _blocks(octets):
            told = tuple(islice((_chars if kind == b"bfchar" else _ranges)(block), left + 1))
            left -= len(told)
            fresh = dict(told)
            twice = len(fresh) < len(told) or not found.keys().isdisjoint(fresh)
            if left < 0 or (twice and any(found.setdefault(code, letters) != letters for code, letters in told)):
                return None
            found |= fresh
    except ValueError:
        return None
    return found


def _blocks(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while (begun := _BEGUN.search(octets, at)) is not None:
        end = octets.find(b"end" + begun[1], begun.end())
        if end < 0:
            raise ValueError("a block without an end")
        yield begun[1], octets[begun.end() : end]
        at = end


def _matches(pattern: re.Pattern[bytes], octets: bytes) -> Iterator[re.Match[bytes]]:
    at = 0
    while at < len(octets):
        match = pattern.match(octets, at)
        if match is None:
            raise ValueError("no entry of a CMap")
        at = match.end()
        yield match


def _chars(octets: bytes) -> Iterable[tuple[int, str]]:
    if _PLAIN.fullmatch(octets):
        units = struct.unpack(
            f">{len(octets) // _PLAIN_PAIR * 2}H", bytes.fromhex(octets.translate(None, b"<>").decode("ascii"))
        )
        letters = "".join(map(chr, units[1::2]))
        letters.encode("utf-16-be")  # ValueError: half a pair is no letter
        return zip(units[0::2], letters, strict=True)
    return _any_chars(octets)


def _any_chars(octets: bytes) -> Iterator[tuple[int, str]]:
    for match in _matches(_CHAR, octets):
        yield int(match[1], 16), _text(match[2])


def _ranges(octets: bytes) -> Iterator[tuple[int, str]]:
    for match in _matches(_RANGE, octets):
        first, last = int(match[1], 16), int(match[2], 16)
        if last < first or first >> 8 != last >> 8:
            raise ValueError("a range that carries over")
        if match[3] is not None:
            begin = int(match[3], 16)
            if (begin & _LOW) + last - first > _LOW:
                raise ValueError("a range that carries over")
            yield from ((code, _text(b"%04x" % (begin + code - first))) for code in range(first, last + 1))
            continue
        targets = _TARGET.findall(match[4])
        if len(targets) != last - first + 1:
            raise ValueError("a range of another length")
        yield from ((first + at, _text(target)) for at, target in enumerate(targets))


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode("ascii")).decode("utf-16-be")
