"""Notices that waited when they came to name providers still wait, seen or not as they were."""

from __future__ import annotations

from sqlalchemy import text

from tests.support.databases import NOON, database_url
from tests.support.old_schemas import schema_of
from trustkit.store import notices
from trustkit.store.database import open_database
from trustkit.store.notices import NoticeRow

__all__ = ["database_url"]

WAITING = text(
    "INSERT INTO notices (id, person, about, kind, created_at, attempts, next_at)"
    " VALUES ('nt-1', 'np-1', 'factor-removed', 'totp', '2026-12-01T12:00:00.000000Z', 2, '2026-12-01T12:05:00.000000Z')"
)


def test_what_waited_waits_and_a_providers_whole_name_fits(database_url: str) -> None:
    with schema_of(database_url, "0027") as connection:
        connection.execute(WAITING)
    with open_database(database_url) as database:
        database.migrate()
        with database.unit_of_work() as uow:
            (row,) = notices.list_of(uow, "np-1")
            assert (row.id, row.about, row.kind, row.attempts, row.seen_at) == (
                "nt-1",
                "factor-removed",
                "totp",
                2,
                None,
            )
            longest = NoticeRow(
                id="nt-2", person="np-1", about="link-made", kind="a" * 32, created_at=NOON, next_at=NOON
            )
            notices.add(uow, longest)
            assert {each.kind for each in notices.list_of(uow, "np-1")} == {"totp", "a" * 32}
