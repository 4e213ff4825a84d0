"""A list of breached passwords that an operator supplies: SHA-1 digests in hexadecimal, sorted, one a line, counts behind a colon.

    breached = BreachedList.open(Path("pwned-passwords-sha1-ordered-by-hash.txt"))
    breached.holds("password")

That is the form Have I Been Pwned hands out, some 40 GB: it is looked up where it lies, by bisection, in some 36 short reads.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Self

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from pathlib import Path

_LINE: Final = re.compile(rb"([0-9A-Fa-f]{40})(:\d{1,15})?\r?")
_LONGEST: Final = 64  # octets of a line: 40 of the digest, a count, the line's end
_MOST_STEPS: Final = 64  # halvings of any file there can be


class BreachedList:
    """An open list. Safe in several threads; the file must not change while it is open."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a list and look at its first and last line. Raise FACTOR_PASSWORD_LIST."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise TrustError(IdentityCode.FACTOR_PASSWORD_LIST, "the file cannot be opened") from error
        found = cls(descriptor, os.fstat(descriptor).st_size)
        try:
            found._require_sorted_ends()
        except TrustError:
            found.close()
            raise
        return found

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def holds(self, password: str) -> bool:
        """Tell whether a password is in the list. Raise FACTOR_PASSWORD_LIST where it is damaged."""
        # The list names passwords by SHA-1; nothing is protected by it here.
        octets = password.encode("utf-8", "surrogatepass")
        wanted = digest(DigestAlgorithm.SHA1, octets, allow_weak=True).hex().upper().encode()
        low, high = 0, self._size
        for _ in range(_MOST_STEPS):
            if high - low <= _LONGEST:
                break
            middle = (low + high) // 2
            if self._line_at(middle) <= wanted:
                low = middle
            else:
                high = middle
        # The line lies among the few around the place that is left.
        around = self._read(max(0, low - _LONGEST), 5 * _LONGEST)
        return any(line[:40].upper() == wanted for line in around.split(b"\n"))

    def _require_sorted_ends(self) -> None:
        if not self._size or self._line_at(0) > self._line_at(max(0, self._size - 2 * _LONGEST)):
            raise TrustError(IdentityCode.FACTOR_PASSWORD_LIST, "the file is empty, or not sorted")

    def _line_at(self, offset: int) -> bytes:
        """Return the digest of the first line that begins at an offset or behind it, or of the last."""
        begin = max(0, offset - 1)
        lines = self._read(begin, 2 * _LONGEST + 1).split(b"\n")
        if begin or offset:
            lines = lines[1:]
        found = _LINE.fullmatch(lines[0]) if lines and lines[0] else None
        if found is None and offset + _LONGEST < self._size:
            raise TrustError(IdentityCode.FACTOR_PASSWORD_LIST, "a line is no digest in hexadecimal", at=offset)
        return found.group(1).upper() if found else b"~"  # behind every digest

    def _read(self, offset: int, size: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise TrustError(IdentityCode.FACTOR_PASSWORD_LIST, "the file cannot be read") from error
