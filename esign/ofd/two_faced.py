"""Whether readers of PDF take the octets of an archive for a PDF: what is seen then depends on how the file is called.

    is_pdf_too(data)

Who builds such a file needs nobody's key: comments, extra fields, times and the way in which octets are packed are not signed. Readers
look for the mark of a PDF near the beginning, and forgiving ones need none: they follow the last ``startxref``, or make a table of their own
of whatever stands before ``obj`` (ISO 32000-1 7.3.10). So these words may stand nowhere in the clear; deflated, they do not.
"""

from __future__ import annotations

from typing import Final

_MARK: Final = b"%PDF-"
_MARK_WITHIN: Final = 1024  # octets, within which readers look for it (ISO 32000-1 annex H, 3.4.1)
_TABLE: Final = b"startxref"
_OBJECT: Final = b"obj"
_WHITE: Final = b"\0\t\n\f\r "
_DIGITS: Final = b"0123456789"
_GENERATION_DIGITS: Final = 5
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
        # the octet before decides nearly always, and the look back is for the others
        if at and data[at - 1] in _WHITE and _may_begin(data[max(0, at - _BEFORE) : at]):
            return True
        at = data.find(_OBJECT, at + len(_OBJECT))
    return at >= 0


def _may_begin(before: bytes) -> bool:
    """Whether octets end with two numbers and white space behind each, or may do so, where a comment or nothing else stands there."""
    rest = before.rstrip(_WHITE)
    if not rest:
        return len(before) == _BEFORE  # numbers may stand before all the white space that is looked at
    if _may_be_comment(rest):
        return True
    first = rest.rstrip(_DIGITS)
    number = first.rstrip(_WHITE)
    if not 0 < len(rest) - len(first) <= _GENERATION_DIGITS or len(number) == len(first):
        return False
    return _may_be_comment(number) or number[-1:].isdigit()


def _may_be_comment(text: bytes) -> bool:
    """Whether a sign that begins comments stands in the last line."""
    return text.find(b"%", max(text.rfind(b"\n"), text.rfind(b"\r")) + 1) >= 0
