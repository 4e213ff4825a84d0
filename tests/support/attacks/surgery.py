"""Cutting a signed PDF open where it matters: byte range, gap, signature dictionary, field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.support.attacks.documents import CATALOGUE, body_of

_BYTE_RANGE: Final = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\] *")


@dataclass(frozen=True, slots=True)
class Cut:
    """The byte range of one signature as the file writes it: `start` and `end` bound the gap, `rest` follows it."""

    at: int
    room: int
    start: int
    end: int
    rest: int


def cuts(octets: bytes) -> tuple[Cut, ...]:
    """Return every byte range, in the order of the file."""
    return tuple(
        Cut(match.start(), len(match[0]), int(match[1]), int(match[2]), int(match[3]))
        for match in _BYTE_RANGE.finditer(octets)
    )


def cut(octets: bytes) -> Cut:
    """Return the last byte range: the one that covers most."""
    return cuts(octets)[-1]


def spell_range(octets: bytes, entry: bytes, *, index: int = -1) -> bytes:
    """Write another entry into the room of a byte range; every offset stays."""
    found = cuts(octets)[index]
    assert len(entry) <= found.room
    return octets[: found.at] + entry.ljust(found.room) + octets[found.at + found.room :]


def numbers(octets: bytes, *values: int) -> bytes:
    """Write other numbers into the byte range."""
    return spell_range(octets, b"/ByteRange [%s]" % b" ".join(b"%d" % value for value in values))


def contents_of(octets: bytes, *, index: int = -1) -> bytes:
    """Return the hexadecimal digits inside the gap."""
    found = cuts(octets)[index]
    return octets[found.start + 1 : found.end - 1]


def fill_gap(octets: bytes, gap: bytes, *, index: int = -1) -> bytes:
    """Write other octets into the whole gap, brackets included; spaces fill what is left."""
    found = cuts(octets)[index]
    assert len(gap) <= found.end - found.start
    return octets[: found.start] + gap.ljust(found.end - found.start) + octets[found.end :]


def rename_contents(octets: bytes, name: bytes) -> bytes:
    """Write another key before the gap."""
    found = cut(octets)
    at = octets.rindex(b"/Contents ", 0, found.start + 1)
    return octets[:at] + name + octets[at + len(b"/Contents ") :]


def signature_number(octets: bytes, *, index: int = -1) -> int:
    """Return the object number of a signature dictionary."""
    headers = re.findall(rb"[\r\n](\d+) 0 obj", octets[: cuts(octets)[index].at])
    return int(headers[-1])


def signature_body(octets: bytes, *, index: int = -1) -> bytes:
    """Return the signature dictionary as written."""
    found = cuts(octets)[index]
    start = octets.rindex(b"<<", 0, found.start)
    return octets[start : octets.index(b"endobj", found.end)].rstrip()


def field_number(octets: bytes, name: bytes = b"Signature1") -> int:
    """Return the object number of the field of that name."""
    found = re.findall(rb"[\r\n](\d+) 0 obj\s*<<(?:(?!endobj).)*?/T \(%s\)" % re.escape(name), octets, re.DOTALL)
    return int(found[-1])


def form_number(octets: bytes) -> int:
    """Return the object number of the interactive form."""
    found = re.search(rb"/AcroForm\s+(\d+) 0 R", body_of(octets, CATALOGUE))
    assert found is not None
    return int(found[1])


def listing(octets: bytes, number: int) -> dict[int, bytes]:
    """Return the form as it would be with one more field in front."""
    form = form_number(octets)
    return {form: re.sub(rb"/Fields\s*\[", b"/Fields [%d 0 R " % number, body_of(octets, form))}
