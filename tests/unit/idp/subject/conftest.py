"""People of a store, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.identity import SYSTEM
from trustkit.store import people
from trustkit.store.people import PersonRow

if TYPE_CHECKING:
    from trustkit.store.database import Database

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
PEOPLE = ("np-aaa", "np-bbb", "np-ccc", "np-locked")


@pytest.fixture
def populated(database: Database) -> Database:
    """Give a store with three people, and a fourth who is locked out."""
    with database.unit_of_work() as uow:
        for person in PEOPLE:
            people.add(uow, PersonRow(id=person, created_at=NOW))
            trail.record(uow, _told(EventType.PERSON_CREATED, person))
        people.lock(uow, "np-locked", at=NOW, reason="lost")
        trail.record(uow, _told(EventType.PERSON_LOCKED, "np-locked"))
    return database


def _told(kind: EventType, person: str) -> AuditEvent:
    return AuditEvent(type=kind, at=NOW, actor=SYSTEM, object_type="person", object_id=person)
