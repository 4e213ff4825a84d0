"""Whose turn it is to write, among the threads of one process over SQLite, which has one writer at a time.

Left to SQLite, who waits sleeps and asks again, and may do so for seconds while others come and go. Here the next goes on at once; and one
who writes for many (`ahead`) waits for the one writer before him, however many others wait.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class WritersTurns:
    """The turns of one process at one database, in the order of their asking."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._guard = threading.Lock()
        self._writing = False
        self._waiting: deque[threading.Lock] = deque()  # each held until its owner's turn

    @contextmanager
    def taken(self, *, ahead: bool = False) -> Iterator[None]:
        """Wait for one's turn, no longer than for writers of other processes: the database then says what it is."""
        mine = self._waited(ahead=ahead)
        try:
            yield
        finally:
            if mine:
                self._hand_on()

    def _waited(self, *, ahead: bool) -> bool:
        with self._guard:
            if not self._writing:
                self._writing = True
                return True
            turn = threading.Lock()
            turn.acquire()
            (self._waiting.appendleft if ahead else self._waiting.append)(turn)
        if turn.acquire(timeout=self._seconds):
            return True
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
        return True  # it came at the last moment

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._writing = False
