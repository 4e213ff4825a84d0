"""A login that was open when its names came to be kept goes on, for its level alone."""

from __future__ import annotations

from sqlalchemy import text

from tests.support.databases import database_url
from tests.support.old_schemas import schema_of
from trustkit.store import idp_interactions
from trustkit.store.database import open_database

__all__ = ["database_url"]

OPEN = text(
    "INSERT INTO idp_interactions (id_sm3, browser_sm3, purpose, identity_level, authentication_level, reauthenticate,"
    " silent, client, client_name, reference, language, created_at, expires_at)"
    " VALUES ('i', 'b', 'authorization', 2, 2, false, false, '', '', '', '',"
    " '2026-12-01T12:00:00.000000Z', '2026-12-01T12:20:00.000000Z')"
)


def test_an_open_login_goes_on(database_url: str) -> None:
    with schema_of(database_url, "0021") as connection:
        connection.execute(OPEN)
    with open_database(database_url) as database:
        database.migrate()
        with database.reading() as unit:
            row = idp_interactions.find(unit, "i")
    assert row is not None
    assert (row.identity_level, row.authentication_level, row.acr_values, row.insists) == (2, 2, "", True)
