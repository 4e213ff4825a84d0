"""Whether readers of PDF take the octets of an archive for a PDF: what is seen then depends on how the file is called.

    is_pdf_too(data)

Who builds such a file needs nobody's key: comments, extra fields, times and the way in which octets are packed are not signed. Readers
look for the mark of a PDF near the beginning, and forgiving ones need none: they follow the last ``startxref``, or make a table of their own
of whatever stands before ``obj`` (ISO 32000-1 7.3.10). So these words may stand nowhere in the clear; deflated, they do not.
"""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = b"%PDF-"
_MARK_WITHIN: Final = 1024  # octets, within which readers look for it (ISO 32000-1 annex H, 3.4.1)
_TABLE: Final = b"startxref"
_OBJECT: Final = b"obj"
_WHITE: Final = rb"(?:[\0\t\n\f\r ]|%[^\r\n]{0,4000}[\r\n])"
_BEGUN: Final = re.compile(rb"[0-9]" + _WHITE + rb"{1,4000}[0-9]{1,5}" + _WHITE + rb"{1,4000}\Z")
_BEFORE: Final = 4096  # octets looked back for the numbers of an object
_MAX_FOUND: Final = 1_000  # words "obj" looked at; packed octets hold one in sixteen million


def is_pdf_too(data: bytes) -> bool:
    """Whether some reader of PDF opens these octets as one."""
    return _MARK in data[:_MARK_WITHIN] or _TABLE in data or _holds_object(data)


def _holds_object(data: bytes) -> bool:
    at = data.find(_OBJECT)
    for _ in range(_MAX_FOUND):
        if at < 0:
            return False
        # the octet before decides nearly always, and the search back is for the others
        if data[at - 1 : at] in _ENDS_WHITE and _BEGUN.search(data, max(0, at - _BEFORE), at):
            return True
        at = data.find(_OBJECT, at + len(_OBJECT))
    return at >= 0


_ENDS_WHITE: Final = frozenset(bytes((each,)) for each in b"\0\t\n\f\r ")
