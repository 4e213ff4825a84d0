"""Fixtures that run a test once on SQLite and once on PostgreSQL.

A `conftest.py` takes them in with ``from tests.support.databases import database, database_url`` and names them in
``__all__``; a test then asks for `database` (migrated and empty) or `database_url` (nothing there yet).
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import postgres
from trustkit.audit.events import AuditEvent, EventType
from trustkit.audit.trail import record
from trustkit.identity import SYSTEM
from trustkit.store.database import Database, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.store.unit_of_work import UnitOfWork

NOON = datetime(2026, 12, 1, 12, 0, 0, 123456, tzinfo=UTC)
KINDS = ("sqlite", "postgresql")


@cache
def _sqlite_template() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="trustkit-sqlite-")
    with open_database(f"sqlite:///{folder.name}/template.db") as database:
        database.migrate()
    return folder


def migrated_sqlite(path: Path) -> str:
    """Put a migrated, empty database at a path and return its URL: migrating one takes as long as hundred tests of it."""
    shutil.copy(Path(_sqlite_template().name) / "template.db", path)
    return f"sqlite:///{path}"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database that was never migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/trustkit.db"
    else:
        yield from postgres.fresh_url(migrated=False)


@pytest.fixture(params=KINDS)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a migrated, empty database, for tests whose processes open it themselves."""
    if request.param == "sqlite":
        yield migrated_sqlite(tmp_path / "trustkit.db")
    else:
        yield from postgres.fresh_url(migrated=True)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """Yield a migrated, empty database on SQLite, for tests that are about something else than the store."""
    with open_database(migrated_sqlite(tmp_path / "trustkit.db")) as opened:
        yield opened


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    """Yield a migrated, empty database."""
    with open_database(migrated_url) as opened:
        yield opened


def tell(uow: UnitOfWork, object_id: str = "0") -> None:
    """Record an event of no consequence, so that an act under test may commit."""
    event = AuditEvent(type=EventType.SERVICE_STARTED, at=NOON, actor=SYSTEM, object_type="test", object_id=object_id)
    record(uow, event)
