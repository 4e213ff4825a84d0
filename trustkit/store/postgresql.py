"""PostgreSQL as trustkit uses it: psycopg 3, READ COMMITTED for writes, one snapshot for reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, create_engine, event, exc

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.engines import LOCK_WAIT_SECONDS, POOL_OVERFLOW, POOL_SIZE, POOL_WAIT_SECONDS, Engines

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_SECONDS: Final = 5
# A statement of ours takes milliseconds; one that takes this long is stuck.
STATEMENT_SECONDS: Final = 30

_SESSION: Final = (
    f"SET lock_timeout = {int(LOCK_WAIT_SECONDS * 1000)}",
    f"SET statement_timeout = {STATEMENT_SECONDS * 1000}",
    "SET idle_in_transaction_session_timeout = 60000",
    "SET timezone = 'UTC'",
    # Acknowledged means durable, whatever the server's default: only "off" and "local" are raised, never lowered.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)


def postgresql_engines(url: URL) -> Engines:
    """Build the engines for a server; nothing is connected yet.

    Raises:
        TrustError: STORE_MISSING_DRIVER without psycopg 3, SETTINGS_MALFORMED for options it cannot read.
    """
    try:
        writing = create_engine(
            url,
            isolation_level="READ COMMITTED",
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "trustkit"},
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=POOL_WAIT_SECONDS,
        )
    except ImportError:
        raise TrustError(
            ErrorCode.STORE_MISSING_DRIVER, "PostgreSQL needs psycopg 3: install trustkit with the extra 'postgres'"
        ) from None
    except (exc.ArgumentError, ValueError):
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, "the database URL has options that cannot be read") from None
    event.listen(writing, "connect", _prepare_session)
    reading = writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(writing=writing, reading=reading)


def _prepare_session(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for statement in _SESSION:
        cursor.execute(statement)
    cursor.close()
    connection.commit()
