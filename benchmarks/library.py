"""A register of millions of licences: what looking into it takes, and what it takes until everybody can know of one that was revoked.

    .venv/bin/python -m benchmarks.library [LICENCES [REVOCABLE]]

Prints one line a question, over SQLite and over PostgreSQL (a server of its own, in memory where there is room): the median wait, the one that
95 of a hundred questions do not exceed, and the limit. The rows are made by the database itself, in all states, of a hundred issuers and
nine types, a third of them held by somebody of five licences; documents are short, and no question reads them. Then the seconds from the
order to revoke one among `REVOCABLE` until its list is signed and published, as JWT and as CWT.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded: the same questions each time
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from sqlalchemy import func, select

from tests.support.authority import SAMPLE, make_home, passphrase
from tests.support.postgres import fresh_url
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.store import licences, status_lists
from trustkit.store.database import Database, open_database
from trustkit.store.licence_search import LicenceSearch, list_expired, search
from trustkit.store.licences import LicenceState
from trustkit.store.schema import licences as _table
from trustkit.store.status_lists import DEFAULT_CAPACITY

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit

LICENCES: Final = 5_000_000
REVOCABLE: Final = 1_000_000
SECONDS: Final = 0.020  # a question, 95 of a hundred
PUBLISHED: Final = 1.0
ROUNDS: Final = 200
REVOKED: Final = 5
_ISSUERS: Final = 100
_TYPES: Final = 9
_OF_ONE: Final = 5  # licences of one holder
_SINCE: Final = datetime(2016, 1, 1, tzinfo=UTC)
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
_YEAR: Final = timedelta(days=365)
_STEP: Final = timedelta(seconds=63)  # from one to the next: five millions in ten years
# Of twenty: one suspended, one superseded, one revoked, the others issued.
_STATE: Final = "CASE n % 20 WHEN 0 THEN 'suspended' WHEN 1 THEN 'superseded' WHEN 2 THEN 'revoked' ELSE 'issued' END"
_ENDED: Final = "n % 20 IN (1, 2)"
_CACHE_KIB: Final = 2 * 1024 * 1024
_COUNTED: Final = (
    "(WITH RECURSIVE made(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM made WHERE n < {}) SELECT n FROM made)"
)
_COLUMNS: Final = (
    "identifier, type_code, version, line, issuer, holder, state, changes, status_list, status_index, intent_at, issued_at, effective_at, "
    "expires_at, revoked_at, document_sm3, document"
)


def _uri(number: int) -> str:
    return f"https://bench.example/status/{number}"


def _holders(count: int) -> int:
    return max(1, count // 3 // _OF_ONE)


def open_lists(database: Database, count: int) -> None:
    """Open as many lists as licences need."""
    with database.unit_of_work() as uow:
        for number in range(-(-count // DEFAULT_CAPACITY)):
            status_lists.open_list(uow, uri=_uri(number), at=_SINCE)


def _rows(count: int, *, moment: Callable[[str], str], digits: str, nothing: str, numbers: str) -> str:
    """Return the statement that makes the rows, in a database's own words."""
    asked, later = f"n * {_STEP.total_seconds()!r}", timedelta(days=1095).total_seconds()
    return f"""
        INSERT INTO licences ({_COLUMNS})
        SELECT 'b.' || (n * 7919 % 9999991) || '.' || n, 'type-' || (n % {_TYPES}), 1, 'line-' || n,
               {digits.format(f"n / 20 % {_ISSUERS}", "000000000000000000")},
               CASE WHEN n % 3 = 0 THEN 'h' || (n / 3 % {_holders(count)}) END,
               {_STATE}, 0, 'https://bench.example/status/' || (n / {DEFAULT_CAPACITY}), n % {DEFAULT_CAPACITY},
               {moment(asked)}, {moment(asked)}, {moment(asked)}, {moment(f"{asked} + {later}")},
               CASE WHEN {_ENDED} THEN {moment(asked)} END, 'x', {nothing}
        FROM {numbers}
    """  # noqa: S608 - numbers of this file


def fill_sqlite(path: Path, count: int) -> None:
    """Make the rows in a file, indexes last: one by one each would be looked for in eight of them."""
    statement = _rows(
        count,
        moment=lambda seconds: (
            f"strftime('%Y-%m-%dT%H:%M:%f', '{_SINCE:%Y-%m-%d}', ({seconds}) || ' seconds') || '000Z'"
        ),
        digits="substr('{1}' || ({0}), -18)",
        nothing="zeroblob(64)",
        numbers=_COUNTED.format(count - 1),
    )
    with closing(sqlite3.connect(path)) as driver:
        named = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'licences' AND sql IS NOT NULL"
        indexes = driver.execute(named).fetchall()
        for name, _ in indexes:
            driver.execute(f"DROP INDEX {name}")
        driver.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")  # its own index is in no order
        driver.execute("PRAGMA synchronous = OFF")
        driver.execute(statement)
        for _, sql in indexes:
            driver.execute(sql)
        driver.commit()
        driver.execute("ANALYZE")
        driver.commit()


def fill_postgresql(url: str, count: int) -> None:
    """Make the rows on a server, likewise."""
    statement = _rows(
        count,
        moment=lambda seconds: f"timestamptz '{_SINCE.isoformat()}' + ({seconds}) * interval '1 second'",
        digits="lpad(({0})::text, 18, '0')",
        nothing="'\\x00'::bytea",
        numbers=f"generate_series(0::bigint, {count - 1}) AS made(n)",
    )
    with psycopg.connect(url, autocommit=True) as driver:
        named = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'licences' AND indexdef NOT LIKE '%UNIQUE%'"
        )
        indexes = driver.execute(named).fetchall()
        for name, _ in indexes:
            driver.execute(f'DROP INDEX "{name}"'.encode())
        driver.execute(statement.encode())
        for _, sql in indexes:
            driver.execute(sql.encode())
        driver.execute("VACUUM ANALYZE licences")


class Picks:
    """What is asked for, each time something else that is there."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._choose = random.Random(1)  # noqa: S311

    def type(self) -> str:
        """Return a type."""
        return f"type-{self._choose.randrange(_TYPES)}"

    def issuer(self) -> str:
        """Return an issuer."""
        return f"{self._choose.randrange(_ISSUERS):018}"

    def holder(self) -> str:
        """Return a holder."""
        return f"h{self._choose.randrange(_holders(self._count))}"

    def day(self) -> datetime:
        """Return a moment at which one was asked for."""
        return _SINCE + self._choose.randrange(self._count) * _STEP

    def identifier(self) -> str:
        """Return a licence."""
        number = self._choose.randrange(self._count)
        return f"b.{number * 7919 % 9999991}.{number}"


Question = Callable[["ReadUnit", Picks], object]
QUESTIONS: Final[tuple[tuple[str, Question], ...]] = (
    ("one by its number", lambda unit, of: licences.get(unit, of.identifier())),
    ("those of a holder", lambda unit, of: search(unit, LicenceSearch(holder=of.holder()))),
    ("those of a type, in any state", lambda unit, of: search(unit, LicenceSearch(type_code=of.type()))),
    (
        "those of an issuer that are suspended",
        lambda unit, of: search(unit, LicenceSearch(issuer=of.issuer(), state=LicenceState.SUSPENDED)),
    ),
    (
        "those of an issuer and a type since a year",
        lambda unit, of: search(unit, LicenceSearch(issuer=of.issuer(), type_code=of.type(), since=of.day() - _YEAR)),
    ),
    (
        "those of the year before a day",
        lambda unit, of: search(unit, LicenceSearch(until=of.day(), since=_SINCE - _YEAR)),
    ),
    (
        "the next page of those in force",
        lambda unit, of: search(unit, LicenceSearch(state=LicenceState.ISSUED, after=of.identifier())),
    ),
    ("those of a type that ran out", lambda unit, of: list_expired(unit, LicenceSearch(type_code=of.type()), at=_NOW)),
)


def look(database: Database, count: int) -> None:
    """Print what each question takes."""
    with database.reading() as unit:
        assert unit.fetch_value(select(func.count()).select_from(_table)) == count  # noqa: S101 - else there is nothing to measure
    picks = Picks(count)
    for name, ask in QUESTIONS:
        waits = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with database.reading() as unit:
                found = ask(unit, picks)
            waits.append(time.perf_counter() - began)
            assert found, name  # noqa: S101 - a question that finds nothing is none
        waits.sort()
        most = waits[len(waits) * 95 // 100]
        missed = "" if most <= SECONDS else "  MISSED"
        print(
            f"{database.dialect}: {name:<45} median {1000 * statistics.median(waits):>7.2f} ms, 95 % {1000 * most:>7.2f} ms of "
            f"{1000 * SECONDS:.0f} {SECONDS / most:>7.2f}{missed}",
            flush=True,
        )


def revoke(place: Path, count: int) -> None:
    """Print what it takes to revoke one of a register's licences until its list is published."""
    home = make_home(place / "home")
    with open_authority(home) as opened:
        service = opened.licences(opened.unlock(passphrase()))
        made = [
            service.issue("business-licence", SAMPLE.read_bytes(), actor=opened.operator).identifier
            for _ in range(REVOKED)
        ]
        with opened.database.reading() as unit:
            own = licences.get(unit, made[0]).status_list
        open_lists(opened.database, count)
        path = home / "store.sqlite"
        fill_sqlite(path, count)
        with closing(sqlite3.connect(path)) as driver:  # the list the licences stand in is as full as lists become
            full = "UPDATE OR IGNORE licences SET status_list = ? WHERE status_list = ?"
            driver.execute(full, (own, _uri(0)))
            driver.commit()
        seconds = []
        for identifier in made:
            began = time.perf_counter()
            service.revoke(identifier, reason="superseded", actor=opened.operator)
            seconds.append(time.perf_counter() - began)
            with opened.database.reading() as unit:
                latest = status_lists.find_latest_token(unit, own)
                assert latest is not None  # noqa: S101 - as above
                assert SystemClock().now() - latest.issued_at < timedelta(minutes=1)  # noqa: S101 - as above
    most = max(seconds)
    missed = "" if most <= PUBLISHED else "  MISSED"
    print(
        f"one of {count:,} revoked and its list published{'':<14} median {statistics.median(seconds):.2f} s, most {most:.2f} s of "
        f"{PUBLISHED:.0f} {PUBLISHED / most:>7.2f}{missed}",
        flush=True,
    )


def main(count: int, revocable: int) -> None:
    """Fill both databases, and ask."""
    with tempfile.TemporaryDirectory(prefix="trustkit-bench-") as folder:
        place = Path(folder)
        with open_database(f"sqlite:///{place / 'library.db'}") as database:
            database.migrate()
            open_lists(database, count)
            fill_sqlite(place / "library.db", count)
            look(database, count)
        (place / "library.db").unlink()
        for url in fresh_url(migrated=True):
            with open_database(url) as database:
                open_lists(database, count)
                fill_postgresql(url, count)
                look(database, count)
        revoke(place, revocable)


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:3]), *(LICENCES, REVOCABLE)[len(sys.argv[1:3]) :])
