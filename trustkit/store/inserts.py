"""INSERTs that say what to do when the key is taken, in the words of each database.

Both speak the same ``ON CONFLICT``, but SQLAlchemy keeps one class for each. Statements are made once per table.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Table


@cache
def insert_or_skip(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that touches no row when any unique key is taken."""
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@cache
def insert_or_count(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT into a table of (name, value) that adds the value to the one that is there."""
    new = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return new.on_conflict_do_update(index_elements=["name"], set_={"value": table.c.value + new.excluded["value"]})


@cache
def insert_or_replace(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that gives the row with the same primary key every new value instead."""
    keys = [column.name for column in table.primary_key]
    new = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    values = {column.name: new.excluded[column.name] for column in table.c if column.name not in keys}
    return new.on_conflict_do_update(index_elements=keys, set_=values)
