"""One transaction, as a value handed to the repositories.

`ReadUnit` sees one snapshot and has no way to write. `UnitOfWork` writes; everything in it commits together or not at
all. An *act* (a change to a certificate, licence, CRL or status token) may only commit with its audit event: a unit
with more acts than events is refused at its end, so a forgotten event is a test failure and never a silent gap.

    with database.unit_of_work() as uow:
        row = licences.reserve(uow, …)
        trail.record(uow, AuditEvent(…))
"""

from __future__ import annotations

from contextlib import contextmanager
from operator import attrgetter, methodcaller
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.failures import translated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from sqlalchemy import Connection, Executable, Row, Select

    from trustkit.store.prepared import Prepared, Preparing

    Values = Mapping[str, object]
    Take = Callable[[sqlite3.Cursor], Any]
    Fields = Mapping[str, Any]  # a row by its columns' names

NONE: Values = MappingProxyType({})
_ALL, _ONE, _COUNT = methodcaller("fetchall"), methodcaller("fetchone"), attrgetter("rowcount")


class ReadUnit:
    """A transaction that can only look. Made by `Database.reading`."""

    __slots__ = ("_connection", "_driver", "_failed", "_preparing")

    def __init__(self, connection: Connection, preparing: Preparing) -> None:
        self._connection: Connection | None = connection
        self._preparing = preparing
        self._driver: sqlite3.Connection | None = None
        self._failed = False

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._open_connection().dialect.name

    def fetch_all(self, statement: Select[*tuple[Any, ...]], values: Values = NONE) -> Sequence[Fields]:
        """Return every row of a SELECT with its parameters; the caller bounds it with LIMIT where it can grow.

        A statement made once and run with parameters is three times as fast as one made anew for each call.

        Raises:
            TrustError: STORE_UNREACHABLE and the other codes of `trustkit.store.failures`.
        """
        if prepared := self._preparing.find(statement, values):
            rows = self._run(prepared, values, _ALL)
            return [dict(zip(prepared.columns, prepared.read(row), strict=True)) for row in rows]
        with self._watched() as connection:
            return cast("Sequence[Fields]", connection.execute(statement, values).mappings().all())

    def fetch_tuples(
        self, statement: Select[*tuple[Any, ...]], values: Values = NONE
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return every row as a tuple, for reads of very many rows: `fetch_all` costs twice as much a row."""
        with self._watched() as connection:
            return connection.execute(statement, values).all()

    def fetch_one(self, statement: Select[*tuple[Any, ...]], values: Values = NONE) -> Fields | None:
        """Return the first row of a SELECT, or None."""
        if prepared := self._preparing.find(statement, values):
            row = self._first(prepared, values)
            return None if row is None else dict(zip(prepared.columns, row, strict=True))
        with self._watched() as connection:
            return cast("Fields | None", connection.execute(statement, values).mappings().first())

    def fetch_value(self, statement: Select[*tuple[Any, ...]], values: Values = NONE) -> Any:  # noqa: ANN401 - the column's own type
        """Return the first column of the first row, or None."""
        if prepared := self._preparing.find(statement, values):
            row = self._first(prepared, values)
            return None if row is None else row[0]
        with self._watched() as connection:
            return connection.execute(statement, values).scalar()

    def end(self) -> None:
        """Forget the connection: a unit kept past its block cannot reach into another transaction."""
        self._connection = self._driver = None

    def _first(self, prepared: Prepared, values: Values) -> Sequence[Any] | None:
        """Return the first row of a prepared SELECT; the rest is not asked for."""
        row = self._run(prepared, values, _ONE)
        return None if row is None else prepared.read(row)

    def _run(self, prepared: Prepared, values: Values, take: Take) -> Any:  # noqa: ANN401 - what `take` takes
        return self._drive(lambda driver: prepared.run(driver, values), take)

    def _drive(self, work: Callable[[sqlite3.Connection], sqlite3.Cursor], take: Take) -> Any:  # noqa: ANN401 - what `take` takes
        connection = self._open_connection()
        if self._driver is None:
            self._driver = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        try:
            with translated():
                cursor = work(self._driver)
                taken = take(cursor)
                cursor.close()
                return taken
        except TrustError:
            self._failed = True
            raise

    @contextmanager
    def _watched(self) -> Iterator[Connection]:
        connection = self._open_connection()
        try:
            with translated():
                yield connection
        except TrustError:
            self._failed = True
            raise

    def _open_connection(self) -> Connection:
        if self._connection is None:
            raise TrustError(ErrorCode.BUG, "a unit of work was used after its end")
        if self._failed:
            # PostgreSQL would refuse, SQLite would go on: neither does here.
            raise TrustError(ErrorCode.BUG, "a unit of work went on after the database refused a statement")
        return self._connection


class UnitOfWork(ReadUnit):
    """A transaction that writes. Made by `Database.unit_of_work`.

    `held_events` is for `trustkit.audit.trail` alone: rows it writes later in the unit, None while it writes them at once.
    """

    __slots__ = ("_acts", "_events", "held_events")

    def __init__(self, connection: Connection, preparing: Preparing) -> None:
        super().__init__(connection, preparing)
        self._acts = 0
        self._events = 0
        self.held_events: list[Values] | None = None

    def write(self, statement: Executable, values: Values = NONE) -> int:
        """Run an INSERT or UPDATE that is no act (bookkeeping) and return the number of rows touched."""
        if prepared := self._preparing.find(statement, values):
            return int(self._run(prepared, values, _COUNT))
        with self._watched() as connection:
            # SQLAlchemy keeps the count of an INSERT only when asked; whether a row was inserted decides about acts.
            touched = connection.execute(statement, values, execution_options={"preserve_rowcount": True}).rowcount
        if touched < 0:
            raise TrustError(ErrorCode.BUG, "the driver does not say how many rows a statement touched")
        return touched

    def write_value(self, statement: Executable, values: Values = NONE) -> Any:  # noqa: ANN401 - the column's own type
        """Run a statement with RETURNING and return its first column, or None when it touched no row."""
        if prepared := self._preparing.find(statement, values):
            row = self._first(prepared, values)
            return None if row is None else row[0]
        with self._watched() as connection:
            return connection.execute(statement, values).scalar()

    def act(self, statement: Executable, values: Values = NONE) -> int:
        """Run a statement that changes what the trail must tell of; count it when it touched a row."""
        touched = self.write(statement, values)
        self._acts += touched > 0
        return touched

    def act_many(self, statement: Executable, rows: Sequence[Values]) -> None:
        """Run a statement that changes what the trail must tell of once for each row, as one; each row is an act.

        Raises:
            TrustError: STORE_CONFLICT unless each of them touched exactly one row of the table.
        """
        if self.write_many(statement, rows) != len(rows):
            raise TrustError(ErrorCode.STORE_CONFLICT, "a row is not in the state the act starts from")
        self._acts += len(rows)

    def write_many(self, statement: Executable, rows: Sequence[Values]) -> int:
        """Run an INSERT or UPDATE once for each row, as one statement to the driver; return the number of rows touched."""
        if rows and (prepared := self._preparing.find(statement, rows[0])):
            many = [prepared.parameters(row) for row in rows]
            return int(self._drive(lambda driver: driver.executemany(prepared.text, many), _COUNT))
        with self._watched() as connection:
            done = connection.execute(
                statement, [dict(row) for row in rows], execution_options={"preserve_rowcount": True}
            )
        return done.rowcount

    def note_events(self, count: int) -> None:
        """Count events of the trail; called by `trustkit.audit.trail` alone."""
        self._events += count

    def require_complete(self) -> None:
        """Raise BUG when a statement failed, or an act has no event beside it. Called before the commit."""
        self._open_connection()
        if self._acts > self._events:
            raise TrustError(
                ErrorCode.BUG,
                "an act would commit without its audit event; nothing was written",
                acts=self._acts,
                events=self._events,
            )
