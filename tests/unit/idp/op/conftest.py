"""A provider over a store on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.provider import World
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.store.database import Database


@pytest.fixture
def world(database: Database) -> World:
    return World(database=database)


@pytest.fixture
def sqlite_world(tmp_path: Path) -> Iterator[World]:
    """The forms of requests are judged before the store is asked: one database is enough."""
    with open_database(f"sqlite:///{tmp_path}/store.db") as opened:
        opened.migrate()
        yield World(database=opened)
