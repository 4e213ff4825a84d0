"""The seal registry against itself: two at once, killed half-way, written to past the program, a maker that fails."""

from __future__ import annotations

import multiprocessing
import os
import random  # noqa: TID251 - seeded, so that a failure can be seen again
import signal
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from esign.seal.making import SealMaker
from esign.seal.model import SealVersion
from esign.seal.read import parse_seal
from esign.seal.registry import find_history, read_history
from esign.seal.standing import SealAct, Standing, info_digest
from esign.seal.verify import verify_seal
from tests.support.authority import passphrase
from tests.support.electronic_seals import seal_over
from tests.support.killing import READY, run_and_kill
from tests.support.registration import refusal
from tests.support.seal_office import staff_of, staffed_home
from trustkit.app.electronic_seal import LICENCE, electronic_seal
from trustkit.app.keys import KeyName
from trustkit.app.registration import RegistrationDesk
from trustkit.app.seal_desk import SealDesk
from trustkit.app.stamping import stamping_authority
from trustkit.app.store_seals import StoreSeals, require_seal_usable
from trustkit.app.verification import home_verification
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import registrations, seals
from trustkit.store.registrations import Decision, State
from trustkit.store.seals import SealState
from trustkit.verdict import Indication, SubIndication
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.seal_office import SealOffice
    from trustkit.app.authority import Authority
    from trustkit.error_family import Code

KILLS = 40
PATIENCE = 300.0  # seconds
SEALS = 3  # a child lives as long as these take on this machine, or less
SEED = 20261126
CONTENT = b"what the seal was put on"
PASSED = (Indication.TOTAL_PASSED, None)
BUSY = frozenset({ErrorCode.REGISTRATION_BUSY, ErrorCode.REGISTRATION_STATE, ErrorCode.STORE_CONFLICT})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return staffed_home(tmp_path / "home")


@pytest.fixture
def office(authority: Authority) -> SealOffice:
    return staff_of(authority)


def at_once(*acts: Callable[[], object]) -> list[Code | None]:
    """Return how acts ended that were begun together: None for success."""

    def outcome(act: Callable[[], object]) -> Code | None:
        try:
            act()
        except TrustError as error:
            return error.code
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(outcome, acts))


@pytest.mark.parametrize("version", list(SealVersion))
def test_every_edition_is_made_known_again_and_usable(office: SealOffice, version: SealVersion) -> None:
    number, document = office.made(version=version)
    seal = verify_seal(parse_seal(document)).seal
    assert (seal.version, seal.identifier, bool(seal.timestamp)) == (version, number, version is SealVersion.V5)
    register, now = StoreSeals(database=office.authority.database), office.authority.clock.now()
    found = register.history(info_digest(seal))
    assert found is not None
    assert (found.number, found.standing) == (number, Standing.IN_FORCE)
    assert require_seal_usable(register, seal, now) == now
    for act, reason in ((SealAct.SUSPEND, "other"), (SealAct.LOSE, "lost"), (SealAct.REVOKE, "lost")):
        office.change(number, act, reason)
        refusal(ErrorCode.SEAL_NOT_IN_FORCE, partial(require_seal_usable, register, seal, now))
    assert require_seal_usable(None, seal, now) == now  # away from a home nobody knows


def test_two_who_make_one_application_make_one_seal(office: SealOffice) -> None:
    number = office.approved()
    ended = at_once(*[partial(office.desk.make, number, office.keys) for _ in range(4)])
    assert set(ended) - BUSY == {None}
    with office.authority.database.reading() as unit:
        alive = [row for row in seals.search(unit) if row.state is not SealState.ABANDONED]
        assert [(row.state, row.registration) for row in alive] == [(SealState.IN_FORCE, number)]
        assert registrations.get(unit, number).state is State.DONE


def test_two_who_stop_one_seal_stop_it_once(office: SealOffice) -> None:
    seal, _ = office.made()
    desk = office.desk
    ended = at_once(
        partial(desk.ask_change, office.requester, seal, SealAct.LOSE, reason="lost"),
        partial(desk.ask_change, office.registrars[0], seal, SealAct.LOSE, reason="stolen"),
    )
    assert sorted(ended, key=str) == sorted((None, ErrorCode.SEAL_STATE), key=str)
    with office.authority.database.reading() as unit:
        assert [change.ordinal for change in seals.list_changes(unit, seal)] == [1]
        assert len(trail.list_about(unit, EventType.SEAL_LOST, seal)) == 1


def test_what_was_agreed_to_before_is_refused_when_the_seal_has_moved_on(office: SealOffice) -> None:
    seal, _ = office.made()
    desk = office.desk
    desk.ask_change(office.requester, seal, SealAct.SUSPEND, reason="other")
    first = desk.ask_change(office.requester, seal, SealAct.RESUME, reason="cleared")
    second = desk.ask_change(office.requester, seal, SealAct.RESUME, reason="cleared")
    office.approve(first.id)
    refusal(ErrorCode.SEAL_STATE, partial(office.approve, second.id))
    with office.authority.database.reading() as unit:  # nothing of the refused approval stayed
        assert registrations.list_decisions(unit, second.id) == ()
        assert read_history(unit, seal).standing is Standing.IN_FORCE


def test_the_door_of_the_registration_leads_to_the_same(office: SealOffice) -> None:
    seal, _ = office.made()
    row = office.desk.ask_change(office.requester, seal, SealAct.REVOKE, reason="superseded")
    requests = RegistrationDesk(home=office.authority)
    requests.registration.decide(office.registrars[0], row.id, Decision.APPROVE)
    assert office.desk.show(seal).line.state == "in-force"  # approved, and not carried out
    requests.carry_out(row.id, office.keys)
    assert office.desk.show(seal).line.state == "revoked"
    refusal(ErrorCode.REGISTRATION_STATE, partial(requests.carry_out, row.id, office.keys))
    refusal(ErrorCode.USAGE, partial(requests.carry_out, office.approved(), office.keys))


def test_a_registrar_who_left_counts_no_more(office: SealOffice) -> None:
    number = office.approved()
    RegistrationDesk(home=office.authority).operators.revoke(
        office.registrars[0].row.id, actor=office.authority.operator
    )
    refusal(ErrorCode.REGISTRATION_APPROVALS, partial(office.desk.make, number, office.keys))
    office.approve(number, by=1)
    office.desk.make(number, office.keys)


def test_a_maker_who_fails_leaves_nothing_and_can_try_again(
    office: SealOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = office.approved()

    def fail(*_: object) -> bytes:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the token was pulled out")

    with monkeypatch.context() as broken:
        broken.setattr(SealMaker, "make", fail)
        refusal(ErrorCode.SIGNING_FAILED, partial(office.desk.make, number, office.keys))
    row, _ = office.desk.make(number, office.keys)
    with office.authority.database.reading() as unit:
        states = {each.number: each.state for each in seals.search(unit)}
        assert sorted(states.values()) == [SealState.ABANDONED, SealState.IN_FORCE]
        assert states[row.number] is SealState.IN_FORCE
        (lost,) = (each for each, state in states.items() if state is SealState.ABANDONED)
        told = trail.last_event(unit, EventType.SEAL_ABANDONED, lost)
    assert told is not None
    assert told.reason == "issuance-failed"


def test_no_maker_no_seal(authority: Authority) -> None:
    office = staff_of(authority)
    serial = f"{authority.certificate(KeyName.SEAL_MAKER).serial:x}"
    authority.revoke_certificate(office.keys, serial, reason="superseded")
    number = office.approved()
    refusal(ErrorCode.OWN_CERTIFICATE, partial(office.desk.make, number, office.keys))
    with authority.database.reading() as unit:
        assert seals.search(unit) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE seals SET state = 'in-force'",
        "DELETE FROM seal_changes",
        "UPDATE seal_changes SET reason = 'superseded'",
        "UPDATE seal_changes SET since = '2099-01-01T00:00:00.000000Z'",
        "UPDATE seal_changes SET act = 'suspend'",
        "UPDATE seal_changes SET state = 'suspended'",
    ],
)
def test_a_register_that_was_written_to_is_not_believed(office: SealOffice, statement: str) -> None:
    seal, document = office.made()
    office.change(seal, SealAct.REVOKE, "misused")
    with office.authority.database.unit_of_work() as uow:
        assert uow.write(text(statement)) > 0
    altered = refusal(ErrorCode.SEAL_STATE, partial(office.desk.show, seal))
    assert altered.facts["found"] == "altered"
    with office.authority.database.reading() as unit:
        info = info_digest(parse_seal(document))
        refusal(ErrorCode.SEAL_STATE, partial(find_history, unit, info))


def _make_until_killed(home: Path, numbers: list[str], end: Callable[[], object], write_end: int) -> None:
    """Run in a child: make seal after seal, saying each request only when its seal was acknowledged, and `end` after the last."""
    with open_authority(home) as authority:
        keys = authority.unlock(passphrase())
        desk = SealDesk(home=authority)
        keys.signer(KeyName.SEAL_MAKER, authority.certificate(KeyName.SEAL_MAKER))
        os.write(write_end, READY)
        for number in numbers:
            desk.make(number, keys)
            os.write(write_end, number.encode() + b"\n")
    end()


def _kill_again_and_again(home: Path, numbers: list[str]) -> list[str]:
    """Run in a process of its own, which has no threads to be forked from."""
    delays = random.Random(SEED)
    began = time.monotonic()
    done = run_and_kill(partial(_make_until_killed, home, numbers[:SEALS], _kill_oneself), PATIENCE)
    most = time.monotonic() - began
    for kill in range(KILLS):
        some = numbers[10 * kill + SEALS :][:10]
        # a quick machine may make them all before the kill
        done += run_and_kill(partial(_make_until_killed, home, some, signal.pause), delays.uniform(0.0, most))
    return done


def _kill_oneself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_killed_at_any_moment_every_application_ends_in_one_seal(office: SealOffice) -> None:
    home = office.authority.settings.home
    numbers = [office.approved() for _ in range(SEALS + 10 * KILLS)]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        acknowledged = fresh.submit(_kill_again_and_again, home, numbers).result()
    assert acknowledged, "none was fast enough to be acknowledged: the test proved nothing"
    with office.authority.database.reading() as unit:
        for number in acknowledged:
            row = registrations.get(unit, number)
            assert row.state is State.DONE
            assert seals.get_document(unit, row.serial or "")
    cut_off = office.authority.recover(older_than=timedelta())
    assert any(key.startswith("es-") for key in cut_off), "no kill fell into the making: the test proved nothing"
    for number in numbers:
        office.desk.make(number, office.keys)
    with office.authority.database.reading() as unit:
        for number in numbers:
            row = registrations.get(unit, number)
            found = seals.find(unit, row.serial or "")
            assert found is not None
            assert (row.state, found.state) == (State.DONE, SealState.IN_FORCE)
            made = [each.type for each in trail.list_about(unit, EventType.SEAL_MADE, found.number)]
            assert made == [EventType.SEAL_MADE.value]


def test_a_verdict_knows_what_became_of_the_seal_and_when(office: SealOffice) -> None:
    authority = office.authority
    begun = authority.clock.now()
    seal, document = office.made()
    certificate = authority.certificate(KeyName.SEAL)

    def stamp(value: bytes) -> bytes:
        return stamping_authority(authority, office.keys).stamp(value, authority.operator)

    def signed(*, stamped: bool) -> bytes:
        return seal_over(
            document,
            protected=CONTENT,
            property_info="content",
            signer=office.keys.signer(KeyName.SEAL, certificate),
            certificate=certificate,
            at=authority.clock.now(),
            stamp=stamp if stamped else None,
        )

    def verdict(octets: bytes, content: bytes | None = None) -> tuple[Indication, SubIndication | None]:
        found = home_verification(authority, offline=True).judge(Submission(name="x", data=octets, content=content))
        return found.conclusion.indication, found.conclusion.sub_indication

    def later(minutes: int) -> None:
        authority.clock = FixedClock(begun + timedelta(minutes=minutes))

    later(1)
    stamped, unstamped = signed(stamped=True), signed(stamped=False)
    for octets in (stamped, unstamped):
        assert verdict(octets, CONTENT) == PASSED
    assert verdict(document) == PASSED

    later(2)
    office.change(seal, SealAct.LOSE, "stolen")
    later(3)
    assert verdict(stamped, CONTENT) == PASSED  # used before, as is proved
    assert verdict(unstamped, CONTENT) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert verdict(document) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    by_the_thief = signed(stamped=True), signed(stamped=False)

    later(4)
    office.change(seal, SealAct.REVOKE, "lost")
    later(5)
    assert verdict(stamped, CONTENT) == PASSED
    assert verdict(unstamped, CONTENT) == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)
    for octets in by_the_thief:
        assert verdict(octets, CONTENT) == (Indication.TOTAL_FAILED, SubIndication.SIG_CONSTRAINTS_FAILURE)
    assert verdict(signed(stamped=True), CONTENT) == (Indication.TOTAL_FAILED, SubIndication.REVOKED)
    assert verdict(document) == (Indication.TOTAL_FAILED, SubIndication.REVOKED)

    with authority.database.unit_of_work() as uow:  # somebody takes the revocation back, past the program
        assert uow.write(text("UPDATE seals SET state = 'in-force'"))
    assert verdict(stamped, CONTENT) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)


def test_a_number_nobody_made_is_refused_by_name(office: SealOffice) -> None:
    authority = office.authority
    asked = partial(electronic_seal, authority, certificate=authority.certificate(KeyName.SEAL))
    number, document = office.made()
    assert asked(word=number, at=authority.clock.now()) == document
    refusal(ErrorCode.SEAL_MISSING, partial(asked, word="es-abcdefghjkmnp", at=authority.clock.now()))
    office.change(number, SealAct.SUSPEND, "other")
    refusal(ErrorCode.SEAL_NOT_IN_FORCE, partial(asked, word=number, at=authority.clock.now()))


def test_a_licence_is_sealed_with_a_licence_seal_where_there_is_one(office: SealOffice) -> None:
    authority = office.authority
    asked = partial(electronic_seal, authority, None, authority.certificate(KeyName.SEAL))
    _, first = office.made(kind="contract")
    assert asked(authority.clock.now(), kind=LICENCE) == first
    number, own = office.made(kind=LICENCE)
    _, newest = office.made(kind="contract")
    assert asked(authority.clock.now()) == newest
    assert asked(authority.clock.now(), kind=LICENCE) == own
    office.change(number, SealAct.SUSPEND, "other")
    assert asked(authority.clock.now(), kind=LICENCE) == newest
