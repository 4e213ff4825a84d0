"""Two and more connections at once: what must be unique is unique, and of two acts on one state one wins."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import text

from tests.support import register
from tests.support.databases import NOON, tell
from tests.support.licence_register import revoke_licence
from trustkit.audit.trail import list_events
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, crls, licences, revocations, status_lists
from trustkit.store.crls import CrlHead, ListKind
from trustkit.store.database import Database, open_database
from trustkit.store.licences import LicenceState
from trustkit.store.revocations import Selection
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[3]
URI = "https://trust.example/status/1"
RACERS = 4
ROUNDS = 10


def race(url: str, run: Callable[[Database, int], T]) -> list[T]:
    """Run `run` on RACERS databases of their own at the same moment."""
    start = Barrier(RACERS)

    def one(number: int) -> T:
        with open_database(url) as database:
            start.wait()
            return run(database, number)

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(one, range(RACERS)))


def test_a_sequence_gives_each_number_once(migrated_url: str) -> None:
    def take(database: Database, _number: int) -> list[int]:
        given = []
        for _ in range(ROUNDS):
            with database.unit_of_work() as uow:
                given.append(next_value(uow, "stamp"))
        return given

    answers = race(migrated_url, take)
    assert sorted(number for given in answers for number in given) == list(range(1, RACERS * ROUNDS + 1))
    assert all(given == sorted(given) for given in answers)


def test_slots_serials_and_trail_numbers_are_given_once(migrated_url: str) -> None:
    """The list has exactly as many slots as are wanted, so the racers collide all the time."""
    with open_database(migrated_url) as database, database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON, capacity=RACERS * ROUNDS)

    def issue(database: Database, number: int) -> list[tuple[int, str]]:
        given = []
        for turn in range(ROUNDS):
            with database.unit_of_work() as uow:
                name = f"L{number}-{turn}"
                row = licences.reserve(uow, identifier=name, type_code="t", version=1, status_list=URI, at=NOON)
                certificate = register.reserve(uow, issuer="issuing", profile="p", subject="CN=x", at=NOON)
                tell(uow, name)
                tell(uow, certificate.serial)
            given.append((row.status_index, certificate.serial))
        return given

    given = [pair for answer in race(migrated_url, issue) for pair in answer]
    assert sorted(slot for slot, _ in given) == list(range(RACERS * ROUNDS))
    assert len({serial for _, serial in given}) == RACERS * ROUNDS
    with open_database(migrated_url) as database, database.reading() as unit:
        numbers = [entry.sequence for entry in list_events(unit, limit=1000)]
    assert numbers == list(range(1, 2 * RACERS * ROUNDS + 1))


def test_one_identifier_goes_to_one_of_them(migrated_url: str) -> None:
    with open_database(migrated_url) as database, database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON)

    def reserve(database: Database, _number: int) -> str:
        try:
            with database.unit_of_work() as uow:
                licences.reserve(uow, identifier="L", type_code="t", version=1, status_list=URI, at=NOON)
                tell(uow)
        except TrustError as error:
            return error.code
        return "mine"

    answers = race(migrated_url, reserve)
    assert sorted(answers) == sorted(["mine"] + [ErrorCode.STORE_CONFLICT] * (RACERS - 1))


def test_one_of_them_revokes(migrated_url: str) -> None:
    with open_database(migrated_url) as database, database.unit_of_work() as uow:
        status_lists.open_list(uow, uri=URI, at=NOON)
        licences.reserve(uow, identifier="L", type_code="t", version=1, status_list=URI, at=NOON)
        licences.complete(uow, "L", document=b"x", document_sm3="0" * 64, at=NOON)
        tell(uow)
        tell(uow)

    def revoke(database: Database, _number: int) -> str:
        try:
            with database.unit_of_work() as uow:
                revoke_licence(uow, "L", at=NOON, reason="superseded")
                tell(uow, "revocation")
        except TrustError as error:
            return error.code
        return "mine"

    answers = race(migrated_url, revoke)
    assert sorted(answers) == sorted(["mine"] + [ErrorCode.STORE_CONFLICT] * (RACERS - 1))
    with open_database(migrated_url) as database, database.reading() as unit:
        assert licences.get(unit, "L").state is LicenceState.REVOKED
        assert [entry.object_id for entry in list_events(unit)].count("revocation") == 1


def test_a_higher_crl_number_never_knows_less(migrated_url: str) -> None:
    def publish(database: Database, _number: int) -> list[tuple[int, int]]:
        kept = []
        for _ in range(ROUNDS):
            with database.unit_of_work() as uow:
                row = register.reserve(uow, issuer="issuing", profile="p", subject="CN=x", at=NOON)
                register.complete(uow, row.serial, der=b"\x30", issued_at=NOON, not_after=NOON)
                certificates.revoke(uow, row.serial, at=NOON, reason="superseded")
                for _act in range(3):
                    tell(uow)
            with database.unit_of_work() as uow:
                number = crls.next_number(uow, "issuing")
            with database.reading() as unit:
                change = revocations.last_change(unit, "issuing")
                told = sum(page.entries for page in revocations.pages(unit, "issuing", Selection()))
            assert told == change  # one snapshot
            try:
                with database.unit_of_work() as uow:
                    crls.add(uow, crl_head(number, change), b"\x30\x00")
                    tell(uow)
            except TrustError as error:
                assert error.code is ErrorCode.STORE_CONFLICT  # noqa: PT017 - overtaken, as it should be
            else:
                kept.append((number, change))
        return kept

    kept = sorted(pair for answer in race(migrated_url, publish) for pair in answer)
    assert kept
    changes = [change for _, change in kept]
    assert changes == sorted(changes)
    assert len({number for number, _ in kept}) == len(kept)


def crl_head(number: int, change: int) -> CrlHead:
    return CrlHead(
        issuer="issuing",
        scope=crls.WHOLE,
        kind=ListKind.FULL,
        number=number,
        base=None,
        change=change,
        entries=change,
        this_update=NOON,
        next_update=NOON + timedelta(days=1),
        size=2,
        sha256="0" * 64,
    )


def test_a_follower_of_the_trail_misses_nothing(migrated_url: str) -> None:
    """One racer reads on from the last number it saw while the others write."""
    wanted = (RACERS - 1) * ROUNDS

    def run(database: Database, number: int) -> list[int]:
        if number:
            for _ in range(ROUNDS):
                with database.unit_of_work() as uow:
                    tell(uow)
            return []
        seen: list[int] = []
        while len(seen) < wanted:
            with database.reading() as unit:
                seen.extend(entry.sequence for entry in list_events(unit, after=seen[-1] if seen else 0))
        return seen

    assert race(migrated_url, run)[0] == list(range(1, wanted + 1))


def test_processes_starting_at_once_make_one_schema(database_url: str) -> None:
    program = "import sys; from trustkit.store.database import open_database; open_database(sys.argv[1]).migrate()"
    children = [
        subprocess.Popen([sys.executable, "-c", program, database_url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    problems = [child.communicate(timeout=60)[1].decode() for child in children]
    assert problems == ["", "", ""]
    assert [child.returncode for child in children] == [0, 0, 0]
    with open_database(database_url) as database, database.unit_of_work() as uow:
        assert uow.fetch_value(text("SELECT count(*) FROM alembic_version")) == 1  # type: ignore[arg-type]
        assert next_value(uow, "first") == 1
