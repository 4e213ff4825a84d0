"""Files that may be taken for linearized (ISO 32000-1 annex F): some readers then begin at their head and not at their end.

The first object says how long the file is. While that is true, such a reader takes the cross-references behind that object and
never sees a revision that was added at the end. So a draft can be linearized for the length that the file will have once
the revision that is signed, or one after that, has been added.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

_ROOM: Final = 1 << 20  # octets in which the first object says so; annex F has it within the first 1024
_MOST: Final = 64  # places that may say how long the file is; a dictionary has one
_BLANK: Final = rb"[\0\t\n\f\r ]"
_BETWEEN: Final = rb"(?:[\0\t\n\f\r \x80\xff]++|%[^\r\n]*+)*+"  # pdfium takes the last two for blanks


def _spelt(name: bytes) -> bytes:
    """Return an expression for a name that may be written with escapes (7.3.5), up to its end."""
    letters = b"".join(rb"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name)
    return b"/" + letters + rb"(?=[\0\t\n\f\r \x80\xff()<>\[\]{}/%])"


_LEAD: Final = re.compile(_BETWEEN)
_NAME: Final = re.compile(_spelt(b"Linearized"))
_KEY: Final = re.compile(_spelt(b"L"))
_LENGTH: Final = re.compile(_BETWEEN + rb"([+-]?[0-9]{1,256}\.?[0-9]{0,64})")
_PLAIN: Final = re.compile(rb"[0-9]{1,10} [0-9]{1,5} obj%b*<<(?:[A-Za-z0-9./\[\]]|%b)*>>%b*endobj%b*" % ((_BLANK,) * 4))


def _announced(data: bytes) -> frozenset[float] | None:
    """Return the lengths that a file which may be taken for linearized says it has; None for more than a few, none for other files."""
    begin = _LEAD.match(data).end()  # type: ignore[union-attr] # it always matches
    first = _PLAIN.match(data, begin)
    end = begin + _ROOM if first is None else first.end()
    if _NAME.search(data, begin, end) is None:
        return frozenset()
    keys = list(islice(_KEY.finditer(data, begin, end), _MOST + 1))
    if len(keys) > _MOST:
        return None
    found = (_LENGTH.match(data, key.end()) for key in keys)
    return frozenset(float(each[1]) for each in found if each is not None)


def is_two_files(data: bytes, section: int | None) -> bool:
    """Return whether readers that begin at the head of a file take another cross-reference section than `section`, its last."""
    announced = _announced(data)
    if announced is not None and len(data) not in announced:
        return False
    first = _PLAIN.match(data, _LEAD.match(data).end())  # type: ignore[union-attr] # it always matches
    return first is None or first.end() != section


def says_it_grows(data: bytes) -> bool:
    """Return whether a file announces a length that it will have when something is added."""
    announced = _announced(data)
    return announced is None or any(length > len(data) for length in announced)
