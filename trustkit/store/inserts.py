"""INSERTs that say what to do when the key is taken, in the words of each database.

Both speak the same ``ON CONFLICT``, but SQLAlchemy keeps one class for each. Statements are made once per table. SQLAlchemy's PostgreSQL
is loaded where there is a server: it takes as long as thirty of our modules.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.dialects import postgresql


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that can say what to do when a key is taken."""
    if dialect != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see above

    return postgresql.insert(table)


@cache
def insert_or_skip(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that touches no row when any unique key is taken."""
    return insert_into(dialect, table).on_conflict_do_nothing()


@cache
def insert_or_count(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT into a table of (name, value) that adds the value to the one that is there."""
    new = insert_into(dialect, table)
    return new.on_conflict_do_update(index_elements=["name"], set_={"value": table.c.value + new.excluded["value"]})


@cache
def insert_or_replace(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that gives the row with the same primary key every new value instead."""
    keys = [column.name for column in table.primary_key]
    new = insert_into(dialect, table)
    values = {column.name: new.excluded[column.name] for column in table.c if column.name not in keys}
    return new.on_conflict_do_update(index_elements=keys, set_=values)
