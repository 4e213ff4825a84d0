"""Files that may be taken for linearized (ISO 32000-1 annex F): some readers then begin at their head and not at their end.

The first object says how long the file is. While that is true, such a reader takes the cross-references behind that object and
never sees a revision that was added at the end. So a draft can be linearized for the length that the file will have once
the revision that is signed, or one after that, has been added.
"""

from __future__ import annotations

import re
from typing import Final

_ROOM: Final = 1 << 20  # octets in which the first object says so; annex F has it within the first 1024
_BLANK: Final = rb"[\0\t\n\f\r ]"
_BETWEEN: Final = rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*+"


def _spelt(name: bytes) -> bytes:
    """Return an expression for a name that may be written with escapes (7.3.5), up to its end."""
    letters = b"".join(rb"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name)
    return b"/" + letters + rb"(?=[\0\t\n\f\r ()<>\[\]{}/%])"


_LEAD: Final = re.compile(_BETWEEN)
_NAME: Final = re.compile(_spelt(b"Linearized"))
_LENGTH: Final = re.compile(_spelt(b"L") + _BETWEEN + rb"([+-]?[0-9]{1,256}\.?[0-9]{0,64})")
_PLAIN: Final = re.compile(rb"[0-9]{1,10} [0-9]{1,5} obj%b*<<(?:[A-Za-z0-9./\[\]]|%b)*>>%b*endobj%b*" % ((_BLANK,) * 4))


def _announced(data: bytes) -> frozenset[float]:
    """Return the lengths that a file which may be taken for linearized says it has; none for other files."""
    begin = _LEAD.match(data).end()  # type: ignore[union-attr] # it always matches
    end = begin + _ROOM
    if _NAME.search(data, begin, end) is None:
        return frozenset()
    return frozenset(float(found[1]) for found in _LENGTH.finditer(data, begin, end))


def is_two_files(data: bytes, section: int | None) -> bool:
    """Return whether readers that begin at the head of a file take another cross-reference section than `section`, its last."""
    if len(data) not in _announced(data):
        return False
    first = _PLAIN.match(data, _LEAD.match(data).end())  # type: ignore[union-attr] # it always matches
    return first is None or first.end() != section


def says_it_grows(data: bytes) -> bool:
    """Return whether a file announces a length that it will have when something is added."""
    return any(length > len(data) for length in _announced(data))
