"""A database as an older trustkit left it, to be filled and then migrated."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from trustkit.store.database import open_database
from trustkit.store.migrate import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@contextmanager
def schema_of(database_url: str, revision: str) -> Iterator[Connection]:
    """Make the tables as a revision has them in an empty place, and yield a connection to fill them through."""
    with open_database(database_url) as database:
        if database.dialect == "sqlite":
            database.migrate()  # makes the file
            with database._engines.writing.connect() as connection, connection.begin():
                for (table,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all():
                    connection.execute(text(f'DROP TABLE "{table}"'))
        with database._engines.writing.connect() as connection, connection.begin():
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            yield connection
