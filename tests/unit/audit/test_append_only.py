"""Raw SQL against the trail, as an intruder with the service's own connection would try it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.support.databases import tell
from trustkit.audit.trail import list_events
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.failures import store_error

if TYPE_CHECKING:
    from trustkit.store.database import Database


def added(number: object, how: str = "INSERT", then: str = "") -> str:
    """Return a statement that adds a row under a number of the intruder's choice."""
    values = f"({number}, '2026-12-01T00:00:00.000000Z', 'x', 'mallory', 'a', 'b', 'success', '', '', '{{}}')"
    return f"{how} INTO audit_events VALUES {values} {then}"


BOTH = (
    "UPDATE audit_events SET actor = 'mallory'",
    "UPDATE audit_events SET sequence = sequence + 10",
    "UPDATE audit_events SET actor = 'mallory' WHERE sequence = 2",
    "DELETE FROM audit_events",
    "DELETE FROM audit_events WHERE sequence = 3",
)
SQLITE = (
    added(2, "INSERT OR REPLACE"),
    added(1, "REPLACE"),
    added(2, then="ON CONFLICT (sequence) DO UPDATE SET actor = 'mallory'"),
    added(9),
    added(0),
    added(-1),
    added("NULL"),
    "UPDATE OR IGNORE audit_events SET actor = 'mallory'",
    "UPDATE OR REPLACE audit_events SET sequence = 1 WHERE sequence = 2",
    "UPDATE audit_events SET rowid = 9 WHERE rowid = 1",
)
POSTGRESQL = (
    "TRUNCATE audit_events",
    "TRUNCATE audit_events RESTART IDENTITY CASCADE",
    "SET session_replication_role = replica; DELETE FROM audit_events",
    "WITH gone AS (DELETE FROM audit_events RETURNING 1) SELECT count(*) FROM gone",
    "MERGE INTO audit_events AS t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
)


def attack(database: Database, statement: str) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught, database._engines.writing.begin() as connection:
        connection.exec_driver_sql(statement)
    return caught.value


def fill(database: Database) -> None:
    for _ in range(3):
        with database.unit_of_work() as uow:
            tell(uow)


def assert_whole(database: Database) -> None:
    with database.reading() as unit:
        entries = list_events(unit)
    assert [(entry.sequence, entry.actor) for entry in entries] == [(1, "system"), (2, "system"), (3, "system")]


@pytest.mark.parametrize("statement", BOTH)
def test_both_refuse(database: Database, statement: str) -> None:
    fill(database)
    assert store_error(attack(database, statement)).code is ErrorCode.STORE_CONFLICT
    assert_whole(database)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", SQLITE)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_sqlite_refuses(database: Database, statement: str, recursive: str) -> None:
    fill(database)
    with database._engines.writing.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA recursive_triggers={recursive}")
    assert store_error(attack(database, statement)).code is ErrorCode.STORE_CONFLICT
    assert_whole(database)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_sqlite_does_not_ignore_a_refusal(database: Database) -> None:
    """OR IGNORE skips rows that break a constraint; the trigger's refusal is none and is not skipped."""
    fill(database)
    attack(database, added(2, "INSERT OR IGNORE"))
    assert_whole(database)


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", POSTGRESQL)
def test_postgresql_refuses(database: Database, statement: str) -> None:
    fill(database)
    assert store_error(attack(database, statement)).code is ErrorCode.STORE_CONFLICT
    assert_whole(database)


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("number", ["1", "2", "99", "-5", "NULL"])
def test_postgresql_numbers_every_row_itself(database: Database, number: str) -> None:
    fill(database)
    with database._engines.writing.begin() as connection:
        connection.exec_driver_sql(added(number))
    with database.reading() as unit:
        assert [entry.sequence for entry in list_events(unit)] == [1, 2, 3, 4]


def test_a_refused_statement_undoes_its_unit(database: Database) -> None:
    fill(database)

    def act() -> None:
        with database.unit_of_work() as uow:
            tell(uow)
            uow.write(text("DELETE FROM audit_events"))

    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    assert_whole(database)
