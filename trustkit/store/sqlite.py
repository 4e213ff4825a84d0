"""SQLite as trustkit uses it: a file in WAL mode, every commit synced to disk.

``BEGIN IMMEDIATE`` takes the write lock at the start, so a transaction that read something can write on what it read;
two writers wait for each other instead of failing half way.
"""

from __future__ import annotations

import os
import sqlite3
import time
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlalchemy import Engine, QueuePool, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from trustkit.store.engines import LOCK_WAIT_SECONDS, POOL_OVERFLOW, POOL_SIZE, POOL_WAIT_SECONDS, Engines
from trustkit.store.failures import translated

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import PoolProxiedConnection

# The file holds issued documents: nobody but the service reads it.
FILE_MODE: Final = 0o600
_RETRY_SECONDS = 0.02

_PRAGMAS: Final = (
    "PRAGMA synchronous=FULL",  # a commit returns after fsync of the WAL: acknowledged means durable
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA recursive_triggers=ON",  # REPLACE fires delete triggers too, so it cannot edit the trail
)


class _WritingDialect(SQLiteDialect_pysqlite):
    """Begins by itself: the driver is told not to, and a listener for it would double the time of a short transaction."""

    supports_statement_cache = True
    beginning = "BEGIN IMMEDIATE"

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        dbapi_connection.cursor().execute(self.beginning)


class _ReadingDialect(_WritingDialect):
    supports_statement_cache = True
    beginning = "BEGIN"


class _AtOnceDialect(_ReadingDialect):
    """Its one connection stays open and in SQLAlchemy's hands; `Database` begins and ends what is read by it."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Leave it to `Database`."""

    def do_commit(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Leave it to `Database`."""


_WRITING, _READING, _AT_ONCE = "trustkit_writing", "trustkit_reading", "trustkit_at_once"
registry.register(f"sqlite.{_WRITING}", __name__, _WritingDialect.__name__)
registry.register(f"sqlite.{_READING}", __name__, _ReadingDialect.__name__)
registry.register(f"sqlite.{_AT_ONCE}", __name__, _AtOnceDialect.__name__)


def sqlite_engines(path: Path) -> Engines:
    """Build the engines over the file at `path`; nothing is opened yet."""
    return Engines(
        writing=_engine(path, read_only=False),
        reading=_engine(path, read_only=True),
        at_once=_engine(path, read_only=True, at_once=True),
    )


def make_file(path: Path) -> None:
    """Make an empty database file only its owner may read; leave an existing one as it is.

    Raises:
        TrustError: DISK_FULL, DISK_UNWRITABLE.
    """
    with translated():
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE)
        os.close(descriptor)


def _engine(path: Path, *, read_only: bool, at_once: bool = False) -> Engine:
    dialect = _AT_ONCE if at_once else (_READING if read_only else _WRITING)
    return create_engine(
        f"sqlite+{dialect}://",
        creator=partial(_connect, path, read_only=read_only, wait=0.0 if at_once else LOCK_WAIT_SECONDS),
        poolclass=QueuePool,
        hide_parameters=True,
        pool_size=1 if at_once else POOL_SIZE,
        max_overflow=0 if at_once else POOL_OVERFLOW,
        pool_timeout=0.0 if at_once else POOL_WAIT_SECONDS,
    )


def _connect(path: Path, *, read_only: bool, wait: float) -> sqlite3.Connection:
    # mode=rw: a mistyped path is an error here, not a new empty database.
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=wait,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _enter_wal(connection, wait)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
    except BaseException:  # an interrupt too: nobody else knows of the connection
        connection.close()
        raise
    return connection


def _enter_wal(connection: sqlite3.Connection, wait: float) -> None:
    """Switch to WAL. The switch does not wait for other connections by itself, so it is tried again until it may."""
    deadline = time.monotonic() + wait
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
