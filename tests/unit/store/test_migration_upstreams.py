"""A session of before keeps the one mark it had, and is found by it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from tests.support.databases import database_url
from tests.support.old_schemas import schema_of
from trustkit.store import idp_sessions
from trustkit.store.database import open_database

__all__ = ["database_url"]

PERSON = text("INSERT INTO people (id, created_at, reason) VALUES ('np-a', '2026-12-01T08:00:00.000000Z', '')")
SESSION = text(
    "INSERT INTO idp_sessions (id, secret_sm3, person, identity_level, authentication_level, grounds, authenticated_at, methods, provider,"
    " created_at, seen_at, expires_at, reason, upstream) VALUES ('se-a', 'x', 'np-a', 0, 1,"
    """ '{"evidence":[],"factors":[],"methods":[]}', '2026-12-01T08:00:00.000000Z', '', 'province',"""
    " '2026-12-01T08:00:00.000000Z', '2026-12-01T08:00:00.000000Z', '2026-12-01T18:00:00.000000Z', '', 'province:ab')"
)


def test_a_session_is_still_found_by_its_mark(database_url: str) -> None:
    with schema_of(database_url, "0023") as connection:
        connection.execute(PERSON)
        connection.execute(SESSION)
    with open_database(database_url) as database:
        database.migrate()
        with database.unit_of_work() as uow:
            now = datetime(2026, 12, 1, 9, tzinfo=UTC)
            assert [each.id for each in idp_sessions.list_upstream(uow, "province:ab", now=now)] == ["se-a"]
            idp_sessions.keep_upstreams(uow, "se-a", ["city:cd"])
            assert [each.id for each in idp_sessions.list_upstream(uow, "city:cd", now=now)] == ["se-a"]
            idp_sessions.keep_upstreams(uow, "se-a", ["city:ef"])
            assert idp_sessions.list_upstream(uow, "city:cd", now=now) == ()
            idp_sessions.forget(uow, before=datetime(2027, 6, 1, tzinfo=UTC))
            assert idp_sessions.find(uow, "se-a") is None
