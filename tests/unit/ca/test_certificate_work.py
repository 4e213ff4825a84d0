"""An approved request is carried out once and only once, and no certificate is signed whose key is not in escrow."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ca.escrow import open_escrow
from ca.response import install_response, parse_response
from ca.submissions import DestructionAsked, RecoveryAsked
from tests.support.databases import NOON
from tests.support.registration import TERMINAL, Office, asked, crew, open_office, refusal
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.audit.intents import LIVE
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.enveloped_key import unwrap_key
from trustkit.custody.private_key import generate_key
from trustkit.error_family import Code
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, escrow, registrations
from trustkit.store.certificates import CertificateState
from trustkit.store.database import open_database
from trustkit.store.registrations import Decision, State

if TYPE_CHECKING:
    from ca.operators import ActingOperator
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.database import Database

HOLDER = generate_key(KeyKind.SM2)


@pytest.fixture
def office(database: Database) -> Office:
    return open_office(database, NOON)


def approved(office: Office, encryption: str = "encryption") -> str:
    maker, checkers = crew(office)
    row = office.registration.submit(maker, asked(HOLDER, encryption=encryption))
    office.registration.decide(checkers[0], row.id, Decision.APPROVE)
    return row.id


def issued(office: Office) -> tuple[CertificateRow, ...]:
    with office.database.reading() as unit:
        return certificates.search(unit, state=CertificateState.ISSUED)


def test_a_single_certificate_is_answered_without_a_key(office: Office) -> None:
    number = approved(office, encryption="")
    answer = install_response(parse_response(office.work().carry_out(number, TERMINAL)), HOLDER)
    assert answer.encryption is None
    assert answer.encryption_key is None
    assert answer.signing.public_key.spki == HOLDER.public_key.spki
    assert office.work().carry_out(number, TERMINAL) == office.work().carry_out(number, TERMINAL)
    assert len(issued(office)) == 1


def test_a_dual_pair_comes_back_whole_and_its_key_is_in_escrow(office: Office) -> None:
    number = approved(office)
    response = office.work().carry_out(number, TERMINAL)
    answer = install_response(parse_response(response), HOLDER)
    assert answer.encryption is not None
    assert answer.encryption_key is not None
    assert answer.signing.subject_der == answer.encryption.subject_der
    assert answer.encryption.public_key.spki == answer.encryption_key.public_key.spki
    assert answer.encryption.public_key.spki != answer.signing.public_key.spki
    serial = certificates.serial_text(answer.encryption.serial)
    with office.database.reading() as unit:
        kept = escrow.get(unit, serial)
        row = registrations.get(unit, number)
        events = trail.list_events(unit, limit=500)
    assert row.state is State.DONE
    assert (row.serial, row.encryption_serial) == (certificates.serial_text(answer.signing.serial), serial)
    recovered = open_escrow(kept, office.recovery_key.decryptor())
    assert recovered.private_key_info() == answer.encryption_key.private_key_info()
    order = [entry.type for entry in events if entry.object_id == serial]
    assert order == [EventType.ESCROW_KEPT, EventType.CERTIFICATE_INTENDED, EventType.CERTIFICATE_ISSUED]
    assert office.work().carry_out(number, TERMINAL) == response
    assert len(issued(office)) == 2


def test_an_escrow_opens_for_its_own_record_and_recovery_key_alone(office: Office) -> None:
    number = approved(office)
    office.work().carry_out(number, TERMINAL)
    with office.database.reading() as unit:
        (kept,) = escrow.list_escrowed(unit)
    wrong = generate_key(KeyKind.SM2)
    refusal(ErrorCode.DECRYPTION_FAILED, lambda: open_escrow(kept, wrong.decryptor()))
    for changed in (
        replace(kept, serial="ab"),
        replace(kept, tbs_sm3="0" * 64),
        replace(kept, public_key_sm3="0" * 64),
        replace(kept, key_set="0" * 32),
    ):
        refusal(ErrorCode.DECRYPTION_FAILED, partial(open_escrow, changed, office.recovery_key.decryptor()))


def test_two_at_once_issue_once(office: Office, migrated_url: str) -> None:
    number = approved(office)

    def carry_out(_: int) -> bytes | Code:
        with open_database(migrated_url) as database:
            try:
                return office.work(database).carry_out(number, TERMINAL)
            except TrustError as error:
                return error.code

    with ThreadPoolExecutor(4) as four:
        results = list(four.map(carry_out, range(4)))
    assert len(issued(office)) == 2
    allowed = {ErrorCode.REGISTRATION_BUSY, ErrorCode.REGISTRATION_STATE}
    assert {result for result in results if isinstance(result, Code)} <= allowed
    assert len({result for result in results if isinstance(result, bytes)}) == 1


@pytest.mark.parametrize("point", range(5))
def test_a_kill_at_each_point_leaves_a_request_that_is_carried_out_once(
    office: Office, migrated_url: str, point: int
) -> None:
    """Kill the process before or after each of the four commits, go on five minutes later, and count what there is."""
    number = approved(office)
    office.database.close()
    child = os.fork()
    if child == 0:
        with open_database(migrated_url) as database:
            seen = 0
            inner = database.unit_of_work

            def counting() -> object:
                nonlocal seen
                if seen == point:
                    os.kill(os.getpid(), signal.SIGKILL)
                seen += 1
                return inner()

            database.unit_of_work = counting  # type: ignore[assignment,method-assign]
            office.work(database).carry_out(number, TERMINAL)
        os._exit(0)
    os.waitpid(child, 0)
    with open_database(migrated_url) as database:
        if point in {1, 3}:
            refusal(ErrorCode.REGISTRATION_BUSY, lambda: office.work(database).carry_out(number, TERMINAL))
        office.clock.advance(LIVE + timedelta(seconds=1))
        response = office.work(database).carry_out(number, TERMINAL)
        answer = install_response(parse_response(response), HOLDER)
        with database.reading() as unit:
            rows = certificates.search(unit, state=CertificateState.ISSUED)
            records = escrow.list_escrowed(unit)
            assert certificates.search(unit, state=CertificateState.INTENT) == ()
    assert sorted(row.profile for row in rows) == ["encryption", "person"]
    encryption = next(row.serial for row in rows if row.profile == "encryption")
    assert encryption in {record.serial for record in records}
    assert answer.encryption is not None


def test_without_a_recovery_key_no_encryption_key_is_made(office: Office) -> None:
    number = approved(office)

    def none() -> object:
        raise TrustError(ErrorCode.KEY_MISSING, "there is none")

    work = replace(office.work(), recovery=none)  # type: ignore[arg-type]
    refusal(ErrorCode.KEY_MISSING, lambda: work.carry_out(number, TERMINAL))
    with office.database.reading() as unit:
        assert escrow.list_escrowed(unit) == ()
    office.work().carry_out(number, TERMINAL)  # the signing certificate of the first try is not issued again
    assert len(issued(office)) == 2


CLERK = generate_key(KeyKind.SM2)


def escrowed(office: Office) -> tuple[str, ActingOperator, tuple[ActingOperator, ...]]:
    """Return the serial of a certificate whose key is in escrow, a requester and two registrars."""
    maker, checkers = crew(office)
    row = office.registration.submit(maker, asked(HOLDER, encryption="encryption"))
    office.registration.decide(checkers[0], row.id, Decision.APPROVE)
    office.work().carry_out(row.id, TERMINAL)
    with office.database.reading() as unit:
        return escrow.list_escrowed(unit)[0].serial, maker, checkers


def test_a_key_is_recovered_after_two_approvals_into_another_envelope(office: Office) -> None:
    serial, maker, checkers = escrowed(office)
    wanted = RecoveryAsked(serial=serial, reason="key-lost", basis="档案 2026-17", recipient=CLERK.public_key)
    row = office.registration.submit(maker, wanted)
    opener = office.recovery_key.decryptor()
    office.registration.decide(checkers[0], row.id, Decision.APPROVE)
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.recovery.recover(row.id, opener, TERMINAL))
    office.registration.decide(checkers[1], row.id, Decision.APPROVE)
    wrong = generate_key(KeyKind.SM2).decryptor()
    refusal(ErrorCode.DECRYPTION_FAILED, lambda: office.recovery.recover(row.id, wrong, TERMINAL))
    enveloped = office.recovery.recover(row.id, opener, TERMINAL)
    with office.database.reading() as unit:
        kept = escrow.get(unit, serial)
        done = registrations.get(unit, row.id)
        events = [entry for entry in trail.list_events(unit, limit=500) if entry.type == EventType.ESCROW_OPENED]
    assert unwrap_key(enveloped, CLERK.decryptor()).public_key.spki == open_escrow(kept, opener).public_key.spki
    assert (done.state, done.response) == (State.DONE, enveloped)
    assert [(entry.object_id, entry.reason) for entry in events] == [(serial, "key-lost")]
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.recovery.recover(row.id, opener, TERMINAL))


def test_a_key_is_destroyed_after_its_retention_and_its_record_stays(office: Office) -> None:
    serial, maker, checkers = escrowed(office)
    wanted = DestructionAsked(serial=serial, reason="retention-ended", basis="档案办法")
    refusal(ErrorCode.ESCROW_RETENTION, lambda: office.recovery.require_destructible(serial))
    early = office.registration.submit(maker, wanted)
    for checker in checkers:
        office.registration.decide(checker, early.id, Decision.APPROVE)
    refusal(ErrorCode.ESCROW_RETENTION, lambda: office.recovery.destroy(early.id, TERMINAL))
    office.clock.advance(timedelta(days=3650 + 1096))
    office.recovery.require_destructible(serial)
    row = office.registration.submit(maker, wanted)
    for checker in checkers:
        office.registration.decide(checker, row.id, Decision.APPROVE)
    office.recovery.destroy(row.id, TERMINAL)
    with office.database.reading() as unit:
        kept = escrow.get(unit, serial)
    assert kept.envelope is None
    assert kept.destroyed_at is not None
    refusal(ErrorCode.ESCROW_DESTROYED, lambda: office.recovery.require_recoverable(serial))
    refusal(ErrorCode.ESCROW_DESTROYED, lambda: open_escrow(kept, office.recovery_key.decryptor()))
    refusal(ErrorCode.ESCROW_MISSING, lambda: office.recovery.require_recoverable("ab"))
    refusal(ErrorCode.REGISTRATION_STATE, lambda: office.recovery.destroy(row.id, TERMINAL))


def test_lists_of_escrowed_keys_are_for_auditors_and_registrars_and_counted(office: Office) -> None:
    _, maker, checkers = escrowed(office)
    refusal(ErrorCode.OPERATOR_ROLE, lambda: office.recovery.listed(maker))
    for _ in range(20):
        assert len(office.recovery.listed(checkers[0])) == 1
    refusal(ErrorCode.REQUEST_RATE, lambda: office.recovery.listed(checkers[0]))
    assert len(office.recovery.listed(checkers[1])) == 1  # whose own rate it is
    office.clock.advance(timedelta(hours=1))
    assert len(office.recovery.listed(checkers[0])) == 1


@pytest.mark.parametrize(
    ("reason", "basis"), [("", "x"), ("Key Lost", "x"), ("key-lost", " "), ("key-lost", "x" * 501)]
)
def test_a_recovery_has_a_reason_and_a_legal_basis(reason: str, basis: str) -> None:
    refusal(
        ErrorCode.USAGE,
        lambda: RecoveryAsked(serial="ab", reason=reason, basis=basis, recipient=CLERK.public_key),
    )
    refusal(ErrorCode.USAGE, lambda: DestructionAsked(serial="ab", reason=reason, basis=basis))
    foreign = generate_key(KeyKind.EC_P256).public_key
    refusal(
        ErrorCode.ALGORITHM_MISMATCH,
        lambda: RecoveryAsked(serial="ab", reason="key-lost", basis="x", recipient=foreign),
    )
