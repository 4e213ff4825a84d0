"""What happens to requests meanwhile: an approver is removed, the policy becomes stricter, two processes close the same; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

import pytest

from ca.approvals import read_registration
from tests.support.databases import NOON
from tests.support.registration import TERMINAL, Office, asked, crew, open_office, refusal
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode
from trustkit.store import registrations
from trustkit.store.registrations import Decision, State

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.database import Database
    from trustkit.store.registrations import RegistrationRow
    from trustkit.store.unit_of_work import ReadUnit

HOLDER = generate_key(KeyKind.SM2)


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database, NOON)


@pytest.mark.parametrize("decision", [Decision.APPROVE, Decision.REJECT])
def test_a_request_whose_approver_was_removed_is_decided_on_again(office: Office, decision: Decision) -> None:
    maker, (one, two, three) = crew(office, 3)
    row = office.registration.submit(maker, asked(HOLDER))
    office.registration.decide(one, row.id, Decision.APPROVE)
    again = refusal(ErrorCode.REGISTRATION_STATE, lambda: office.registration.decide(two, row.id, decision))
    assert again.facts == {"found": "approved"}
    office.operators.revoke(one.row.id, actor=TERMINAL)
    decided = office.registration.decide(two, row.id, decision)
    if decision is Decision.REJECT:
        assert decided.state is State.REJECTED
        refusal(ErrorCode.REGISTRATION_STATE, lambda: office.work().carry_out(row.id, TERMINAL))
        return
    assert decided.state is State.APPROVED
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.registration.decide(three, row.id, Decision.REJECT))
    assert office.work().carry_out(row.id, TERMINAL)


def test_an_approval_of_one_who_was_removed_does_not_make_two(office: Office) -> None:
    maker, (one, two, three) = crew(office, 3)
    row = office.registration.submit(maker, asked(HOLDER, "organisation"))
    office.registration.decide(one, row.id, Decision.APPROVE)
    office.operators.revoke(one.row.id, actor=TERMINAL)
    assert office.registration.decide(two, row.id, Decision.APPROVE).state is State.SUBMITTED
    assert office.registration.decide(three, row.id, Decision.APPROVE).state is State.APPROVED
    with office.database.reading() as unit:
        assert len(read_registration(unit, row.id, office.registration.policy).approvers) == 2


def test_what_was_approved_under_a_laxer_policy_waits_for_the_rest(office: Office) -> None:
    maker, (one, two) = crew(office)
    desk = office.registration
    row = desk.submit(maker, asked(HOLDER))
    desk.decide(one, row.id, Decision.APPROVE)
    stricter = replace(desk, policy=replace(desk.policy, by_profile={"person": 2}))
    refusal(ErrorCode.REGISTRATION_DECIDED, lambda: stricter.decide(one, row.id, Decision.APPROVE))
    assert stricter.decide(two, row.id, Decision.APPROVE).state is State.APPROVED
    with office.database.reading() as unit:
        assert len(read_registration(unit, row.id, stricter.policy).approvers) == 2


def test_two_who_close_what_has_ended_do_so_once_and_fail_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, _ = crew(office)
    rows = {office.registration.submit(maker, asked(HOLDER)).id for _ in range(3)}
    office.clock.advance(timedelta(days=8))
    both, listed = Barrier(2), registrations.list_expired

    def see_the_same(unit: ReadUnit, *, before: datetime) -> tuple[RegistrationRow, ...]:
        found = listed(unit, before=before)
        with suppress(BrokenBarrierError):  # SQLite lets only one of them look
            both.wait(timeout=0.5)
        return found

    monkeypatch.setattr(registrations, "list_expired", see_the_same)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: office.registration.expire(), range(2))
    assert {*one, *two} == rows
    assert len(one) + len(two) == len(rows)
    with office.database.reading() as unit:
        closed = trail.list_events(unit, limit=500, type=EventType.REGISTRATION_CLOSED)
    assert sorted(event.object_id for event in closed) == sorted(rows)
