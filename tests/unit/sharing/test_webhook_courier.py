"""The courier on both databases: in order, at least once and again, waiting longer each time, and nobody held by somebody slow."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from esign.copies.webhooks import ended
from tests.support.databases import NOON
from tests.support.webhook_desk import ISSUER, KEY, OTHER, Clock, add, allow, courier_of, fill, happens, jwks, row_of
from tests.support.webhook_receiver import Receiver, receiving
from trustkit.app.webhook_courier import AT_ONCE, LEASE, WAITS, Courier
from trustkit.app.webhook_sending import WebhookSender
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store import webhooks
from trustkit.store.webhooks import WebhookFailure, WebhookState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.copies.notices import CopyNotice
    from trustkit.app.webhook_sending import Outcome
    from trustkit.store.database import Database
    from trustkit.store.webhooks import WebhookRow

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver(ISSUER, jwks)) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def courier(database: Database, clock: Clock) -> Courier:
    fill(database)
    return courier_of(database, clock)


def test_all_is_told_once_in_order_and_of_the_same_thing_alone(courier: Courier, receiver: Receiver) -> None:
    add(courier, receiver.url)
    happens(courier.database, 3)
    courier.once()
    courier.once()
    happens(courier.database, 1)
    courier.once()
    numbers = receiver.numbers()
    assert len(numbers) == 4
    assert numbers == sorted(numbers)
    assert row_of(courier).place == numbers[-1]
    (first, *_) = receiver.taken()
    assert first["events"] == {
        "urn:trustkit:sharing:authorised": {
            "sequence": numbers[0],
            "change": "authorised",
            "at": "2026-12-01T12:00:00.123456Z",
            "licence": "a",
            "copies": [],
            "authorisation": "AUTHORISED",
            "effective_at": None,
            "request": None,
        }
    }
    assert (first["sub_id"], first["jti"]) == ({"format": "opaque", "id": "a"}, f"wh-a.{numbers[0]}")


@pytest.mark.parametrize(
    "only", [{"changes": ("licence-revoked",)}, {"licences": ("b",)}, {"organisation": "91990100MA7TRYQ01H"}]
)
def test_what_nobody_asked_for_or_is_another_organisations_is_not_told(
    courier: Courier, receiver: Receiver, only: dict[str, object]
) -> None:
    add(courier, receiver.url, **only)
    happens(courier.database, 2)
    courier.once()
    assert receiver.events == []


def test_many_in_a_row_give_others_their_turn(courier: Courier, receiver: Receiver) -> None:
    add(courier, receiver.url)
    happens(courier.database, 25)
    courier.once()
    assert len(receiver.numbers()) == 20
    courier.once()
    assert len(set(receiver.numbers())) == 25


def test_it_waits_longer_each_time_and_gives_up_in_the_trail(
    courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    add(courier, receiver.url, valid_until=NOON + timedelta(days=90))
    happens(courier.database)
    receiver.answers = [503] * len(WAITS)
    for number, wait in enumerate(WAITS[:-1], 1):
        courier.once()
        row = row_of(courier)
        assert (row.attempts, row.due_at - clock.at, row.failing_since) == (number, wait, NOON)
        courier.once()  # not before its time
        assert row_of(courier).attempts == number
        clock.at = row.due_at
    courier.once()
    row = row_of(courier)
    assert (row.state, row.reason, row.attempts) == (WebhookState.SUSPENDED, "unanswered", len(WAITS))
    with courier.database.reading() as unit:
        entry = trail.last_event(unit, EventType.WEBHOOK_SUSPENDED, "wh-a")
        failures = webhooks.list_failures(unit, "wh-a")
    assert entry is not None
    assert (entry.reason, entry.facts["attempts"]) == ("unanswered", len(WAITS))
    assert [(each.attempt, each.status, each.told) for each in failures[:1]] == [(len(WAITS), 503, "http-503")]
    assert receiver.events == []


@pytest.mark.parametrize(
    ("answer", "header", "wait"),
    [
        (429, "120", timedelta(seconds=120)),
        (503, "1", WAITS[0]),
        (503, "99999999999", timedelta(days=1)),
        (500, "soon", WAITS[0]),
        (503, f"Tue, 01 Dec 2020 12:00:00 +{'9' * 20}", WAITS[0]),
        (302, "", WAITS[0]),
        (400, "", WAITS[0]),
    ],
)
def test_what_the_address_asks_for_is_heeded(
    courier: Courier, receiver: Receiver, answer: int, header: str, wait: timedelta
) -> None:
    receiver.answers, receiver.headers = [answer], {"Retry-After": header, "Location": "http://127.0.0.1:9/"}
    add(courier, receiver.url)
    happens(courier.database)
    courier.once()
    assert (row_of(courier).attempts, row_of(courier).due_at - NOON) == (1, wait)


def test_gone_ends_it_and_lapsed_and_nobody_there(courier: Courier, receiver: Receiver, clock: Clock) -> None:
    receiver.answers = [410]
    add(courier, receiver.url)
    add(courier, receiver.url, identifier="wh-b", valid_until=NOON)
    add(courier, "http://127.0.0.1:9/", identifier="wh-c")
    add(courier, "http://10.0.0.1/", identifier="wh-d")
    happens(courier.database)
    courier.once()
    assert [(row_of(courier, name).state, row_of(courier, name).reason) for name in ("wh-a", "wh-b")] == [
        (WebhookState.ENDED, "gone"),
        (WebhookState.ENDED, "lapsed"),
    ]
    with courier.database.reading() as unit:
        assert [webhooks.list_failures(unit, name)[0].told for name in ("wh-c", "wh-d")] == ["unanswered", "address"]
    clock.at = NOON + timedelta(days=31)
    courier.tend()
    with courier.database.reading() as unit:
        left = webhooks.list_webhooks(unit)
    assert {(row.identifier, row.reason) for row in left} == {("wh-c", "lapsed"), ("wh-d", "lapsed")}


def test_what_is_suspended_lapses_as_well(courier: Courier, clock: Clock) -> None:
    add(courier, "https://bank.example/", state=WebhookState.SUSPENDED, reason="unanswered")
    add(courier, "https://bank.example/", identifier="wh-b", state=WebhookState.SUSPENDED, reason="operator")
    courier.tend()
    assert {row_of(courier, name).state for name in ("wh-a", "wh-b")} == {WebhookState.SUSPENDED}
    clock.at = NOON + timedelta(days=30)
    courier.tend()
    assert {row_of(courier, name).reason for name in ("wh-a", "wh-b")} == {"lapsed"}
    clock.at += timedelta(days=31)
    courier.tend()
    with courier.database.reading() as unit:
        assert webhooks.list_webhooks(unit) == ()


def test_two_couriers_do_not_tell_at_once_and_who_was_overtaken_writes_nothing(
    courier: Courier, receiver: Receiver, clock: Clock
) -> None:
    add(courier, receiver.url)
    happens(courier.database)
    row = row_of(courier)
    with courier.database.unit_of_work() as uow:
        assert webhooks.take(uow, row, due_at=NOON + LEASE) is not None
        assert webhooks.take(uow, row, due_at=NOON + LEASE) is None
    courier.tell(row)
    courier.once()
    assert receiver.events == []
    with pytest.raises(TrustError) as refusal, courier.database.unit_of_work() as uow:
        ended(uow, row, "removed", SYSTEM, NOON)
    assert refusal.value.code is ErrorCode.STORE_CONFLICT
    clock.at = NOON + LEASE
    courier.once()
    assert len(receiver.numbers()) == 1


def test_somebody_slow_holds_nobody_else(courier: Courier, receiver: Receiver) -> None:
    with receiving(Receiver(ISSUER, jwks, wait=threading.Event())) as slow:
        add(courier, slow.url)
        add(courier, receiver.url, identifier="wh-b")
        courier.every = 0.01
        with courier.running():
            happens(courier.database, 3)
            until = time.monotonic() + 20
            while len(receiver.numbers()) < 3 and time.monotonic() < until:
                time.sleep(0.01)
            assert len(receiver.numbers()) == 3
            assert slow.events == []
            assert slow.wait is not None
            slow.wait.set()
    assert len(slow.numbers()) >= 1  # what was begun is ended


def test_one_organisations_slow_addresses_hold_no_other_organisation(
    database: Database, clock: Clock, receiver: Receiver
) -> None:
    fill(database)
    courier = courier_of(
        database, clock, seconds=30
    )  # longer than the test waits: nobody has his turn by another's end
    allow(courier.database, "OTHERS", OTHER)
    with receiving(Receiver(ISSUER, jwks, wait=threading.Event())) as slow:
        for number in range(AT_ONCE + 2):
            add(courier, slow.url, identifier=f"wh-{number}")
        add(courier, receiver.url, identifier="wh-z", organisation=OTHER)
        courier.every = 0.01
        with courier.running():
            happens(courier.database)
            assert slow.asked.wait(20)
            happens(courier.database, 3, number="OTHERS")
            until = time.monotonic() + 20
            while len(receiver.numbers()) < 3 and time.monotonic() < until:
                time.sleep(0.01)
            assert len(receiver.numbers()) == 3
            assert slow.events == []
            assert slow.wait is not None
            slow.wait.set()


def test_a_fault_of_ours_stops_nothing_and_is_told(
    courier: Courier, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = courier.sender.send
    faults = iter((True,))

    def send(_: WebhookSender, row: WebhookRow, notice: CopyNotice) -> Outcome:
        if next(faults, False):
            message = "somebody's data"
            raise RuntimeError(message)
        return right(row, notice)

    monkeypatch.setattr(WebhookSender, "send", send)
    add(courier, receiver.url)
    happens(courier.database)
    with pytest.raises(RuntimeError):
        courier.once()
    assert row_of(courier).place == 0
    faults = iter((True,))
    courier.clock.at = NOON + 2 * LEASE  # type: ignore[attr-defined]  # the test's own
    row = row_of(courier)
    courier._told(row)
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 1
    assert "somebody" not in caplog.text
    courier.clock.at = NOON + 4 * LEASE  # type: ignore[attr-defined]  # as above
    courier.once()
    assert len(receiver.numbers()) == 1


def test_killed_in_the_middle_it_tells_again_and_loses_nothing(
    courier: Courier, receiver: Receiver, clock: Clock, migrated_url: str
) -> None:
    add(courier, receiver.url)
    happens(courier.database, 5)
    receiver.wait = threading.Event()
    command = [sys.executable, "-m", "tests.support.webhook_desk", migrated_url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.write(KEY.private_key_info().hex().encode())
        child.stdin.close()
        assert receiver.asked.wait(60)  # the first event is on its way
        child.kill()
    receiver.wait.set()  # it is taken when nobody is there to note it
    clock.at = NOON + 2 * LEASE
    courier.once()
    until = time.monotonic() + 10
    while len(receiver.numbers()) < 6 and time.monotonic() < until:
        time.sleep(0.01)
    numbers = receiver.numbers()
    assert len(numbers) == 6
    assert set(numbers) == set(range(min(numbers), min(numbers) + 5))
    assert row_of(courier).place == max(numbers)
    identifiers = [each["jti"] for each in receiver.taken()]
    assert len(set(identifiers)) == 5


def test_no_more_than_fifty_failures_are_kept(courier: Courier) -> None:
    add(courier, "https://bank.example/")
    for number in range(60):
        failure = WebhookFailure(
            webhook="wh-a", at=NOON + timedelta(seconds=number), number=1, attempt=number, status=0, told="unanswered"
        )
        with courier.database.unit_of_work() as uow:
            webhooks.note_failure(uow, failure)
    with courier.database.reading() as unit:
        kept = webhooks.list_failures(unit, "wh-a")
    assert [each.attempt for each in kept] == list(range(59, 9, -1))
