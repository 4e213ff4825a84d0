from __future__ import annotations

import errno
import sqlite3
from typing import TYPE_CHECKING

import psycopg
import psycopg.errors
import pytest
from sqlalchemy import exc

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.failures import disk_error, store_error, translated

if TYPE_CHECKING:
    from trustkit.error_family import Code

POSTGRESQL = (
    ("08006", ErrorCode.STORE_UNREACHABLE),
    ("22001", ErrorCode.BUG),
    ("23502", ErrorCode.BUG),
    ("23505", ErrorCode.STORE_CONFLICT),
    ("25006", ErrorCode.DISK_UNWRITABLE),
    ("28P01", ErrorCode.STORE_UNREACHABLE),
    ("3D000", ErrorCode.STORE_UNREACHABLE),
    ("40001", ErrorCode.STORE_UNREACHABLE),
    ("40P01", ErrorCode.STORE_UNREACHABLE),
    ("42501", ErrorCode.STORE_UNREACHABLE),
    ("42601", ErrorCode.BUG),
    ("42P01", ErrorCode.STORE_MIGRATION),
    ("53100", ErrorCode.DISK_FULL),
    ("53300", ErrorCode.STORE_UNREACHABLE),
    ("55P03", ErrorCode.STORE_UNREACHABLE),
    ("57014", ErrorCode.STORE_UNREACHABLE),
    ("57P01", ErrorCode.STORE_UNREACHABLE),
    ("58030", ErrorCode.DISK_UNWRITABLE),
)
SQLITE = (
    (sqlite3.SQLITE_BUSY, ErrorCode.STORE_UNREACHABLE),
    (sqlite3.SQLITE_BUSY_SNAPSHOT, ErrorCode.STORE_UNREACHABLE),
    (sqlite3.SQLITE_CANTOPEN, ErrorCode.STORE_UNREACHABLE),
    (sqlite3.SQLITE_CONSTRAINT_CHECK, ErrorCode.BUG),
    (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode.STORE_CONFLICT),
    (sqlite3.SQLITE_CONSTRAINT_TRIGGER, ErrorCode.STORE_CONFLICT),
    (sqlite3.SQLITE_CONSTRAINT_UNIQUE, ErrorCode.STORE_CONFLICT),
    (sqlite3.SQLITE_CORRUPT, ErrorCode.STORE_UNREACHABLE),
    (sqlite3.SQLITE_FULL, ErrorCode.DISK_FULL),
    (sqlite3.SQLITE_IOERR_FSYNC, ErrorCode.DISK_UNWRITABLE),
    (sqlite3.SQLITE_IOERR_SHMSIZE, ErrorCode.DISK_FULL),
    (sqlite3.SQLITE_NOTADB, ErrorCode.STORE_UNREACHABLE),
    (sqlite3.SQLITE_READONLY, ErrorCode.DISK_UNWRITABLE),
    (sqlite3.SQLITE_TOOBIG, ErrorCode.INPUT_TOO_LARGE),
)


def wrapped(original: Exception, kind: type[exc.DBAPIError] = exc.DatabaseError) -> exc.DBAPIError:
    return kind("INSERT … VALUES ('张三')", {"name": "张三"}, original)


@pytest.mark.parametrize(("state", "code"), POSTGRESQL)
def test_names_each_refusal_of_postgresql(state: str, code: Code) -> None:
    error = store_error(wrapped(psycopg.errors.lookup(state)("DETAIL: Key (name)=(张三) exists")))
    assert error.code is code
    assert error.facts["sqlstate"] == state
    assert "张三" not in str(error)


@pytest.mark.parametrize(("result", "code"), SQLITE)
def test_names_each_refusal_of_sqlite(result: int, code: Code) -> None:
    original = sqlite3.OperationalError("张三")
    original.sqlite_errorcode = result
    original.sqlite_errorname = "SQLITE_X"
    error = store_error(wrapped(original))
    assert error.code is code
    assert "张三" not in str(error)


def test_names_what_has_no_code_of_its_own() -> None:
    assert store_error(exc.TimeoutError()).code is ErrorCode.STORE_UNREACHABLE
    assert store_error(exc.InvalidRequestError("x")).code is ErrorCode.BUG
    assert store_error(wrapped(psycopg.OperationalError("x"), exc.OperationalError)).code is ErrorCode.STORE_UNREACHABLE
    assert store_error(wrapped(psycopg.ProgrammingError("x"), exc.ProgrammingError)).code is ErrorCode.BUG
    assert store_error(wrapped(sqlite3.OperationalError("no such table: meta"))).code is ErrorCode.STORE_MIGRATION


def test_names_what_the_disk_says() -> None:
    assert disk_error(OSError(errno.ENOSPC, "x")).code is ErrorCode.DISK_FULL
    assert disk_error(OSError(errno.EACCES, "x")).code is ErrorCode.DISK_UNWRITABLE


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (OverflowError("x"), ErrorCode.INPUT_UNREADABLE),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "x"), ErrorCode.INPUT_UNREADABLE),
        (OSError(errno.ENOSPC, "x"), ErrorCode.DISK_FULL),
        (exc.TimeoutError(), ErrorCode.STORE_UNREACHABLE),
    ],
)
def test_lets_only_trust_errors_out_and_does_not_chain(raised: Exception, code: Code) -> None:
    with pytest.raises(TrustError) as caught, translated():
        raise raised
    assert caught.value.code is code
    assert caught.value.__suppress_context__
