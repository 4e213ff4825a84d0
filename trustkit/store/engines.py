"""The two SQLAlchemy engines a database is used through: one that writes, one that only reads.

Both databases give the same promises. A write is durable when its commit returns, one writer at a time wins, and a
read sees one snapshot and cannot change anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

# How long a writer waits for another before STORE_UNREACHABLE: longer than any of our transactions, shorter than a
# person's patience.
LOCK_WAIT_SECONDS = 10.0
# Connections per process: writers queue on one lock anyway, so more of them would only wait inside the database.
POOL_SIZE = 5
POOL_OVERFLOW = 10
POOL_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """A writing and a reading engine over the same database, and one whose reads wait for nobody, None on a server."""

    writing: Engine
    reading: Engine
    at_once: Engine | None = None

    def dispose(self) -> None:
        """Close all idle connections."""
        for engine in (self.writing, self.reading, self.at_once):
            if engine is not None:
                engine.dispose()
