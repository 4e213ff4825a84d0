"""Where paths stand in the XML of an OFD (ST_Loc of GB/T 33190), and which octets hold none at all.

What nobody signed is followed by every value (`esign.ofd.reach`); most files need no parsing to know that nothing stands in them.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.ofd.package import same_place
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esign.ofd.package import Package

# Elements whose text is a path, and the attributes that are one. Addresses of actions are none of these.
LOCATIONS: Final = frozenset(
    {
        "Cover",
        "DocRoot",
        "DocumentRes",
        "ExtendData",
        "File",
        "FileLoc",
        "FontFile",
        "MediaFile",
        "PageRes",
        "PublicRes",
        "SchemaLoc",
        "Thumbnail",
    }
)
LOCATION_LISTS: Final = frozenset({"Annotations", "Attachments", "CustomTags", "Extensions"})  # where nothing is inside
LOCATION_ATTRIBUTE: Final = "BaseLoc"
LOCATION_ATTRIBUTES: Final = frozenset({LOCATION_ATTRIBUTE, "Profile"})
MAX_VALUE: Final = 1024  # a longer text is no path


_NO_MARKS: Final = bytes(
    set(range(256)) - set(b"<>!?&#;=%\\\0\x1b")
)  # all but these say nothing of how words are spelt
_NO_LETTERS: Final = bytes(set(range(256)) - set(string.ascii_letters.encode() + b"."))
_SMALL: Final = bytes(range(256)).lower()
_BEGINNING: Final = 8  # where a declaration stands, behind a mark of the order of octets or none
# What spells or splits a word in another way: other encodings, comments and sections and document types, references, backslashes.
_DISGUISES: Final = (b"\0", b"\x1b", b"<!", b"&#", b"\\")
_ASCII: Final = bytes(range(128))
_OTHER_ENCODING: Final = re.compile(rb"""\A[^<]{0,8}<\?xml[^>]*?encoding(?!\s*=\s*["'](?i:utf-?8)["'])""")
_IN_NAMES: Final = frozenset("._-")
_ESCAPE: Final = re.compile(rb"%[0-9A-Fa-f]")  # a percentage is none


def is_plain(octets: bytes) -> bool:
    """Whether words stand in a file as they are spelt, whatever a reader makes of its octets."""
    marks = octets.translate(None, _NO_MARKS)  # a tenth of a page
    if any(map(marks.__contains__, _DISGUISES)) or (b"%" in marks and _ESCAPE.search(octets)):
        return False
    return marks.count(b"<?") <= octets[:_BEGINNING].count(b"<?xml")


def as_compared(data: bytes) -> bytes | None:
    """Return a file's octets with wide letters and the like made plain where there are any; None where they are in no UTF-8."""
    if data.isascii():
        return data
    try:
        every = set(data.translate(None, _ASCII).decode())
        if _OTHER_ENCODING.match(data):
            return None
        return same_place(data.decode()).encode() if any(map(_holds_ascii, every)) else data
    except UnicodeError:
        return None


@lru_cache(maxsize=16_384)
def _holds_ascii(character: str) -> bool:
    """Whether a character that is not ASCII is compared as one that is and may stand in a name."""
    return any(each.isascii() and (each.isalnum() or each in _IN_NAMES) for each in same_place(character))


def letters(octets: bytes) -> bytes:
    """Return the letters of ASCII in octets, in lower case, and the dots; half of a page."""
    return octets.translate(_SMALL, _NO_LETTERS)


def names_none(octets: bytes, words: Iterable[bytes]) -> bool:
    """Whether none of the words, which are `letters`, stands in octets: most pages hold none, and need not be parsed to know it.

    Where one does, it may be letters of several words.
    """
    small = letters(octets)
    return not any(map(small.__contains__, words))  # without a frame for each word


def shortest(words: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the words without those that have another inside: where none of these stands, none of all does."""
    every = set(words)
    return tuple(sorted(each for each in every if not any(other in each for other in every - {each})))


LOCATION_WORDS: Final = shortest(letters(each.encode()) for each in (*LOCATIONS, *LOCATION_LISTS, *LOCATION_ATTRIBUTES))


def is_xml(package: Package, name: str) -> bool:
    """Whether a file is followed: by its name, or where that says nothing by its first octets."""
    if name.lower().endswith(".xml"):
        return True
    try:
        return package.octets(name)[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")
    except TrustError:
        return False


def last_step(name: str) -> str:
    """Return what stands behind the last slash of a path."""
    return name.rpartition("/")[2]
