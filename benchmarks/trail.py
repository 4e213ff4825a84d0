"""Durable acts a second: one unit of work with one row and its audit event, beside a bare sqlite3 loop.

    python -m benchmarks.trail [SECONDS [FOLDER]]

The bare loop inserts the same values into the same tables with the same pragmas, so both wait for the same disk; what
lies between them is checking, building and mapping in Python. Medians of interleaved rounds, wall-clock, in FOLDER (a
disk that keeps what it is told, not a memory file system, or the figures say little). A second line takes the waiting
away: processor time only.
"""

from __future__ import annotations

import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from trustkit.audit.events import AuditEvent, EventType
from trustkit.audit.trail import last_sequence, record
from trustkit.clock import SystemClock
from trustkit.identity import SYSTEM
from trustkit.store import issuances
from trustkit.store.database import Database, open_database
from trustkit.store.issuances import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
CERTIFICATE = (
    "INSERT INTO certificates (serial, issuer, profile, subject, state, intent_at) "
    "VALUES (?, 'issuing', 'seal', 'CN=x', 'intent', ?)"
)
EVENT = (
    "INSERT INTO audit_events VALUES ((SELECT coalesce(max(sequence), 0) + 1 FROM audit_events), "
    "?, 'ca:certificate:intended', 'system', 'certificate', ?, 'success', '', '', ?)"
)
FACTS = '{"issuer":"issuing","profile":"seal"}'


def act(database: Database) -> None:
    """Reserve a serial and tell of it, as the certificate authority does."""
    now = SystemClock().now()
    with database.unit_of_work() as uow:
        wanted = Wanted(profile="seal", subject="CN=x", key_sm3="0" * 64)
        (serial,) = issuances.reserve_many(uow, issuer="issuing", wanted=(wanted,), at=now)
        event = AuditEvent(
            type=EventType.CERTIFICATE_INTENDED,
            at=now,
            actor=SYSTEM,
            object_type="certificate",
            object_id=serial,
            facts={"issuer": "issuing", "profile": "seal"},
        )
        record(uow, event)


def open_bare(path: Path) -> sqlite3.Connection:
    """Open the same file as the store does, without the store."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def bare_act(connection: sqlite3.Connection) -> None:
    """Insert the same two rows."""
    now, serial = SystemClock().now().isoformat(), secrets.token_hex(20)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(CERTIFICATE, (serial, now))
    connection.execute(EVENT, (now, serial, FACTS))
    connection.execute("COMMIT")


def _rates(run: Callable[[], None], seconds: float) -> tuple[float, float]:
    wall, processor, done = time.perf_counter(), time.thread_time(), 0
    while time.perf_counter() - wall < seconds:
        run()
        done += 1
    return done / (time.perf_counter() - wall), done / (time.thread_time() - processor)


def _line(name: str, ours: float, other: float) -> None:
    print(f"{name:<42} {ours:9.0f} /s     bare sqlite3 {other:9.0f}   ratio {ours / other:6.2f}")


def main(seconds: float, folder: str | None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "ours.db"
        peer = Path(place) / "bare.db"
        for file in (path, peer):
            with open_database(f"sqlite:///{file}") as database:
                database.migrate()
        with open_database(f"sqlite:///{path}") as database, closing(open_bare(peer)) as connection:
            rounds = [
                (
                    _rates(lambda: act(database), seconds / ROUNDS / 2),
                    _rates(lambda: bare_act(connection), seconds / ROUNDS / 2),
                )
                for _ in range(ROUNDS)
            ]
            with database.reading() as unit:
                print(f"{last_sequence(unit)} acts, each with its event, durable one by one")
    for index, name in enumerate(("durable acts with their event", "the same, processor time only")):
        ours, bare = (statistics.median(found[side][index] for found in rounds) for side in (0, 1))
        _line(name, ours, bare)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 6.0, sys.argv[2] if len(sys.argv) > 2 else None)  # noqa: PLR2004 - two words
