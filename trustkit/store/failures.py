"""Turn what SQLAlchemy, sqlite3 and psycopg raise into `TrustError`.

Drivers quote rows, statements and addresses in their messages, so none of that text is passed on: an error says what
happened in our words, with the driver's own code (SQLSTATE or SQLite's name) as a fact.
"""

from __future__ import annotations

import sqlite3
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc

from trustkit.error_family import Code
from trustkit.errors import ErrorCode, TrustError, disk_code

if TYPE_CHECKING:
    from collections.abc import Mapping

_BUSY = "another writer holds the database; try again"
_GONE = "the database cannot be reached"
_FULL = "no space is left for the database; nothing was written"
_NO_SCHEMA = "the database holds no trustkit schema; run the migration first"
_READ_ONLY = "the database may not be written"

_Answer = tuple[Code, str]

# SQLite result codes (sqlite.org/rescode.html): an extended code where it says more, else the primary one in its low octet.
_SQLITE: Final[Mapping[int, _Answer]] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: (ErrorCode.STORE_UNREACHABLE, _BUSY),
        sqlite3.SQLITE_LOCKED: (ErrorCode.STORE_UNREACHABLE, _BUSY),
        sqlite3.SQLITE_FULL: (ErrorCode.DISK_FULL, _FULL),
        sqlite3.SQLITE_IOERR_SHMSIZE: (ErrorCode.DISK_FULL, _FULL),  # the index of the write-ahead log cannot grow
        sqlite3.SQLITE_READONLY: (ErrorCode.DISK_UNWRITABLE, _READ_ONLY),
        sqlite3.SQLITE_PERM: (ErrorCode.DISK_UNWRITABLE, _READ_ONLY),
        sqlite3.SQLITE_CANTOPEN: (ErrorCode.STORE_UNREACHABLE, "the database file cannot be opened"),
        sqlite3.SQLITE_IOERR: (ErrorCode.DISK_UNWRITABLE, "the disk failed under the database"),
        sqlite3.SQLITE_NOTADB: (ErrorCode.STORE_UNREACHABLE, "the file is not a database"),
        sqlite3.SQLITE_CORRUPT: (ErrorCode.STORE_UNREACHABLE, "the database file is damaged; restore it from a backup"),
        sqlite3.SQLITE_TOOBIG: (ErrorCode.INPUT_TOO_LARGE, "a value is larger than the database keeps"),
    }
)
_SQLITE_UNIQUE = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}
)
_PRIMARY_CODE = 0xFF

# SQLSTATE classes and codes (PostgreSQL documentation, appendix A); the longest match counts.
_POSTGRESQL: Final[Mapping[str, _Answer]] = MappingProxyType(
    {
        "08": (ErrorCode.STORE_UNREACHABLE, _GONE),
        "23505": (ErrorCode.STORE_CONFLICT, "a row with this key is there already"),
        "25006": (ErrorCode.DISK_UNWRITABLE, _READ_ONLY),
        "28": (ErrorCode.STORE_UNREACHABLE, "the database refused the credentials"),
        "3D000": (ErrorCode.STORE_UNREACHABLE, "the server has no database of this name"),
        "40": (ErrorCode.STORE_UNREACHABLE, _BUSY),
        "42501": (ErrorCode.STORE_UNREACHABLE, "the database user lacks a privilege"),
        "42P01": (ErrorCode.STORE_MIGRATION, _NO_SCHEMA),
        "53": (ErrorCode.STORE_UNREACHABLE, "the database server is short of resources"),
        "53100": (ErrorCode.DISK_FULL, _FULL),
        "55": (ErrorCode.STORE_UNREACHABLE, _BUSY),
        "57": (ErrorCode.STORE_UNREACHABLE, _GONE),
        "57014": (ErrorCode.STORE_UNREACHABLE, _BUSY),
        "58030": (ErrorCode.DISK_UNWRITABLE, "the disk failed under the database"),
        "TK001": (ErrorCode.STORE_CONFLICT, "the audit trail only grows"),
    }
)


class _Translated:
    """What `translated` gives: one for all, entered some ten times for each question to the store."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        if isinstance(error, exc.SQLAlchemyError):
            raise store_error(error) from None
        if isinstance(error, sqlite3.Error):  # of a prepared statement
            raise _sqlite_error(error) from None
        if isinstance(error, OSError):
            raise disk_error(error) from None
        if isinstance(error, OverflowError | UnicodeError):
            raise TrustError(ErrorCode.INPUT_UNREADABLE, "a value does not fit its column") from None


_TRANSLATED: Final = _Translated()


def translated() -> _Translated:
    """Raise `TrustError` in place of any database or operating system error inside the block.

    The original is not chained: its text may quote rows or addresses, and a log prints the whole chain.
    """
    return _TRANSLATED


def store_error(error: exc.SQLAlchemyError) -> TrustError:
    """Name the refusal behind a SQLAlchemy error."""
    if isinstance(error, exc.TimeoutError):
        return TrustError(ErrorCode.STORE_UNREACHABLE, "all database connections are in use; try again")
    if not isinstance(error, exc.DBAPIError):
        return TrustError(ErrorCode.BUG, "the store was asked for something it cannot say", kind=type(error).__name__)
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _sqlite_error(original)
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str):
        return _postgresql_error(state)
    if isinstance(error, exc.OperationalError) or error.connection_invalidated:
        return TrustError(ErrorCode.STORE_UNREACHABLE, _GONE)
    return TrustError(ErrorCode.BUG, "the database refused a statement", kind=type(original).__name__)


def disk_error(error: OSError) -> TrustError:
    """Name the refusal behind an error of the operating system on the database's file."""
    code = disk_code(error)
    if code is ErrorCode.DISK_FULL:
        return TrustError(code, _FULL)
    return TrustError(code, "the database file cannot be made", errno=error.errno or 0)


def _sqlite_error(error: sqlite3.Error) -> TrustError:
    code = getattr(error, "sqlite_errorcode", 0)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if code in _SQLITE_UNIQUE:
        return TrustError(ErrorCode.STORE_CONFLICT, "a row with this key is there already", sqlite=name)
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return TrustError(ErrorCode.STORE_CONFLICT, "the audit trail only grows", sqlite=name)
    if "no such table" in str(error):
        return TrustError(ErrorCode.STORE_MIGRATION, _NO_SCHEMA, sqlite=name)
    unknown = (ErrorCode.BUG, "the database refused a statement")
    answer = _SQLITE.get(code) or _SQLITE.get(code & _PRIMARY_CODE, unknown)
    return TrustError(*answer, sqlite=name)


def _postgresql_error(state: str) -> TrustError:
    for length in (5, 2):
        answer = _POSTGRESQL.get(state[:length])
        if answer is not None:
            return TrustError(*answer, sqlstate=state)
    return TrustError(ErrorCode.BUG, "the database refused a statement", sqlstate=state)
