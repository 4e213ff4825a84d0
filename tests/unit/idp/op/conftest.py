"""A provider over a store on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.provider import World

if TYPE_CHECKING:
    from trustkit.store.database import Database


@pytest.fixture
def world(database: Database) -> World:
    return World(database=database)


@pytest.fixture
def sqlite_world(sqlite_database: Database) -> World:
    """The forms of requests are judged before the store is asked: one database is enough."""
    return World(database=sqlite_database)
