"""Tests of the authority run on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.support.databases import database, database_url, migrated_url, sqlite_database

__all__ = ["database", "database_url", "migrated_url", "sqlite_database"]
