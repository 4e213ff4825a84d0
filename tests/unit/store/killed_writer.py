"""Writers made to be killed: each issues licences one after another and tells each once it is acknowledged.

Run by test_kill.py as ``python -m tests.unit.store.killed_writer URL TIMES``. This program forks a writer, kills it with
SIGKILL at a random moment, and goes on with the next; what the writers acknowledged is printed, one a line. Forking
from a small process that has imported everything makes a kill cost milliseconds.
"""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import sys
import time

import psycopg  # noqa: F401 - loaded before the fork, so that each writer need not

from trustkit.audit.events import AuditEvent, EventType
from trustkit.audit.trail import record
from trustkit.clock import SystemClock
from trustkit.identity import SYSTEM
from trustkit.store import licences
from trustkit.store.database import Database, open_database

URI = "https://trust.example/status/1"


def issue(database: Database, identifier: str) -> None:
    """Intend, then issue, each with its event in its transaction."""
    now = SystemClock().now()
    words = {"at": now, "actor": SYSTEM, "object_type": "licence", "object_id": identifier}
    with database.unit_of_work() as uow:
        licences.reserve(uow, identifier=identifier, type_code="t", version=1, status_list=URI, at=now)
        record(uow, AuditEvent(type=EventType.LICENCE_INTENDED, **words))  # type: ignore[arg-type]
    with database.unit_of_work() as uow:
        licences.complete(uow, identifier, document=b"%PDF" * 1000, document_sm3="0" * 64, at=now)
        record(uow, AuditEvent(type=EventType.LICENCE_ISSUED, **words))  # type: ignore[arg-type]


def write_until_killed(url: str, prefix: str, pipe: int) -> None:
    """Issue for ever; a line goes into the pipe when both transactions of a licence are committed."""
    database = open_database(url)
    for number in itertools.count():
        identifier = f"{prefix}-{number}"
        issue(database, identifier)
        os.write(pipe, f"{identifier}\n".encode())


def killed(url: str, prefix: str) -> str:
    """Fork a writer, kill it a little after its first acknowledgement, and return the lines it finished."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        write_until_killed(url, prefix, writer)
    os.close(writer)
    with os.fdopen(reader) as lines:
        first = lines.readline()
        time.sleep(secrets.randbelow(20_000) / 1_000_000)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return first + lines.read()


def main(url: str, times: str) -> None:
    """Fork and kill so many writers."""
    for number in range(int(times)):
        sys.stdout.write(killed(url, f"K{number}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
