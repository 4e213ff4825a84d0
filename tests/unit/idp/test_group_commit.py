"""What is written together commits together, fails alone, and is answered after the commit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from idp.group_commit import GroupWriter, Written, checked
from tests.support.databases import NOON
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork


def _event(name: str) -> AuditEvent:
    return AuditEvent(type=EventType.SERVICE_STARTED, at=NOON, actor=SYSTEM, object_type="test", object_id=name)


def _job(name: str) -> Callable[[UnitOfWork], Written[str]]:
    def job(uow: UnitOfWork) -> Written[str]:
        op_once.see(uow, name, expires_at=NOON)
        return Written(name, (_event(name),))

    return job


def _run(database: Database, work: Callable[[GroupWriter], Awaitable[Any]], **limits: int) -> Any:
    async def act() -> Any:
        writer = GroupWriter(database, **limits)  # type: ignore[arg-type]
        try:
            return await work(writer)
        finally:
            writer.close()

    return asyncio.run(act())


def _told(database: Database) -> list[str]:
    with database.reading() as unit:
        return [event.object_id for event in trail.list_events(unit)]


def test_all_that_wait_are_written_with_their_events(database: Database) -> None:
    async def work(writer: GroupWriter) -> list[str]:
        return list(await asyncio.gather(*(writer.write(_job(f"j{number}")) for number in range(20))))

    assert _run(database, work, together=8) == [f"j{number}" for number in range(20)]
    assert sorted(_told(database)) == sorted(f"j{number}" for number in range(20))


def test_one_that_fails_takes_nobody_with_it(database: Database) -> None:
    def bad(uow: UnitOfWork) -> Written[str]:
        op_once.see(uow, "bad", expires_at=NOON)
        raise TrustError(ErrorCode.STORE_CONFLICT, "lost")

    def broken(_: UnitOfWork) -> Written[str]:
        raise ZeroDivisionError

    async def work(writer: GroupWriter) -> list[Any]:
        jobs = [_job("one"), bad, broken, _job("two")]
        return list(await asyncio.gather(*map(writer.write, jobs), return_exceptions=True))

    found = _run(database, work)
    assert (found[0], found[3]) == ("one", "two")
    assert isinstance(found[1], TrustError)
    assert isinstance(found[2], ZeroDivisionError)
    assert sorted(_told(database)) == ["one", "two"]
    with database.unit_of_work() as uow:
        assert op_once.see(uow, "bad", expires_at=NOON)  # nothing of it was kept


def test_a_refusal_is_written_and_told(database: Database) -> None:
    def reused(uow: UnitOfWork) -> Written[str]:
        op_once.see(uow, "reused", expires_at=NOON)
        return Written(None, (_event("reused"),), refused=TrustError(IdentityCode.OP_GRANT_REUSED, "twice"))

    with pytest.raises(TrustError) as caught:
        _run(database, lambda writer: writer.write(reused))
    assert caught.value.code is IdentityCode.OP_GRANT_REUSED
    assert _told(database) == ["reused"]


def test_what_is_checked_before_it_is_written_disturbs_no_group(database: Database) -> None:
    runs: list[str] = []

    def counted(uow: UnitOfWork) -> Written[str]:
        runs.append("ran")
        return _job("kept")(uow)

    def refuse(_: UnitOfWork) -> Written[str]:
        raise TrustError(IdentityCode.OP_GRANT_REFUSED, "no")

    async def work(writer: GroupWriter) -> list[Any]:
        first = asyncio.create_task(writer.write(_job("first")))
        await asyncio.sleep(0)
        rest = asyncio.gather(writer.write(counted), writer.write(checked(refuse)), return_exceptions=True)
        return [await first, *await rest]

    found = _run(database, work)
    assert found[:2] == ["first", "kept"]
    assert found[2].code is IdentityCode.OP_GRANT_REFUSED
    assert runs == ["ran"]


def test_too_many_are_sent_away_and_the_others_answered(database: Database) -> None:
    async def work(writer: GroupWriter) -> list[Any]:
        jobs = (writer.write(_job(f"j{number}")) for number in range(8))
        return list(await asyncio.gather(*jobs, return_exceptions=True))

    found = _run(database, work, waiting=2)
    assert found[:2] == ["j0", "j1"]
    assert {error.code for error in found[2:]} == {ErrorCode.REQUEST_BUSY}


def test_what_jobs_record_themselves_is_told_after_all_of_them_and_only_with_them(database: Database) -> None:
    seen: list[int] = []

    def recording(name: str) -> Callable[[UnitOfWork], Written[str]]:
        def job(uow: UnitOfWork) -> Written[str]:
            trail.record(uow, _event(name))
            seen.append(trail.last_sequence(uow))
            return Written(name)

        return job

    def bad(uow: UnitOfWork) -> Written[str]:
        trail.record(uow, _event("bad"))
        raise TrustError(ErrorCode.STORE_CONFLICT, "lost")

    async def work(writer: GroupWriter) -> list[Any]:
        jobs = [recording("one"), bad, recording("two")]
        return list(await asyncio.gather(*map(writer.write, jobs), return_exceptions=True))

    found = _run(database, work)
    assert (found[0], found[2]) == ("one", "two")
    assert found[1].code is ErrorCode.STORE_CONFLICT
    assert _told(database) == ["one", "two"]
    assert seen[0] == 0  # on PostgreSQL the trail's lock is not taken yet


def test_what_a_server_undid_for_anothers_sake_is_done_again_one_by_one(database: Database) -> None:
    tries: list[str] = []

    def locked(uow: UnitOfWork) -> Written[str]:
        tries.append("locked")
        if len(tries) == 1:
            raise TrustError(ErrorCode.STORE_UNREACHABLE, "another writer", sqlstate="40P01")
        return _job("locked")(uow)

    def away(_: UnitOfWork) -> Written[str]:
        tries.append("away")
        raise TrustError(ErrorCode.STORE_UNREACHABLE, "gone", sqlstate="08006")

    async def work(writer: GroupWriter) -> list[Any]:
        found = list(await asyncio.gather(writer.write(_job("one")), writer.write(locked)))
        lost = await asyncio.gather(writer.write(_job("two")), writer.write(away), return_exceptions=True)
        return [*found, *lost]

    one, again, two, away_ = _run(database, work)
    assert (one, again) == ("one", "locked")
    assert two.code is away_.code is ErrorCode.STORE_UNREACHABLE  # a server that is away is not asked for each of them
    assert tries == ["locked", "locked", "away"]


def test_a_client_that_has_gone_leaves_its_act_and_no_trace(database: Database) -> None:
    async def work(writer: GroupWriter) -> str:
        gone = asyncio.create_task(writer.write(_job("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        return await writer.write(_job("stays"))

    assert _run(database, work) == "stays"
    assert sorted(_told(database)) == ["gone", "stays"]
