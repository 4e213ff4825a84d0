"""kill -9 at random points of issuing: afterwards act and trail agree, and nothing acknowledged is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON
from tests.unit.store.killed_writer import URI
from trustkit.audit.events import EventType
from trustkit.audit.trail import list_events
from trustkit.store import status_lists
from trustkit.store.database import open_database
from trustkit.store.licence_search import LicenceSearch, search
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from trustkit.audit.trail import TrailEntry
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow

ROOT = Path(__file__).resolve().parents[3]
KILLS = 100


def kill_writers(url: str, times: int) -> list[str]:
    """Start and kill writers, and return the identifiers they acknowledged."""
    command = [sys.executable, "-m", "tests.unit.store.killed_writer", url, str(times)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.stderr == ""
    return done.stdout.split()


def everything(database: Database) -> tuple[list[LicenceRow], list[TrailEntry]]:
    rows: list[LicenceRow] = []
    entries: list[TrailEntry] = []
    with database.reading() as unit:
        while page := search(unit, LicenceSearch(after=rows[-1].identifier if rows else None, limit=1000)):
            rows.extend(page)
        while events := list_events(unit, after=entries[-1].sequence if entries else 0, limit=1000):
            entries.extend(events)
    return rows, entries


@pytest.mark.slow
def test_kills_leave_act_and_trail_agreed(migrated_url: str) -> None:
    with open_database(migrated_url) as database:
        with database.unit_of_work() as uow:
            status_lists.open_list(uow, uri=URI, at=NOON)
        acknowledged = kill_writers(migrated_url, KILLS)
        rows, entries = everything(database)
    kept = {row.identifier for row in rows}
    issued = {row.identifier for row in rows if row.state is LicenceState.ISSUED}
    told = [(entry.type, entry.object_id) for entry in entries]
    assert sorted(told) == sorted(
        [(EventType.LICENCE_INTENDED.value, name) for name in kept]
        + [(EventType.LICENCE_ISSUED.value, name) for name in issued]
    )
    assert set(acknowledged) <= issued
    assert len(acknowledged) >= KILLS
    assert kept - issued, "no kill fell between intent and issue: the test proves nothing"
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
