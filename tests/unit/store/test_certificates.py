from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support import register
from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, issuances, revocations
from trustkit.store.certificates import CertificateRow, CertificateState
from trustkit.store.issuances import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

LATER = NOON + timedelta(days=365)


def reserve(database: Database, *, issuer: str = "issuing", subject: str = "CN=印章", minutes: int = 0) -> str:
    with database.unit_of_work() as uow:
        at = NOON + timedelta(minutes=minutes)
        row = register.reserve(uow, issuer=issuer, profile="seal", subject=subject, at=at)
        tell(uow, row.serial)
    return row.serial


def issue(database: Database, **words: str) -> str:
    serial = reserve(database, **words)  # type: ignore[arg-type]
    with database.unit_of_work() as uow:
        register.complete(uow, serial, der=b"\x30\x00", issued_at=NOON, not_after=LATER)
        tell(uow, serial)
    return serial


def test_an_intent_has_a_serial_of_twenty_octets(database: Database) -> None:
    serial = reserve(database)
    with database.reading() as unit:
        row = certificates.get(unit, serial)
    assert row.state is CertificateState.INTENT
    assert row.intent_at == NOON
    assert row.der is None
    assert row.serial_number.bit_length() == 159
    assert certificates.serial_text(row.serial_number) == serial


def test_a_random_source_that_repeats_is_refused(database: Database) -> None:
    wanted = (
        Wanted(profile="seal", subject="CN=x", key_sm3="00"),
        Wanted(profile="seal", subject="CN=x", key_sm3="01"),
    )
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        issuances.reserve_many(uow, issuer="issuing", wanted=wanted, at=NOON, random_octets=lambda _: b"\x01" * 20)
    assert caught.value.code is ErrorCode.STORE_CONFLICT


def test_an_issued_certificate_keeps_its_octets(database: Database) -> None:
    serial = issue(database)
    with database.reading() as unit:
        row = certificates.get(unit, serial)
    assert (row.state, row.der, row.issued_at, row.not_after) == (CertificateState.ISSUED, b"\x30\x00", NOON, LATER)


def test_revocation_is_kept_with_time_and_reason(database: Database) -> None:
    serial = issue(database)
    with database.unit_of_work() as uow:
        certificates.revoke(uow, serial, at=NOON, reason="keyCompromise")
        tell(uow)
    with database.reading() as unit:
        row = certificates.get(unit, serial)
        change = revocations.last_change(unit, "issuing")
    assert (row.revoked_at, row.reason) == (NOON, "keyCompromise")
    assert change == 1


def complete(uow: UnitOfWork, serial: str) -> None:
    register.complete(uow, serial, der=b"\x30\x00", issued_at=NOON, not_after=LATER)


def abandon(uow: UnitOfWork, serial: str) -> None:
    certificates.abandon(uow, serial, at=NOON, reason="crash")


def revoke(uow: UnitOfWork, serial: str) -> None:
    certificates.revoke(uow, serial, at=NOON, reason="superseded")


REFUSED_STEPS = (
    pytest.param((), revoke, "intent", id="revoke an intent"),
    pytest.param((complete,), complete, "issued", id="complete twice"),
    pytest.param((complete,), abandon, "issued", id="abandon an issued one"),
    pytest.param((complete, revoke), revoke, "revoked", id="revoke twice"),
    pytest.param((complete, revoke), complete, "revoked", id="complete a revoked one"),
    pytest.param((abandon,), complete, "abandoned", id="complete an abandoned one"),
    pytest.param((abandon,), revoke, "abandoned", id="revoke an abandoned one"),
    pytest.param((abandon,), abandon, "abandoned", id="abandon twice"),
)


@pytest.mark.parametrize(("before", "step", "found"), REFUSED_STEPS)
def test_states_only_move_forward(
    database: Database, before: tuple[Callable[[UnitOfWork, str], None], ...], step: Callable[..., None], found: str
) -> None:
    serial = reserve(database)
    with database.unit_of_work() as uow:
        for done in before:
            done(uow, serial)
            tell(uow)
        was = certificates.get(uow, serial)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        step(uow, serial)
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    assert step is complete or caught.value.facts["found"] == found  # a batch does not say which of it
    with database.reading() as unit:
        assert certificates.get(unit, serial) == was


@pytest.mark.parametrize("step", [complete, abandon, revoke])
def test_an_unknown_serial_conflicts(database: Database, step: Callable[[UnitOfWork, str], None]) -> None:
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        step(uow, "1234")
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    assert step is complete or caught.value.facts["found"] == "none"


def test_an_unknown_serial_is_missing(database: Database) -> None:
    with database.reading() as unit:
        assert certificates.find(unit, "1234") is None
        with pytest.raises(TrustError) as caught:
            certificates.get(unit, "1234")
    assert caught.value.code is ErrorCode.STORE_ROW_MISSING


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"issuer": "x" * 129}, ErrorCode.INPUT_TOO_LARGE),
        ({"profile": "x" * 65}, ErrorCode.INPUT_TOO_LARGE),
        ({"subject": "x" * 2049}, ErrorCode.INPUT_TOO_LARGE),
        ({"subject": "a\x00b"}, ErrorCode.INPUT_UNREADABLE),
        ({"subject": "\ud800"}, ErrorCode.INPUT_UNREADABLE),
    ],
)
def test_refuses_words_that_do_not_fit(database: Database, words: dict[str, str], code: Code) -> None:
    values = {"issuer": "issuing", "profile": "seal", "subject": "CN=x"} | words
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        register.reserve(uow, issuer=values["issuer"], profile=values["profile"], subject=values["subject"], at=NOON)
    assert caught.value.code is code


@pytest.mark.parametrize(("der", "code"), [(b"", ErrorCode.INPUT_EMPTY), (bytes(2**18 + 1), ErrorCode.INPUT_TOO_LARGE)])
def test_refuses_octets_that_do_not_fit(database: Database, der: bytes, code: Code) -> None:
    serial = reserve(database)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        register.complete(uow, serial, der=der, issued_at=NOON, not_after=LATER)
    assert caught.value.code is code


def test_search_goes_by_pages_newest_first(database: Database) -> None:
    serials = [reserve(database, minutes=number // 2) for number in range(7)]
    seen: list[CertificateRow] = []
    with database.reading() as unit:
        while page := certificates.search(unit, after=seen[-1].serial if seen else None, limit=2):
            seen.extend(page)
    assert len(seen) == 7
    assert {row.serial for row in seen} == set(serials)
    assert [row.intent_at for row in seen] == sorted((row.intent_at for row in seen), reverse=True)


def test_search_narrows(database: Database) -> None:
    root = issue(database, issuer="root", subject="CN=100%_Root")
    other = reserve(database, subject="CN=100xyRoot")
    with database.reading() as unit:
        assert [row.serial for row in certificates.search(unit, issuer="root")] == [root]
        assert [row.serial for row in certificates.search(unit, state=CertificateState.INTENT)] == [other]
        assert [row.serial for row in certificates.search(unit, subject_holds="%_root")] == [root]
        assert certificates.search(unit, profile="tsa") == ()
        for wrong in (0, 1001):
            with pytest.raises(TrustError) as caught:
                certificates.search(unit, limit=wrong)
            assert caught.value.code is ErrorCode.USAGE
        with pytest.raises(TrustError) as caught:
            certificates.search(unit, after="1234")
        assert caught.value.code is ErrorCode.STORE_ROW_MISSING


def test_an_unknown_reason_revokes_nothing(database: Database) -> None:
    serial = issue(database)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        certificates.revoke(uow, serial, at=NOON, reason="because")
    assert caught.value.code is ErrorCode.USAGE


def test_unfinished_are_old_intents_only(database: Database) -> None:
    old, issued, new = reserve(database), issue(database), reserve(database, minutes=5)
    with database.reading() as unit:
        found = certificates.list_unfinished(unit, before=NOON + timedelta(minutes=1))
        assert [row.serial for row in found] == [old]
        everything = certificates.list_unfinished(unit, before=LATER)
    assert [row.serial for row in everything] == [old, new]
    assert issued not in {row.serial for row in everything}
