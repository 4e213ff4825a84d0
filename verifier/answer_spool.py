"""Answers between who gives them and a client that may take them later: a little in memory, the rest in a file without a name."""

from __future__ import annotations

from collections import deque
from tempfile import TemporaryFile
from typing import IO, Final

from trustkit.errors import TrustError, disk_code

IN_MEMORY: Final = 1024 * 1024
_PIECE: Final = 64 * 1024


class AnswerSpool:
    """First in, first out. Used in one thread; the file is read and written through the system's cache."""

    def __init__(self) -> None:
        self._first: deque[bytes] = deque()
        self._in_memory = 0
        self._file: IO[bytes] | None = None
        self._written = 0
        self._taken = 0
        self._ended = False

    @property
    def waiting(self) -> int:
        """Octets put and not taken."""
        return self._in_memory + self._written - self._taken

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing will come."""
        return self._ended and self.waiting == 0

    def put(self, octets: bytes) -> None:
        """Keep some. Raise DISK_FULL or DISK_UNWRITABLE where the file takes no more."""
        if self._written == self._taken and self._in_memory + len(octets) <= IN_MEMORY:
            self._first.append(octets)
            self._in_memory += len(octets)
            return
        try:
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115 - closed by `close`
            self._file.seek(self._written)
            self._file.write(octets)
        except OSError as error:
            raise TrustError(disk_code(error), "answers cannot be kept") from error
        self._written += len(octets)

    def take(self) -> bytes:
        """Return what came first, nothing when nothing waits."""
        if self._first:
            octets = b"".join(self._first)
            self._first.clear()
            self._in_memory = 0
            return octets
        if self._file is None or self._written == self._taken:
            return b""
        self._file.seek(self._taken)
        octets = self._file.read(min(_PIECE, self._written - self._taken))
        self._taken += len(octets)
        if self._taken == self._written:
            self._file.truncate(0)
            self._written = self._taken = 0
        return octets

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
