"""Whose database this is, found out before anything in it is changed.

occupant = database.occupant()
occupant.kind, occupant.instance
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, inspect, select

from trustkit.store.failures import translated
from trustkit.store.meta import INSTANCE_ID
from trustkit.store.schema import audit_events, meta

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

_OURS: Final = frozenset({"alembic_version", meta.name, audit_events.name})  # in every schema trustkit ever made


@unique
class OccupantKind(StrEnum):
    """Who lives in a database."""

    NOBODY = "nobody"  # no table at all, or no file yet
    TRUSTKIT = "trustkit"
    ANOTHER = "another"  # tables of another program


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupant:
    """What was found. `instance` is that of the home the database belongs to, None when no home has claimed it."""

    kind: OccupantKind
    instance: str | None = None


def occupant_of_file(path: Path) -> Occupant:
    """Look into an SQLite file, read only: not even its journal mode changes. Raise STORE_UNREACHABLE."""
    if not path.exists():
        return Occupant(kind=OccupantKind.NOBODY)
    return occupant_of(create_engine("sqlite+pysqlite://", creator=partial(_open, path), poolclass=NullPool))


def occupant_of(engine: Engine) -> Occupant:
    """Look into a database. Raise STORE_UNREACHABLE and the other codes of `trustkit.store.failures`."""
    with translated(), engine.connect() as connection:
        tables = frozenset(inspect(connection).get_table_names())
        if not tables:
            return Occupant(kind=OccupantKind.NOBODY)
        if not tables >= _OURS:
            return Occupant(kind=OccupantKind.ANOTHER)
        found = connection.execute(select(meta.c.value).where(meta.c.key == INSTANCE_ID)).scalar()
    return Occupant(kind=OccupantKind.TRUSTKIT, instance=found if isinstance(found, str) else None)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
