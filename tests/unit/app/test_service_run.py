"""A service's run in the trail: start, end, and what was refused, counted and never one row a request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.support.databases import NOON, database, migrated_url
from trustkit.app import service_run
from trustkit.app.service_run import ServiceRun
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store.meta import INSTANCE_ID, put_meta

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.audit.trail import TrailEntry
    from trustkit.store.database import Database

__all__ = ["database", "migrated_url"]


def run_of(database: Database) -> ServiceRun:
    home = SimpleNamespace(database=database, clock=FixedClock(NOON), engine_name="openssl", version="0.1")
    return ServiceRun(cast("Authority", home), "ca-serve")


def told(database: Database) -> list[TrailEntry]:
    with database.reading() as unit:
        return list(trail.list_events(unit))


def facts(entry: TrailEntry) -> tuple[str, str, str, dict[str, Any]]:
    return entry.type, entry.actor, entry.outcome, dict(entry.facts)


def test_start_refusals_and_end_are_told(database: Database) -> None:
    with database.unit_of_work() as uow:
        put_meta(uow, INSTANCE_ID, "7f")
        trail.record(uow, AuditEvent(
            type=EventType.HOME_INITIALISED, at=NOON, actor=SYSTEM, object_type="home", object_id="a"
        ))  # fmt: skip
    run = run_of(database)
    with run.recorded():
        for route, status in (
            ("/v1/a", 401),
            ("/v1/a", 200),
            ("/v1/a", 401),
            ("unrouted", 429),
            ("/v1/a", 403),
            ("/v1/b", 404),
        ):
            run.count(route, status)
        assert [each.type for each in told(database)] == ["home:authority:initialised", "app:service:started"]
    started, *refused, stopped = told(database)[1:]
    assert facts(started) == (
        "app:service:started",
        "system",
        "success",
        {"engine": "openssl", "instance": "7f", "version": "0.1"},
    )
    assert [facts(each) for each in refused] == [
        ("web:request:refused", "anonymous", "denied", {"requests": 1, "route": "/", "status": 429}),
        ("web:request:refused", "anonymous", "denied", {"requests": 2, "route": "/v1/a", "status": 401}),
        ("web:request:refused", "anonymous", "denied", {"requests": 1, "route": "/v1/a", "status": 403}),
    ]
    assert facts(stopped) == ("app:service:stopped", "system", "success", {"requests": 6})
    assert len({each.object_id for each in (started, *refused, stopped)}) == 1


def test_refusals_are_told_while_it_runs(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_run, "EVERY_SECONDS", 0.01)
    run = run_of(database)
    with run.recorded():
        run.count("/v1/a", 401)
        for _ in range(500):
            if any(each.type == "web:request:refused" for each in told(database)):
                break
        else:
            pytest.fail("nothing was told")
    assert [each.type for each in told(database)] == [
        "app:service:started",
        "web:request:refused",
        "app:service:stopped",
    ]


def test_a_service_that_cannot_be_recorded_does_not_begin_and_one_that_runs_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise TrustError(ErrorCode.DISK_FULL)

    with monkeypatch.context() as patch:
        patch.setattr(trail, "record", full)
        with pytest.raises(TrustError), run_of(database).recorded():
            pytest.fail("it began")
    run = run_of(database)
    with run.recorded():
        run.count("/v1/a", 401)
        monkeypatch.setattr(trail, "record", full)
    assert [each.type for each in told(database)] == ["app:service:started"]
