"""The database: opened by URL, migrated, and used through units of work.

    database = open_database("sqlite:///home/trustkit.db")
    database.migrate()
    with database.unit_of_work() as uow:      # commits at the end of the block, rolls back on any exception
        …
    with database.reading() as unit:          # one snapshot, read only
        …

A `Database` may be shared by threads, but not carried over a fork. Nothing it raises or prints holds a password.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Self

from sqlalchemy import column, inspect, select, table

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.at_once import AtOnce
from trustkit.store.engines import LOCK_WAIT_SECONDS
from trustkit.store.failures import translated
from trustkit.store.location import Location, parse_location
from trustkit.store.occupant import Occupant, occupant_of, occupant_of_file
from trustkit.store.postgresql import postgresql_engines
from trustkit.store.prepared import Preparing
from trustkit.store.schema import REVISIONS, SCHEMA_HEAD
from trustkit.store.sqlite import make_file, sqlite_engines
from trustkit.store.turns import WritersTurns
from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from trustkit.store.engines import Engines

_VERSION = select(table("alembic_version", column("version_num")).c.version_num)


class Database:
    """A database of trustkit, SQLite or PostgreSQL. Made by `open_database`."""

    def __init__(self, location: Location, engines: Engines) -> None:
        self._location = location
        self._engines = engines
        self._schema_seen = False
        self._at_once = None if engines.at_once is None else AtOnce(engines.at_once)
        self._preparing = Preparing(engines.writing.dialect)
        self._turns = WritersTurns(LOCK_WAIT_SECONDS) if location.path is not None else None

    def __repr__(self) -> str:
        return f"Database({self._location.shown})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def shown(self) -> str:
        """The place in words that may be printed: ``sqlite:trustkit.db`` or ``postgresql:host/name``."""
        return self._location.shown

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engines.writing.dialect.name

    def occupant(self) -> Occupant:
        """Return whose database this is, without changing anything in it.

        Raises:
            TrustError: STORE_UNREACHABLE.
        """
        if self._location.path is not None:
            return occupant_of_file(self._location.path)
        return occupant_of(self._engines.reading)

    def migrate(self) -> None:
        """Bring the schema to this program's version; do nothing when it is there. Safe when many start at once.

        Raises:
            TrustError: STORE_MIGRATION when a newer trustkit made the schema or the migration failed,
                STORE_UNREACHABLE, DISK_FULL, DISK_UNWRITABLE. The schema is then as it was.
        """
        if self._location.path is not None:
            make_file(self._location.path)
        if not self._is_current():
            # Alembic takes longer to load than most commands run, and most databases are where they should be.
            from trustkit.store.migrate import run_migrations  # noqa: PLC0415

            run_migrations(self._engines)
        self._schema_seen = True

    @contextmanager
    def unit_of_work(self, *, ahead: bool = False) -> Iterator[UnitOfWork]:
        """Open a transaction that writes: committed when the block ends, rolled back when it raises.

        `ahead` is for what many wait for: on SQLite it goes before the other writers of this process.

        Raises:
            TrustError: whatever the block raises; STORE_UNREACHABLE, STORE_MIGRATION, STORE_CONFLICT, DISK_FULL, BUG
                from the database. Nothing of the unit is kept then, save that a server lost during the very commit
                leaves it unknown: the intents tell which acts finished.
        """
        turn = nullcontext() if self._turns is None else self._turns.taken(ahead=ahead)
        with turn, self._transaction(self._engines.writing) as connection:
            uow = UnitOfWork(connection, self._preparing)
            try:
                yield uow
                uow.require_complete()
            finally:
                uow.end()

    @contextmanager
    def reading(self) -> Iterator[ReadUnit]:
        """Open a transaction that only reads, on one snapshot.

        Raises:
            TrustError: as `unit_of_work`.
        """
        with self._looking(self._engines.reading) as unit:
            yield unit

    @contextmanager
    def reading_at_once(self) -> Iterator[ReadUnit | None]:
        """Open a transaction that only reads and never waits for a lock or another thread; give None where it cannot be had.

        For threads whose waiting keeps many waiting, such as an event loop. SQLite's readers wait for no writer, so a row found by
        its key costs some tens of microseconds, besides the disk where the page is not in memory. A server is always waited for.

        Raises:
            TrustError: as `unit_of_work`; STORE_UNREACHABLE where others would wait. `reading` then waits and says what it is.
        """
        if self._at_once is None or not self._schema_seen:
            yield None
            return
        with self._at_once.snapshot() as connection:
            unit = ReadUnit(connection, self._preparing)
            try:
                yield unit
            finally:
                unit.end()

    def close(self) -> None:
        """Close the idle connections."""
        if self._at_once is not None:
            self._at_once.close()
        self._engines.dispose()

    @contextmanager
    def _looking(self, engine: Engine) -> Iterator[ReadUnit]:
        with self._transaction(engine) as connection:
            unit = ReadUnit(connection, self._preparing)
            try:
                yield unit
            finally:
                unit.end()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        # Only the database's own steps are translated: an OSError of the block is the block's.
        with translated():
            connection = engine.connect()
        try:
            with translated():
                transaction = connection.begin()
                self._require_schema(connection)
            yield connection
            with translated():
                transaction.commit()
        finally:
            # Closing hands the connection back to the pool, which rolls back whatever was not committed.
            with translated():
                connection.close()

    def _is_current(self) -> bool:
        with translated(), self._engines.reading.connect() as connection, connection.begin():
            known = inspect(connection).has_table("alembic_version")
            return bool(known and connection.execute(_VERSION).scalar() == SCHEMA_HEAD)

    def _require_schema(self, connection: Connection) -> None:
        if self._schema_seen:
            return
        found = connection.execute(_VERSION).scalar()
        if found != SCHEMA_HEAD:
            problem = "is older: run the migration" if found in REVISIONS else "was made by a newer trustkit"
            raise TrustError(ErrorCode.STORE_MIGRATION, f"the database's schema {problem}", needed=SCHEMA_HEAD)
        self._schema_seen = True


def open_database(url: str) -> Database:
    """Return the database at `url`; nothing is connected or made before it is used.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host/name``.

    Raises:
        TrustError: SETTINGS_MALFORMED, STORE_MISSING_DRIVER.
    """
    location = parse_location(url)
    if location.path is not None:
        return Database(location, sqlite_engines(location.path))
    if location.url is not None:
        return Database(location, postgresql_engines(location.url))
    raise TrustError(ErrorCode.BUG, "a location without a place")
