"""Run the packaged migrations, once, whoever starts first.

Everything happens in one transaction under one lock (SQLite's exclusive lock, an advisory lock on PostgreSQL), so two
processes starting together make one schema and a crash leaves the old one.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.failures import translated
from trustkit.store.schema import REVISIONS, SCHEMA_HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trustkit.store.engines import Engines

MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Advisory locks are numbers shared by all users of one PostgreSQL database: "trustkit" in ASCII, minus the last letter.
MIGRATION_LOCK: Final = int.from_bytes(b"trustki")

_VERSIONS: Final = "alembic_version"  # where alembic notes the revision

# Alembic keeps its running migration in module globals: one thread of a process at a time.
_one_thread = Lock()


def run_migrations(engines: Engines) -> None:
    """Upgrade the schema to SCHEMA_HEAD; only look when it is there already.

    Raises:
        TrustError: STORE_MIGRATION for a schema of a newer trustkit or a migration that failed, else the codes of
            `trustkit.store.failures`.
    """
    with _one_thread, translated():
        with engines.reading.connect() as connection, connection.begin():
            if _current_revision(connection) == SCHEMA_HEAD:
                return
        with engines.writing.connect() as connection, connection.begin():
            _upgrade_alone(connection)


def _upgrade_alone(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    # On SQLite the transaction already began IMMEDIATE, which in WAL mode is the one exclusive lock for writers.
    if _current_revision(connection) == SCHEMA_HEAD:
        return
    # Alembic is a fifth of what a command of ours imports, and nearly always there is nothing for it to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise TrustError(ErrorCode.STORE_MIGRATION, "the schema could not be brought up to date") from None


def _current_revision(connection: Connection) -> str | None:
    there = inspect(connection).has_table(_VERSIONS)
    revision = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar() if there else None  # noqa: S608 - a name of ours
    if revision is not None and revision not in REVISIONS:
        raise TrustError(
            ErrorCode.STORE_MIGRATION, "the database was made by a newer trustkit; update this one", needed=SCHEMA_HEAD
        )
    return revision
