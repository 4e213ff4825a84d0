"""Operators who are enrolled and removed at once, on both databases: one after the other, and never without a registrar."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest

from ca.operators import ActingOperator, Enrolment, enrolment_fields, removal_fields, withdraw, write_enrolment
from ca.presented_operators import PresentedOperators
from tests.support.databases import NOON
from tests.support.registration import TERMINAL, Office, crew, open_office, refusal
from trustkit.crypto.contexts import Context
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store import operators
from trustkit.store.operators import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.statements import SignedStatement
    from trustkit.error_family import Code
    from trustkit.store.database import Database

CLIENT = Principal(id="client:1")


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database, NOON)


@pytest.fixture
def presented(office: Office) -> PresentedOperators:
    return PresentedOperators(database=office.database, clock=office.clock)


def removal(office: Office, name: str, by: ActingOperator) -> SignedStatement:
    return by.sign(Context.REMOVAL, removal_fields(name, instance="", at=office.clock.now()))


def while_removing(office: Office, name: str, act: Callable[[], object]) -> Code | None:
    """Let `act` begin while another's removal is written and not committed; return how it was refused."""
    begun = Event()

    def later() -> Code | None:
        begun.set()
        try:
            act()
        except TrustError as error:
            return error.code
        return None

    with ThreadPoolExecutor(1) as other:
        with office.database.unit_of_work() as uow:
            operators.take_turn(uow)
            withdraw(uow, name, at=office.clock.now(), actor=TERMINAL)
            answer = other.submit(later)
            begun.wait()
            with pytest.raises(TimeoutError):
                answer.result(timeout=0.3)  # it waits for its turn
        return answer.result()


def test_two_registrars_who_remove_each_other_leave_one(office: Office, presented: PresentedOperators) -> None:
    _, (one, two, three) = crew(office, 3)
    both = [removal(office, one.row.id, each) for each in (two, three)]
    code = while_removing(office, two.row.id, lambda: presented.remove(one.row.id, both, client=CLIENT))
    assert code is ErrorCode.OPERATOR_REVOKED
    assert office.operators.acting(one.signer).row.revoked_at is None


def test_two_who_remove_the_same_colleague_at_once_remove_one(office: Office, presented: PresentedOperators) -> None:
    """Three registrars, two of whom agreed on each removal: the second is judged when the first is done."""
    _, (one, two, three) = crew(office, 3)
    both = [removal(office, three.row.id, each) for each in (one, two)]
    code = while_removing(office, three.row.id, lambda: presented.remove(three.row.id, both, client=CLIENT))
    assert code is ErrorCode.OPERATOR_REVOKED


def test_one_registrar_alone_needs_no_second(office: Office, presented: PresentedOperators) -> None:
    """Nobody is there to be asked: the first two are better enrolled at the terminal."""
    _, (one,) = crew(office, 1)
    enrolment = Enrolment(label="乙", role=Role.REGISTRAR, key=generate_key(KeyKind.SM2).public_key)
    fields = enrolment_fields("op-zzzzzzzzzzzzz", enrolment, instance="", at=office.clock.now())
    statement = one.sign(Context.ENROLMENT, fields)
    row = presented.enrol(" 乙 ", enrolment.key, (statement,), client=CLIENT)
    assert (row.label, row.sponsor) == ("乙", one.row.id)
    code = refusal(
        ErrorCode.OPERATOR_SECOND, lambda: presented.remove(row.id, (removal(office, row.id, one),), client=CLIENT)
    )
    assert code.facts["role"] == "registrar"
    refusal(ErrorCode.USAGE, lambda: presented.remove(row.id, (), client=CLIENT))


def test_of_two_removals_at_the_terminal_the_last_registrar_stays(office: Office) -> None:
    _, (one, two) = crew(office)
    code = while_removing(office, two.row.id, lambda: office.operators.revoke(one.row.id, actor=TERMINAL))
    assert code is ErrorCode.OPERATOR_ROLE
    assert office.operators.acting(one.signer).row.revoked_at is None


def test_who_is_removed_meanwhile_enrols_nobody(office: Office) -> None:
    _, (_, two) = crew(office)
    code = while_removing(office, two.row.id, lambda: office.enrol(Role.AUDITOR, two))
    assert code is ErrorCode.OPERATOR_REVOKED


def test_a_taken_pseudonym_is_told_from_a_taken_key(office: Office) -> None:
    _, (one, _) = crew(office)
    enrolment = Enrolment(label="某", role=Role.AUDITOR, key=generate_key(KeyKind.SM2).public_key)

    def write(name: str, enrolment: Enrolment) -> None:
        with office.database.unit_of_work() as uow:
            write_enrolment(uow, name, enrolment, at=office.clock.now(), actor=TERMINAL, agreed=())

    taken = refusal(ErrorCode.OPERATOR_EXISTS, lambda: write(one.row.id, enrolment))
    assert taken.facts["taken"] == "pseudonym"
    mine = replace(enrolment, key=one.signer.public_key)
    taken = refusal(ErrorCode.OPERATOR_EXISTS, lambda: write("op-zzzzzzzzzzzzz", mine))
    assert taken.facts["taken"] == "key"
