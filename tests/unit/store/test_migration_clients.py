"""A client registered before there were grants is still there after the migration, and has none."""

from __future__ import annotations

from sqlalchemy import text

from ca.client_grant import NOTHING, ClientGrant
from tests.support.databases import database_url
from tests.support.old_schemas import schema_of
from trustkit.store import ca_clients
from trustkit.store.database import open_database

__all__ = ["database_url"]

CLIENT = text(
    "INSERT INTO ca_clients (identifier, name, role, secret_sm3, created_at, expires_at)"
    " VALUES (:id, 'factory', 'registrar', :sm3, '2026-12-01T12:00:00.000000Z', '2027-12-01T12:00:00.000000Z')"
)


def test_a_client_of_before_is_kept_and_granted_nothing(database_url: str) -> None:
    with schema_of(database_url, "0006") as connection:
        connection.execute(CLIENT, {"id": "a" * 32, "sm3": "0" * 64})
    with open_database(database_url) as database:
        database.migrate()
        with database.reading() as unit:
            row = ca_clients.find_by_name(unit, "factory")
    assert row is not None
    assert row.role == "registrar"
    assert ClientGrant.from_text(row.granted) == NOTHING
