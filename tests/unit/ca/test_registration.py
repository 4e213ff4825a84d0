"""Maker and checker: each step of a request, each refusal by its name, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update

from ca.approvals import read_registration, statement_of
from ca.operators import Enrolment
from ca.statements import SignedStatement, sign_statement, verify_statement
from ca.submissions import CertificateAsked, RevocationAsked
from tests.support.databases import NOON, tell
from tests.support.registration import TERMINAL, Office, asked, crew, open_office, refusal
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.contexts import Context
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import registrations
from trustkit.store.operators import Role
from trustkit.store.registrations import Decision, Kind, State
from trustkit.store.schema import registration_decisions
from trustkit.store.schema import registrations as table

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.store.database import Database

HOLDER = generate_key(KeyKind.SM2)


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database, NOON)


def test_one_submits_another_approves_and_it_may_be_carried_out(office: Office) -> None:
    maker, (checker, _) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER))
    assert (row.state, row.needed) == (State.SUBMITTED, 1)
    assert office.registration.decide(checker, row.id, Decision.APPROVE).state is State.APPROVED
    with office.database.reading() as unit:
        verified = read_registration(unit, row.id, office.registration.policy)
        events = trail.list_events(unit, limit=500)
    assert verified.approvers == (checker.row.id,)
    assert CertificateAsked.read(verified.said).proved().public_key.spki == HOLDER.public_key.spki
    told = [(entry.type, entry.actor) for entry in events if entry.object_id == row.id]
    assert told == [
        (EventType.REGISTRATION_SUBMITTED, maker.row.id),
        (EventType.REGISTRATION_DECIDED, checker.row.id),
        (EventType.REGISTRATION_APPROVED, checker.row.id),
    ]
    assert "张示范" not in str([dict(entry.facts) for entry in events])


def test_two_approvals_where_the_policy_asks_for_two(office: Office) -> None:
    maker, (one, two) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER, "organisation"))
    assert office.registration.decide(one, row.id, Decision.APPROVE).state is State.SUBMITTED
    refusal(ErrorCode.REGISTRATION_DECIDED, lambda: office.registration.decide(one, row.id, Decision.APPROVE))
    assert office.registration.decide(two, row.id, Decision.APPROVE).state is State.APPROVED


def test_two_who_decide_at_once_are_both_counted(office: Office) -> None:
    maker, checkers = crew(office)
    row = office.registration.submit(maker, asked(HOLDER, "organisation"))
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda each: office.registration.decide(each, row.id, Decision.APPROVE), checkers))
    with office.database.reading() as unit:
        assert registrations.get(unit, row.id).state is State.APPROVED


def test_nobody_decides_but_a_registrar_and_nobody_submits_but_a_requester(office: Office) -> None:
    maker, (checker, _) = crew(office)
    auditor = office.enrol(Role.AUDITOR, checker)
    row = office.registration.submit(maker, asked(HOLDER))
    for wrong in (maker, auditor):
        refusal(ErrorCode.OPERATOR_ROLE, partial(office.registration.decide, wrong, row.id, Decision.APPROVE))
    for wrong in (checker, auditor):
        refusal(ErrorCode.OPERATOR_ROLE, partial(office.registration.submit, wrong, asked(HOLDER)))
    refusal(ErrorCode.OPERATOR_ROLE, lambda: office.registration.withdraw(checker, row.id))
    refusal(ErrorCode.USAGE, lambda: office.registration.decide(checker, row.id, Decision.WITHDRAW))
    refusal(ErrorCode.REGISTRATION_MISSING, lambda: office.registration.decide(checker, "rq-x", Decision.APPROVE))


@pytest.mark.parametrize("end", [State.REJECTED, State.WITHDRAWN, State.EXPIRED])
def test_what_has_ended_is_not_decided_on(office: Office, end: State) -> None:
    maker, (checker, other) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER))
    if end is State.REJECTED:
        office.registration.decide(checker, row.id, Decision.REJECT)
    elif end is State.WITHDRAWN:
        office.registration.withdraw(maker, row.id)
    else:
        office.clock.advance(timedelta(days=8))
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.registration.decide(other, row.id, Decision.APPROVE))
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.registration.withdraw(maker, row.id))
    office.registration.expire()
    with office.database.reading() as unit:
        found = registrations.get(unit, row.id)
    assert (found.state, found.closed_at is None) == (end, False)
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.work().carry_out(row.id, TERMINAL))


def test_an_operator_revoked_meanwhile_has_no_power_left(office: Office) -> None:
    maker, (one, two) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER))
    office.registration.decide(one, row.id, Decision.APPROVE)
    office.operators.revoke(one.row.id, actor=TERMINAL)
    error = refusal(ErrorCode.REGISTRATION_APPROVALS, lambda: office.work().carry_out(row.id, TERMINAL))
    assert error.facts == {"needed": 1, "found": 0}
    refusal(ErrorCode.OPERATOR_REVOKED, lambda: office.operators.acting(one.signer))
    again = office.registration.submit(maker, asked(HOLDER))
    refusal(ErrorCode.OPERATOR_REVOKED, lambda: office.registration.decide(one, again.id, Decision.APPROVE))
    office.registration.decide(two, again.id, Decision.APPROVE)
    office.operators.revoke(maker.row.id, actor=TERMINAL)
    refusal(ErrorCode.OPERATOR_REVOKED, lambda: office.work().carry_out(again.id, TERMINAL))
    refusal(ErrorCode.OPERATOR_REVOKED, lambda: office.registration.submit(maker, asked(HOLDER)))
    refusal(ErrorCode.OPERATOR_REVOKED, lambda: office.operators.revoke(maker.row.id, actor=TERMINAL))


def test_the_last_registrar_stays_so_that_the_passphrase_alone_makes_nobody(office: Office) -> None:
    one = office.enrol(Role.REGISTRAR)
    two = office.enrol(Role.REGISTRAR, one)
    office.operators.revoke(one.row.id, actor=TERMINAL)
    refusal(ErrorCode.OPERATOR_ROLE, lambda: office.operators.revoke(two.row.id, actor=TERMINAL))
    refusal(ErrorCode.OPERATOR_ROLE, lambda: office.enrol(Role.REGISTRAR))
    assert office.operators.acting(two.signer).row.revoked_at is None


def test_a_twin_is_the_policy_s_and_no_way_around_another_profile_s_approvals(office: Office) -> None:
    maker, (checker, _) = crew(office)
    sly = asked(HOLDER, "person", "official")  # which two would have to agree to
    refusal(ErrorCode.REGISTRATION_POLICY, lambda: office.registration.submit(maker, sly))
    desk = office.registration
    loose = replace(desk, policy=replace(desk.policy, encryption={"person": "official"}))
    row = loose.submit(maker, sly)
    loose.decide(checker, row.id, Decision.APPROVE)
    refusal(ErrorCode.REGISTRATION_POLICY, lambda: office.work().carry_out(row.id, TERMINAL))


def test_whoever_writes_to_the_store_alone_can_approve_nothing(office: Office) -> None:
    maker, (checker, other) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER))

    def forge(**values: object) -> None:
        with office.database.unit_of_work() as uow:
            uow.write(update(table).where(table.c.id == row.id).values(**values))
            tell(uow)

    forge(state="approved")
    refusal(ErrorCode.REGISTRATION_APPROVALS, lambda: office.work().carry_out(row.id, TERMINAL))
    forge(needed=0)
    refusal(ErrorCode.STATEMENT_WRONG, lambda: office.work().carry_out(row.id, TERMINAL))
    forge(state="submitted", needed=1)
    office.registration.decide(checker, row.id, Decision.APPROVE)
    changed = row.statement.replace(b'"person"', b'"seal"')
    assert changed != row.statement
    forge(statement=changed)
    refusal(ErrorCode.STATEMENT_WRONG, lambda: office.work().carry_out(row.id, TERMINAL))
    forge(statement=row.statement)
    with office.database.unit_of_work() as uow:
        uow.write(
            update(registration_decisions)
            .where(registration_decisions.c.registration == row.id)
            .values(operator=other.row.id)
        )
        tell(uow)
    refusal(ErrorCode.STATEMENT_WRONG, lambda: office.work().carry_out(row.id, TERMINAL))


FORGED: dict[str, tuple[dict[str, object], Code]] = {
    "fewer approvals": ({"needed": 0}, ErrorCode.STATEMENT_WRONG),
    "more time": ({"expires_at": NOON + timedelta(days=400)}, ErrorCode.STATEMENT_WRONG),
    "another beginning": ({"submitted_at": NOON + timedelta(days=1)}, ErrorCode.STATEMENT_WRONG),
    "another kind": ({"kind": "revocation"}, ErrorCode.STATEMENT_WRONG),
    "another certificate": ({"state": "working", "serial": "1f"}, ErrorCode.STATEMENT_WRONG),
}


@pytest.mark.parametrize(("values", "code"), FORGED.values(), ids=FORGED.keys())
def test_a_column_that_says_otherwise_than_what_was_signed_is_found(
    office: Office, values: dict[str, object], code: Code
) -> None:
    maker, (checker, _) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER))
    office.registration.decide(checker, row.id, Decision.APPROVE)
    with office.database.unit_of_work() as uow:
        uow.write(update(table).where(table.c.id == row.id).values(**values))
        tell(uow)
    with office.database.reading() as unit:
        refusal(code, lambda: read_registration(unit, row.id, office.registration.policy))


@pytest.mark.parametrize("end", ["rejected", "withdrawn", "expired", "done", "decision gone"])
def test_what_has_ended_is_not_revived(office: Office, end: str) -> None:
    maker, (one, two) = crew(office)
    profile = "organisation" if end in {"rejected", "decision gone"} else "person"
    row = office.registration.submit(maker, asked(HOLDER, profile))
    office.registration.decide(one, row.id, Decision.APPROVE)
    match end:
        case "rejected" | "decision gone":
            office.registration.decide(two, row.id, Decision.REJECT)
        case "withdrawn":
            office.registration.withdraw(maker, row.id)
        case "expired":
            office.clock.advance(timedelta(days=8))
            assert office.registration.expire() == (row.id,)
        case _:
            office.work().carry_out(row.id, TERMINAL)
    with office.database.unit_of_work() as uow:
        revived = {"state": "approved", "closed_at": None, "serial": None, "response": None}
        uow.write(update(table).where(table.c.id == row.id).values(**revived))
        if end == "decision gone":
            uow.write(delete(registration_decisions).where(registration_decisions.c.operator == two.row.id))
        tell(uow)
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.work().carry_out(row.id, TERMINAL))
    with office.database.reading() as unit:
        refusal(ErrorCode.REGISTRATION_STATE, lambda: read_registration(unit, row.id, office.registration.policy))


def test_a_serial_that_was_taken_off_a_request_issues_no_second_certificate(office: Office) -> None:
    maker, (checker, _) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER))
    office.registration.decide(checker, row.id, Decision.APPROVE)
    done = office.work().carry_out(row.id, TERMINAL)
    with office.database.reading() as unit:
        other = registrations.get(unit, row.id)
    with office.database.unit_of_work() as uow:
        uow.write(update(table).where(table.c.id == row.id).values(response=done[:-1] + b"x"))
        tell(uow)
    with pytest.raises(TrustError):  # the response itself, changed
        office.work().carry_out(row.id, TERMINAL)
    with office.database.unit_of_work() as uow:
        uow.write(update(table).where(table.c.id == row.id).values(response=done, serial=None))
        tell(uow)
    refusal(ErrorCode.STATEMENT_WRONG, lambda: office.work().carry_out(row.id, TERMINAL))
    assert other.response == done


def test_a_decision_is_about_what_was_seen(office: Office) -> None:
    maker, (checker, _) = crew(office)
    row = office.registration.submit(maker, asked(HOLDER))
    other = office.registration.submit(maker, asked(HOLDER))
    seen = statement_of(other).digest
    for decision in (Decision.APPROVE, Decision.REJECT):
        act = partial(office.registration.decide, checker, row.id, decision, seen=seen)
        refusal(ErrorCode.REGISTRATION_CHANGED, act)
    office.registration.decide(checker, row.id, Decision.APPROVE, seen=statement_of(row).digest)


def test_an_approval_of_one_request_is_none_of_another(office: Office) -> None:
    maker, (checker, _) = crew(office)
    one = office.registration.submit(maker, asked(HOLDER))
    two = office.registration.submit(maker, asked(HOLDER))
    office.registration.decide(checker, one.id, Decision.APPROVE)
    with office.database.unit_of_work() as uow:
        uow.write(update(registration_decisions).values(registration=two.id))
        uow.write(update(table).where(table.c.id == two.id).values(state="approved"))
        tell(uow)
    refusal(ErrorCode.STATEMENT_WRONG, lambda: office.work().carry_out(two.id, TERMINAL))


def test_the_first_operators_need_nobody_and_later_ones_a_registrar(office: Office) -> None:
    first = office.enrol(Role.REGISTRAR)
    key = generate_key(KeyKind.SM2).public_key
    enrolment = Enrolment(label="乙", role=Role.REGISTRAR, key=key)
    refusal(ErrorCode.OPERATOR_ROLE, lambda: office.operators.enrol(enrolment, actor=TERMINAL))
    row = office.operators.enrol(enrolment, actor=TERMINAL, sponsor=first)
    assert row.statement is not None
    assert row.signature is not None
    said = verify_statement(
        Context.ENROLMENT, SignedStatement(body=row.statement, signature=row.signature), first.signer.public_key
    )
    said.require(enrolled=row.id, role="registrar", operator=first.row.id)
    refusal(
        ErrorCode.OPERATOR_EXISTS,
        lambda: office.operators.enrol(replace(enrolment, role=Role.REQUESTER), actor=TERMINAL, sponsor=first),
    )
    for label in ("", " ", "x" * 129, "a\nb"):
        wrong = replace(enrolment, label=label)
        refusal(ErrorCode.USAGE, partial(office.operators.enrol, wrong, actor=TERMINAL, sponsor=first))
    foreign = replace(enrolment, key=generate_key(KeyKind.EC_P256).public_key)
    refusal(ErrorCode.ALGORITHM_MISMATCH, lambda: office.operators.enrol(foreign, actor=TERMINAL, sponsor=first))
    stranger = generate_key(KeyKind.SM2).signer()
    refusal(ErrorCode.OPERATOR_MISSING, lambda: office.operators.acting(stranger))
    assert office.operators.acting(first.signer).row == first.row


def test_a_statement_holds_under_its_own_context_alone() -> None:
    signer = generate_key(KeyKind.SM2).signer()
    statement = sign_statement(Context.DECISION, {"a": "b"}, signer)
    assert verify_statement(Context.DECISION, statement, signer.public_key).text("a") == "b"
    other = generate_key(KeyKind.SM2).public_key
    for context, changed, key in (
        (Context.SUBMISSION, statement, signer.public_key),
        (Context.DECISION, statement, other),
        (Context.DECISION, replace(statement, body=b'{"a": "b"}'), signer.public_key),
        (Context.DECISION, replace(statement, body=b"[]"), signer.public_key),
        (Context.DECISION, replace(statement, body=b""), signer.public_key),
        (Context.DECISION, replace(statement, signature=b""), signer.public_key),
    ):
        refusal(
            ErrorCode.STATEMENT_WRONG,
            partial(verify_statement, context, changed, key),
        )
    said = verify_statement(Context.DECISION, statement, signer.public_key)
    refusal(ErrorCode.STATEMENT_WRONG, lambda: said.text("c"))
    refusal(ErrorCode.STATEMENT_WRONG, lambda: said.require(a="c"))
    wrong_kind = generate_key(KeyKind.EC_P256).signer()
    refusal(ErrorCode.ALGORITHM_MISMATCH, lambda: sign_statement(Context.DECISION, {}, wrong_kind))


def test_requests_are_listed_newest_first_by_state_and_kind(office: Office) -> None:
    maker, (checker, _) = crew(office)
    rows = []
    for _ in range(3):
        rows.append(office.registration.submit(maker, asked(HOLDER)))
        office.clock.advance(timedelta(seconds=1))
    revocation = office.registration.submit(maker, RevocationAsked(serial="ab", reason="superseded"))
    office.registration.decide(checker, rows[0].id, Decision.APPROVE)
    with office.database.reading() as unit:
        everything = registrations.search(unit)
        assert [row.id for row in everything] == [revocation.id, rows[2].id, rows[1].id, rows[0].id]
        assert [row.id for row in registrations.search(unit, state=State.APPROVED)] == [rows[0].id]
        assert [row.id for row in registrations.search(unit, kinds=(Kind.REVOCATION,))] == [revocation.id]
        assert [row.id for row in registrations.search(unit, after=rows[2].id)] == [rows[1].id, rows[0].id]
