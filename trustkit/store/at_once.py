"""Reading in a thread that many wait for: one connection that stays open, handed to one reader at a time, waiting for nobody."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.failures import translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine


class AtOnce:
    """The one connection. It is opened when it is first asked for, and again after `close`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._kept: tuple[Connection, sqlite3.Connection] | None = None

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give the connection within a transaction of its own. Raise STORE_UNREACHABLE where others would wait."""
        if not self._turn.acquire(blocking=False):
            raise TrustError(ErrorCode.STORE_UNREACHABLE, "all database connections are in use; try again")
        try:
            with self._dropped_when_it_fails(), translated():
                connection, driver = self._kept or self._opened()
                driver.execute("BEGIN")
            try:
                yield connection
            finally:
                with self._dropped_when_it_fails(), translated():
                    driver.rollback()  # nothing was written
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close the connection, when nobody reads."""
        with self._turn:
            if self._kept is not None:
                self._kept[0].close()
            self._kept = None

    @contextmanager
    def _dropped_when_it_fails(self) -> Iterator[None]:
        try:
            yield
        except TrustError:  # within which transaction it stands is unknown: the next look has another
            kept, self._kept = self._kept, None
            if kept is not None:
                kept[0].invalidate()
                kept[0].close()
            raise

    def _opened(self) -> tuple[Connection, sqlite3.Connection]:
        connection = self._engine.connect()
        self._kept = connection, cast("sqlite3.Connection", connection.connection.dbapi_connection)
        return self._kept
