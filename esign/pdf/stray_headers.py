"""What looks like the header of an object and stands where none is listed: a reader that mends files would take it for one.

Such a reader looks everywhere: among the octets of streams, in strings, and past comments between the three words of a header.
"""

from __future__ import annotations

from typing import Final

from esign.pdf.limits import MAX_OBJECTS
from trustkit.errors import ErrorCode, TrustError

_MARK: Final = b"obj"
_BLANK: Final = b"\0\t\n\f\r \x80\xff"  # the last two to pdfium
_DIGITS: Final = b"0123456789"
_MAX_MARKS: Final = 4 * MAX_OBJECTS  # "obj" and "endobj" of each object, and as many among the octets of streams
_ROOM: Final = 4096  # octets before a word; what is further apart is taken for a header
_COMMENTS: Final = 8  # between two words of a header; so is what has more


def stray_header(data: bytes, start: int, stop: int, headers: set[int]) -> int | None:
    """Return where, from `start` to `stop`, something ends like a header and is none of those that begin at `headers`.

    Raises:
        TrustError: PDF_LIMIT for a file that says "obj" too often.
    """
    mark = data.find(_MARK, start, stop)
    for _ in range(_MAX_MARKS):
        if mark < 0:
            return None
        found = _header_before(data, start, mark)
        if found is not None and found not in headers:
            return mark
        mark = data.find(_MARK, mark + len(_MARK), stop)
    raise TrustError(ErrorCode.PDF_LIMIT, "headers", limit=_MAX_MARKS)


def _header_before(data: bytes, start: int, mark: int) -> int | None:
    """Return where the two numbers before a word begin, None where there are none; -1 where it cannot be told."""
    low = max(start, mark - _ROOM)
    for end in _ends(data, low, mark):
        if end == low:
            return -1
        begin = _digits(data, low, end)
        for before in _ends(data, low, begin) if begin < end else ():
            if before == low:
                return -1
            if before < begin and (first := _digits(data, low, before)) < before:
                return first
    return None


def _ends(data: bytes, low: int, at: int, depth: int = 0) -> tuple[int, ...]:
    """Return where what comes before `at` may end: before blanks, and before a comment if the line may hold one."""
    end = len(data[low:at].rstrip(_BLANK)) + low
    if depth > _COMMENTS:
        return (low,)
    if not any(each in b"\r\n" for each in data[end:at]):
        return (end,)
    line = max(data.rfind(b"\r", low, end), data.rfind(b"\n", low, end)) + 1 or low
    comment = data.find(b"%", line, end)
    return (end,) if comment < 0 else (end, *_ends(data, low, comment, depth + 1))


def _digits(data: bytes, low: int, end: int) -> int:
    """Return where the digits before `end` begin."""
    return len(data[low:end].rstrip(_DIGITS)) + low
