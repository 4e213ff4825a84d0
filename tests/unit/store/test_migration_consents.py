"""A consent given before consents were kept by mandate is the person's own, and none for an organisation."""

from __future__ import annotations

from sqlalchemy import text

from tests.support.databases import database_url
from tests.support.old_schemas import schema_of
from trustkit.store import op_consents
from trustkit.store.database import open_database

__all__ = ["database_url"]

CONSENT = text(
    "INSERT INTO op_consents (person, client, scopes, given_at)"
    " VALUES ('np-a', 'cl-a', 'openid read', '2026-12-01T12:00:00.000000Z')"
)


def test_a_consent_of_before_is_kept_for_oneself_alone(database_url: str) -> None:
    with schema_of(database_url, "0020") as connection:
        connection.execute(CONSENT)
    with open_database(database_url) as database:
        database.migrate()
        with database.reading() as unit:
            row = op_consents.find(unit, "np-a", "cl-a", None)
            assert op_consents.find(unit, "np-a", "cl-a", "md-1") is None
    assert row is not None
    assert row.scopes == "openid read"
