"""Batches, and what the register refuses, on both databases."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import BendableClock
from tests.support.small_ca import ACTOR, AT, SmallCa
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import SoftwareSigner, generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, issuances
from trustkit.store.certificates import CertificateState
from trustkit.store.database import open_database
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.certificate_signature import verify_certificate_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.order import CertificateOrder
    from trustkit.store.database import Database

ROOT = Path(__file__).parents[3]


@pytest.fixture
def ca(database: Database) -> SmallCa:
    return SmallCa(database)


def refused(ca: SmallCa, orders: list[CertificateOrder]) -> TrustError:
    """Return the refusal of a batch, having seen that nothing of it was left."""
    with ca.database.reading() as unit:
        before = trail.last_sequence(unit), len(certificates.search(unit))
    with pytest.raises(TrustError) as caught:
        ca.authority.issue_batch(orders, ACTOR)
    with ca.database.reading() as unit:
        assert (trail.last_sequence(unit), len(certificates.search(unit))) == before
    return caught.value


def test_a_batch_is_issued_in_order_with_an_entry_each(ca: SmallCa) -> None:
    assert ca.authority.issue_batch((), ACTOR) == ()
    orders = [ca.order(f"设备{number}") for number in range(5)]
    made = ca.authority.issue_batch(orders, ACTOR)
    assert [each.subject_der for each in made] == [order.subject_der for order in orders]
    for each in made:
        verify_certificate_signature(each, ca.root)
    with ca.database.reading() as unit:
        rows = [certificates.get(unit, certificates.serial_text(each.serial)) for each in made]
        told = [(entry.type, entry.object_id) for entry in trail.list_events(unit)][2:]
    assert [row.der for row in rows] == [each.der for each in made]
    assert all(row.state is CertificateState.ISSUED and row.key_sm3 for row in rows)
    serials = [row.serial for row in rows]
    assert told == [(kind, serial) for kind in (EventType.CERTIFICATE_INTENDED, EventType.CERTIFICATE_ISSUED) for serial in serials]  # fmt: skip


def test_one_wrong_order_stops_the_batch_and_is_named(ca: SmallCa) -> None:
    good = ca.order("甲")
    wrong = replace(ca.order("乙"), not_after=AT + timedelta(days=99999))
    error = refused(ca, [good, wrong])
    assert (error.code, error.facts["position"]) == (ErrorCode.CA_VALIDITY, 1)


def test_too_many_at_once_are_refused(ca: SmallCa) -> None:
    order = ca.order("甲")
    assert refused(ca, [order] * (issuances.BATCH_LIMIT + 1)).code is ErrorCode.USAGE


def test_a_failing_signer_leaves_abandoned_intents_alone(ca: SmallCa, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: object, _messages: object) -> None:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the key is gone")

    monkeypatch.setattr(SoftwareSigner, "sign_batch", fail)
    with pytest.raises(TrustError) as caught:
        ca.authority.issue_batch([ca.order("甲"), ca.order("乙")], ACTOR)
    assert caught.value.code is ErrorCode.SIGNING_FAILED
    with ca.database.reading() as unit:
        states = [row.state for row in certificates.search(unit, profile="device")]
    assert states == [CertificateState.ABANDONED] * 2


def test_a_wrong_signature_is_never_handed_out(ca: SmallCa, monkeypatch: pytest.MonkeyPatch) -> None:
    real = SoftwareSigner.sign_batch
    monkeypatch.setattr(SoftwareSigner, "sign_batch", lambda self, messages: real(self, list(reversed(messages))))
    with pytest.raises(TrustError) as caught:
        ca.authority.issue_batch([ca.order("甲"), ca.order("乙")], ACTOR)
    assert caught.value.code is ErrorCode.SIGNATURE_WRONG


KEY = generate_key(KeyKind.SM2).signer()
REPEATED: list[tuple[str, Callable[[SmallCa], list[CertificateOrder]]]] = [
    ("certified for another subject", lambda ca: [ca.order("乙", key=KEY)]),
    ("certified for another subject", lambda ca: [ca.order("甲", key=KEY), ca.order("乙", key=KEY)]),
    ("belongs to an authority", lambda ca: [ca.order("根", key=ca.key)]),
    ("in use", lambda ca: [ca.order("甲", key=KEY, profile="subordinate-ca", authority="other")]),
    ("belongs to an authority", lambda ca: [ca.order("根", key=ca.key, profile="subordinate-ca", authority="other")]),
]


@pytest.mark.parametrize(("why", "orders"), REPEATED, ids=range(len(REPEATED)))
def test_a_repeated_key_is_refused(ca: SmallCa, why: str, orders: Callable[[SmallCa], list[CertificateOrder]]) -> None:
    ca.authority.issue(ca.order("甲", key=KEY), ACTOR)
    error = refused(ca, orders(ca))
    assert error.code is ErrorCode.CA_KEY_REPEATED
    assert why in error.detail


def test_the_same_key_for_the_same_subject_is_a_renewal(ca: SmallCa) -> None:
    first = ca.authority.issue(ca.order("甲", key=KEY), ACTOR)
    assert ca.authority.issue(ca.order("甲", key=KEY), ACTOR).spki == first.spki


def test_a_compromised_key_is_not_certified_again(ca: SmallCa) -> None:
    first = ca.authority.issue(ca.order("甲", key=KEY), ACTOR)
    with ca.database.unit_of_work() as uow:
        certificates.revoke(uow, certificates.serial_text(first.serial), at=AT, reason="keyCompromise")
        uow.note_events(1)
    assert "compromised" in refused(ca, [ca.order("甲", key=KEY)]).detail


def test_a_clock_that_was_set_back_issues_nothing_until_what_was_issued_ahead_is_revoked(database: Database) -> None:
    clock = BendableClock(AT)
    ca = SmallCa(database, clock)
    clock.bend(AT + timedelta(days=30))
    ahead = ca.authority.issue(ca.order("甲"), ACTOR)
    clock.bend(AT + timedelta(days=30) - timedelta(minutes=1))
    ca.authority.issue(ca.order("乙"), ACTOR)  # machines differ by seconds
    clock.bend(AT + timedelta(days=29))
    assert refused(ca, [ca.order("丙")]).code is ErrorCode.CA_CLOCK
    with database.unit_of_work() as uow:
        for row in certificates.search(uow, profile="device"):
            certificates.revoke(uow, row.serial, at=clock.now(), reason="superseded")
            uow.note_events(1)
    assert ca.authority.issue(ca.order("丙"), ACTOR).not_before < ahead.not_before


PROCESS = """
import sys
sys.path.insert(0, sys.argv[3])
from tests.support.small_ca import ACTOR, SmallCa
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.store.database import open_database
with open_database(sys.argv[1]) as database:
    ca = SmallCa(database, SystemClock())
    sys.stdin.readline()
    for turn in range(4):
        ca.authority.issue_batch([ca.order(f"{sys.argv[2]}-{turn}-{n}") for n in range(10)], ACTOR)
"""


def test_two_processes_never_give_one_serial_twice(migrated_url: str) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, migrated_url, name, str(ROOT)], stdin=subprocess.PIPE, cwd=ROOT, text=True
        )
        for name in ("a", "b")
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.close()
    assert [racer.wait(60) for racer in racers] == [0, 0]
    with open_database(migrated_url) as database, database.reading() as unit:
        rows = certificates.search(unit, profile="device", limit=1000)
        events = trail.list_events(unit, limit=1000)
    assert len(rows) == len({row.serial for row in rows}) == 80
    assert all(row.der is not None and parse_certificate(row.der).serial == row.serial_number for row in rows)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
