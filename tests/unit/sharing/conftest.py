"""Every test of this folder that asks for a database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.support.databases import database, database_url, migrated_url

__all__ = ["database", "database_url", "migrated_url"]
