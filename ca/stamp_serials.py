"""Serial numbers of time-stamp tokens, taken from the store in blocks (RFC 3161 2.4.2: unique for each token).

A block is durable as taken before its first number is used, so no number is ever given twice, also not after a crash. What a
process had left of its block when it ended is never used: there are gaps. One process gives rising numbers; the blocks of
several processes at once lie beside each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from trustkit.store.sequences import take_values

if TYPE_CHECKING:
    from trustkit.store.database import Database

SEQUENCE: Final = "timestamp"


@dataclass(slots=True, kw_only=True)
class StampSerials:
    """Gives serial numbers; `block` is how many are taken from the store at once. Safe to share between threads."""

    database: Database
    block: int = 1
    _next: int = field(default=0, init=False)
    _end: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def take(self) -> int:
        """Return a number nobody has. Raise what the store raises; no number is given then."""
        with self._lock:
            if self._next == self._end:
                with self.database.unit_of_work() as uow:
                    first = take_values(uow, SEQUENCE, self.block)
                self._next, self._end = first, first + self.block
            self._next += 1
            return self._next - 1
