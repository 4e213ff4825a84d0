"""What the kernel says of its clock, in every answer it may give; and an operator's word against the store's."""

from __future__ import annotations

import ctypes
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ca.clock_guard import ClockGuard
from ca.stamping import CLOCK_MARK
from trustkit.app.diagnosis import diagnose
from trustkit.app.kernel_clock import KernelClockHealth
from trustkit.app.stamping import accept_clock, clock_guard, latest_seen
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import SystemClock, format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import clock_marks

if TYPE_CHECKING:
    from trustkit.app.authority import Authority


@pytest.mark.parametrize(("state", "said"), [(0, True), (1, True), (4, True), (5, False), (-1, None)])
def test_each_answer_of_the_kernel(monkeypatch: pytest.MonkeyPatch, state: int, *, said: bool | None) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(adjtimex=lambda _buffer: state))
    assert KernelClockHealth().synchronised() is said


def test_elsewhere_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: pytest.fail("asked"))
    assert KernelClockHealth().synchronised() is None


@pytest.mark.skipif(sys.platform != "linux", reason="adjtimex is Linux's")
def test_the_kernel_of_this_machine_answers() -> None:
    assert KernelClockHealth().synchronised() in {True, False, None}


def test_a_clock_nothing_keeps_true_stamps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KernelClockHealth, "synchronised", lambda _self: False)
    clock = SystemClock()
    guard = ClockGuard(
        clock=clock, floor=clock.now(), tolerance=timedelta(seconds=1), health=KernelClockHealth()
    )  # fmt: skip
    with pytest.raises(TrustError) as caught:
        guard.read()
    assert caught.value.code is ErrorCode.TIMESTAMP_CLOCK


def test_a_mark_ahead_stops_stamps_until_the_clock_is_accepted(authority: Authority) -> None:
    ahead = authority.clock.now() + timedelta(hours=1)
    with authority.database.unit_of_work() as uow:
        clock_marks.advance(uow, CLOCK_MARK, ahead)
    with pytest.raises(TrustError) as caught:
        clock_guard(authority).read()
    assert caught.value.code is ErrorCode.TIMESTAMP_CLOCK
    found = {each.what: each for each in diagnose(authority.settings.home, authority.clock)}["clock for time stamps"]
    assert found.broken
    assert "accept-clock" in found.found
    assert accept_clock(authority) == ahead
    assert clock_guard(authority).read() <= authority.clock.now()
    assert latest_seen(authority) != ahead
    with authority.database.reading() as unit:
        entry = trail.list_events(unit, after=0, limit=500)[-1]
    assert (entry.type, entry.facts["mark"]) == (EventType.CLOCK_ACCEPTED, format_rfc3339(ahead))
