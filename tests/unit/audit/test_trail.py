from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from tests.support.databases import NOON
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.audit.trail import (
    _ABOUT,
    TrailEntry,
    last_event,
    last_sequence,
    last_time,
    list_about,
    list_events,
    record,
    record_many,
)
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store.schema import audit_events

if TYPE_CHECKING:
    from trustkit.store.database import Database

EVENT = AuditEvent(
    type=EventType.LICENCE_REVOKED,
    at=NOON,
    actor=Principal(id="operator:7", roles=frozenset({"issuer"})),
    object_type="licence",
    object_id="1.2.156.3005.2.11100000000013338W001.11100000000013127D.SX2026000001.001.Q",
    reason="superseded",
    request_id="01J8ZQ",
    facts={"licence_type": "business-licence", "status_index": 77},
)


def write(database: Database, *events: AuditEvent) -> list[int]:
    """Write events in one unit; return their numbers."""
    with database.unit_of_work() as uow:
        for event in events:
            record(uow, event)
        return [entry.sequence for entry in list_events(uow)[-len(events) :]]


def read(database: Database, **words: int) -> tuple[TrailEntry, ...]:
    with database.reading() as unit:
        return list_events(unit, **words)  # type: ignore[arg-type]


def test_an_event_is_read_as_it_was_written(database: Database) -> None:
    assert write(database, EVENT) == [1]
    (entry,) = read(database)
    assert entry == TrailEntry(
        sequence=1,
        at=NOON,
        type="esign:licence:revoked",
        actor="operator:7",
        object_type="licence",
        object_id=EVENT.object_id,
        outcome="success",
        reason="superseded",
        request_id="01J8ZQ",
        facts={"licence_type": "business-licence", "status_index": 77},
    )


def test_the_fields_level_four_asks_for_are_never_empty(database: Database) -> None:
    """GB/T 22239 9.1.4.3 b: date and time, type, subject, object, outcome."""
    write(
        database, AuditEvent(type=EventType.SERVICE_STARTED, at=NOON, actor=EVENT.actor, object_type="a", object_id="b")
    )
    with database.reading() as unit:
        row = unit.fetch_one(select(audit_events))
    assert row is not None
    assert all(row[name] for name in ("at", "type", "actor", "object_type", "object_id", "outcome"))


def test_a_time_comes_back_in_utc(database: Database) -> None:
    beijing = datetime(2026, 12, 1, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    write(database, replace(EVENT, at=beijing))
    (entry,) = read(database)
    assert entry.at == beijing
    assert entry.at.tzinfo is UTC


def test_numbers_rise_without_gaps_past_a_rollback(database: Database) -> None:
    write(database, EVENT, EVENT)

    def fail() -> None:
        with database.unit_of_work() as uow:
            record(uow, EVENT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert write(database, EVENT) == [3]
    with database.reading() as unit:
        assert last_sequence(unit) == 3


def test_lists_by_place_size_and_type(database: Database) -> None:
    with database.reading() as unit:
        assert last_sequence(unit) == 0
        assert list_events(unit) == ()
    other = replace(EVENT, type=EventType.LICENCE_ISSUED, outcome=Outcome.FAILURE)
    write(database, EVENT, other, EVENT, other)
    with database.reading() as unit:
        assert [entry.sequence for entry in list_events(unit, after=1, limit=2)] == [2, 3]
        assert [entry.sequence for entry in list_events(unit, type=EventType.LICENCE_ISSUED)] == [2, 4]
        assert [entry.outcome for entry in list_events(unit, limit=2)] == ["success", "failure"]


@pytest.mark.parametrize("words", [{"after": -1}, {"after": 10**10}, {"limit": 0}, {"limit": 1001}])
def test_refuses_a_place_or_size_out_of_bounds(database: Database, words: dict[str, int]) -> None:
    with pytest.raises(TrustError) as caught:
        read(database, **words)
    assert caught.value.code is ErrorCode.USAGE


REFUSED = (
    pytest.param(replace(EVENT, actor=Principal(id="张三")), id="a name as actor"),
    pytest.param(replace(EVENT, actor=Principal(id="")), id="nobody"),
    pytest.param(replace(EVENT, object_id=""), id="no object"),
    pytest.param(replace(EVENT, object_id="11010519491231002X"), id="a citizen id as object"),
    pytest.param(replace(EVENT, object_id="holder:11010519491231002X"), id="a citizen id inside an object"),
    pytest.param(replace(EVENT, object_id="张三的营业执照.pdf"), id="a file name as object"),
    pytest.param(replace(EVENT, object_id="x" * 257), id="an object too long"),
    pytest.param(replace(EVENT, object_type="Licence"), id="a type of object with a capital"),
    pytest.param(replace(EVENT, reason="当事人申请注销"), id="a sentence as reason"),
    pytest.param(replace(EVENT, reason="call:13812345678"), id="a telephone number in the reason"),
    pytest.param(replace(EVENT, request_id="clerk@example.cn"), id="a mail address as request"),
    pytest.param(replace(EVENT, facts={"holder": "x"}), id="a fact that is not in the table"),
    pytest.param(replace(EVENT, facts={"licence_type": "11010519491231002X"}), id="a citizen id as fact"),
    pytest.param(replace(EVENT, facts={"status_list": "https://trust.example/13812345678"}), id="a number in a URI"),
    pytest.param(replace(EVENT, facts={"status_index": 13812345678}), id="a telephone number as count"),
)


@pytest.mark.parametrize("event", REFUSED)
def test_refuses_personal_data_before_anything_is_written(database: Database, event: AuditEvent) -> None:
    with database.unit_of_work() as uow:
        with pytest.raises(TrustError) as caught:
            record(uow, event)
        assert caught.value.code is ErrorCode.AUDIT_PERSONAL_DATA
        assert last_sequence(uow) == 0
    for word in ("张三", "11010519491231002", "13812345678", "clerk"):
        assert word not in str(caught.value)


def test_a_serial_of_digits_alone_passes(database: Database) -> None:
    assert write(database, replace(EVENT, facts={"signer_serial": "110105194912310021"})) == [1]


def test_many_events_are_written_in_their_order(database: Database) -> None:
    with database.unit_of_work() as uow:
        record(uow, EVENT)
        record_many(uow, [replace(EVENT, object_id=f"n{number}") for number in range(300)])
    with database.reading() as unit:
        found = list_events(unit, limit=1000)
        assert last_time(unit) == EVENT.at
    assert [entry.sequence for entry in found] == list(range(1, 302))
    assert [entry.object_id for entry in found[1:]] == [f"n{number}" for number in range(300)]


def test_the_newest_events_about_one_thing_are_found_by_their_index(database: Database) -> None:
    with database.unit_of_work() as uow:
        record_many(uow, tuple(replace(EVENT, object_id=f"thing-{number % 1000}") for number in range(2000)))
    with database.reading() as unit:
        newest = last_event(unit, EVENT.type, "thing-7")
        both = list_about(unit, EVENT.type, "thing-7")
        assert last_event(unit, EventType.LICENCE_ISSUED, "thing-7") is None
        assert list_about(unit, EVENT.type, "thing-7", limit=1) == both[1:]
    assert newest == both[-1]
    assert [entry.sequence for entry in both] == [8, 1008]
    with database._engines.writing.connect() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("ANALYZE audit_events"))
        values = {"kind": EVENT.type.value, "about": "thing-7", "most": 1}
        how = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        rows = connection.execute(text(f"{how} {_ABOUT.compile()}"), values)
        plan = " ".join(str(row) for row in rows.all())
    assert "ix_audit_events_type_object_id_sequence" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def test_one_event_with_personal_data_stops_them_all(database: Database) -> None:
    bad = replace(EVENT, object_id="张三")
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        record_many(uow, [EVENT, bad])
    assert caught.value.code is ErrorCode.AUDIT_PERSONAL_DATA
    with database.reading() as unit:
        assert last_sequence(unit) == 0
        assert last_time(unit) is None


def test_an_event_of_a_newer_trustkit_can_be_read(database: Database) -> None:
    with database._engines.writing.begin() as connection:
        connection.execute(
            audit_events.insert().values(
                sequence=1,
                at=NOON,
                type="ca:moon:landed",
                actor="system",
                object_type="moon",
                object_id="1",
                outcome="maybe",
                reason="",
                request_id="",
                facts='{"crew":3}',
            )
        )
    (entry,) = read(database)
    assert (entry.type, entry.outcome, entry.facts) == ("ca:moon:landed", "maybe", {"crew": 3})


def test_a_trail_that_cannot_be_written_stops_the_act(database: Database) -> None:
    with database._engines.writing.begin() as connection:
        connection.execute(text("ALTER TABLE audit_events RENAME TO hidden"))
    with pytest.raises(TrustError) as caught:
        write(database, EVENT)
    assert caught.value.code is ErrorCode.AUDIT_UNAVAILABLE
