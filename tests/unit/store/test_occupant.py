"""Whose database it is, on both databases, found out without changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.store import meta
from trustkit.store.database import open_database
from trustkit.store.occupant import Occupant, OccupantKind

if TYPE_CHECKING:
    from trustkit.store.database import Database


def test_nobody_lives_in_a_new_database(database_url: str) -> None:
    with open_database(database_url) as opened:
        assert opened.occupant() == Occupant(kind=OccupantKind.NOBODY)
        opened.migrate()
        assert opened.occupant() == Occupant(kind=OccupantKind.TRUSTKIT)


def test_a_home_claims_its_database(database: Database) -> None:
    with database.unit_of_work() as uow:
        meta.put_meta(uow, meta.INSTANCE_ID, "0123456789abcdef")
    assert database.occupant() == Occupant(kind=OccupantKind.TRUSTKIT, instance="0123456789abcdef")
