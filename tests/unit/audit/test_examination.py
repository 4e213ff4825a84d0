"""An examination finds what somebody did who went around the guards, and nothing in a trail that is whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.audit.examination import Finding, Flaw, compare, examine, walk
from trustkit.audit.lines import entry_line
from trustkit.identity import Principal
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.audit.events import FactValue
    from trustkit.audit.examination import Examined
    from trustkit.store.database import Database

EVENT = AuditEvent(
    type=EventType.OFFICE_ASSIGNED,
    at=NOON,
    actor=Principal(id="operator:0"),
    object_type="person",
    object_id="np-abc",
    facts={"office": "audit"},
)
DROPS = {
    "sqlite": (
        "DROP TRIGGER audit_events_update",
        "DROP TRIGGER audit_events_delete",
        "DROP TRIGGER audit_events_number",
    ),
    "postgresql": ("ALTER TABLE audit_events DISABLE TRIGGER USER",),
}


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{tmp_path}/trustkit.db") as database:
        database.migrate()
        yield database


def tell(database: Database, event: AuditEvent = EVENT, times: int = 1) -> None:
    with database.unit_of_work() as uow:
        for _ in range(times):
            trail.record(uow, event)


def found(database: Database) -> Examined:
    with database.reading() as unit:
        return examine(unit)


def lines(database: Database) -> Iterator[bytes]:
    with database.reading() as unit:
        for each in walk(unit):
            assert not isinstance(each, int)
            yield entry_line(each)


def tampered(database: Database, statement: str, *, guarded: bool = False) -> None:
    """Do as somebody who owns the database: drop the guards, change the trail, and put them back with `guarded`."""
    with database._engines.writing.begin() as connection:
        kept = (
            connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            if guarded
            else ()
        )
        for drop in DROPS[connection.dialect.name]:
            connection.exec_driver_sql(drop)
        connection.exec_driver_sql(statement)
        for each in kept:
            connection.exec_driver_sql(each)


def test_a_whole_trail_has_no_flaw_and_one_digest(database: Database) -> None:
    tell(database, times=3)
    examined = found(database)
    assert (examined.entries, examined.last, examined.findings) == (3, 3, ())
    assert examined == found(database)
    tell(database)
    assert found(database).lines_sm3 != examined.lines_sm3
    with database.reading() as unit:
        assert compare(unit, lines(database)) == (4, ())


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("DELETE FROM audit_events WHERE sequence = 2", Finding(Flaw.GAP, 3)),
        ("DELETE FROM audit_events WHERE sequence = 1", Finding(Flaw.GAP, 2)),
        ("UPDATE audit_events SET facts = '{' WHERE sequence = 2", Finding(Flaw.DAMAGED, 2)),
        ("UPDATE audit_events SET facts = '[]' WHERE sequence = 2", Finding(Flaw.DAMAGED, 2)),
        ("""UPDATE audit_events SET facts = '{"name":"x"}' WHERE sequence = 2""", Finding(Flaw.FORM, 2)),
    ],
)
def test_what_was_done_around_the_guards_is_found(database: Database, statement: str, finding: Finding) -> None:
    tell(database, times=4)
    tampered(database, statement)
    findings = found(database).findings
    assert finding in findings
    assert {each.flaw for each in findings} - {finding.flaw} == {Flaw.GUARD}


def test_a_guard_that_is_not_as_it_was_made_is_named(sqlite_database: Database) -> None:
    tell(sqlite_database)
    with sqlite_database._engines.writing.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_events_delete")
        connection.exec_driver_sql(
            "CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events WHEN 0 BEGIN SELECT 1; END"
        )
    assert found(sqlite_database).findings == (Finding(Flaw.GUARD, name="audit_events_delete"),)


def test_a_change_between_two_guards_shows_by_an_export_kept_elsewhere(sqlite_database: Database) -> None:
    tell(sqlite_database, times=3)
    kept = list(lines(sqlite_database))
    tampered(sqlite_database, "UPDATE audit_events SET actor = 'mallory' WHERE sequence = 2", guarded=True)
    assert found(sqlite_database).findings == ()  # the trail's own word
    with sqlite_database.reading() as unit:
        assert compare(unit, kept) == (3, (Finding(Flaw.DIFFERENT, 2),))
        assert compare(unit, [*kept[:1], b"no line\n", b'{"sequence":true}\n', b'{"sequence":9}\n'])[1] == (
            Finding(Flaw.NO_EXPORT, 2),
            Finding(Flaw.NO_EXPORT, 3),
            Finding(Flaw.DIFFERENT, 9),
        )


def test_what_was_reviewed_is_held_against_the_review(sqlite_database: Database) -> None:
    tell(sqlite_database, times=2)
    with sqlite_database.reading() as unit:
        examined = examine(unit)
    facts: dict[str, FactValue] = {
        "after": 0,
        "events": 2,
        "finding": "none",
        "lines_sm3": examined.lines_sm3,
        "upto": 2,
    }
    reviewed = replace(EVENT, type=EventType.TRAIL_REVIEWED, object_type="trail", object_id="audit", facts=facts)
    tell(sqlite_database, reviewed)
    tell(sqlite_database)
    assert found(sqlite_database).findings == ()
    tampered(sqlite_database, "UPDATE audit_events SET actor = 'mallory' WHERE sequence = 1", guarded=True)
    assert found(sqlite_database).findings == (Finding(Flaw.REVIEWED, 3),)
