"""Factor services over SQLite and PostgreSQL, with hashes that cost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.databases import database, database_url, migrated_url
from tests.support.factors import FactorDesk

if TYPE_CHECKING:
    from trustkit.store.database import Database

__all__ = ["database", "database_url", "migrated_url"]


@pytest.fixture
def desk(database: Database) -> FactorDesk:
    """Return the services over an empty store."""
    return FactorDesk(database)
