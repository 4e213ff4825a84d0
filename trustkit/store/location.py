"""Where a database is: one URL, read once, and a form of it that may be printed.

``sqlite:///relative.db`` and ``sqlite:////absolute.db`` name a file; ``postgresql://`` and ``postgresql+psycopg://`` a
server, spoken to through psycopg 3. `Location.shown` never holds a user, a password or a query.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import exc, make_url

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from sqlalchemy import URL

# A connection string longer than this is a mistake, and would be parsed with regular expressions.
URL_LIMIT = 4096

_POSTGRESQL_DRIVER = "postgresql+psycopg"
_SQLITE_NAMES = frozenset({"sqlite", "sqlite+pysqlite"})
_POSTGRESQL_NAMES = frozenset({"postgres", "postgresql", _POSTGRESQL_DRIVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A parsed database URL: exactly one of `path` (SQLite) and `url` (PostgreSQL) is set."""

    shown: str
    path: Path | None = None
    url: URL | None = field(default=None, repr=False)


def parse_location(text: str) -> Location:
    """Read a database URL.

    Raises:
        TrustError: SETTINGS_MALFORMED, without the text itself, for a URL that cannot be read, a database in memory
            (which would forget what it acknowledged) or another kind of database.
    """
    if len(text) > URL_LIMIT:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, "the database URL is too long", limit=URL_LIMIT)
    try:
        url = make_url(text)
    except (exc.ArgumentError, ValueError):
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, "the database URL cannot be read") from None
    if url.drivername in _SQLITE_NAMES:
        return _sqlite_location(url)
    if url.drivername in _POSTGRESQL_NAMES:
        return _postgresql_location(url)
    raise TrustError(ErrorCode.SETTINGS_MALFORMED, "the database URL must begin with sqlite:// or postgresql://")


def _sqlite_location(url: URL) -> Location:
    name = url.database or ""
    if name in {"", ":memory:"} or name.startswith("file:") or url.query or url.host:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, "a SQLite URL names one file: sqlite:///path/to/file.db")
    path = Path(name)
    return Location(shown=f"sqlite:{path.name}", path=path)


def _postgresql_location(url: URL) -> Location:
    if not url.database:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, "the PostgreSQL URL names no database")
    host = url.host or "local socket"
    return Location(shown=f"postgresql:{host}/{url.database}", url=url.set(drivername=_POSTGRESQL_DRIVER))
