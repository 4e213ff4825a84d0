"""Renewing certificates: which is current, which key belongs to it, and kill -9 at every step of it."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import SAMPLE, passphrase
from tests.support.pki import BendableClock
from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.keys import END_KEYS, KeyName, Keys
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.personal_data import require_impersonal
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.certificates import serial_text
from trustkit.verdict import Indication
from verifier.submission import Submission

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from trustkit.app.authority import Authority
    from trustkit.x509.certificate import Certificate


def _keys(authority: Authority) -> Keys:
    return Keys(authority.settings.home, passphrase(), iterations=MIN_ITERATIONS)


def _renew(authority: Authority, name: KeyName, *, same_key: bool = False, shorten: bool = False) -> Certificate:
    renewal = CertificateRenewal(home=authority)
    return renewal.renew(renewal.plan(name, same_key=same_key, shorten=shorten), _keys(authority))


def _issue(authority: Authority) -> bytes:
    """Issue a licence, which the service passes on only when seal, time stamp and status list all verify."""
    service = authority.licences(authority.unlock(passphrase()))
    return service.issue("business-licence", SAMPLE.read_bytes(), actor=authority.operator).document


def _indication(authority: Authority, document: bytes) -> Indication:
    return authority.verification.judge(Submission(name="x", data=document)).conclusion.indication


@pytest.mark.parametrize("name", END_KEYS)
def test_the_new_certificate_is_in_use_and_what_the_old_one_signed_holds(home: Path, name: KeyName) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        _renew_and_retire(authority, name, clock)


def _renew_and_retire(authority: Authority, name: KeyName, clock: BendableClock) -> None:
    before = _issue(authority)
    clock.advance(timedelta(minutes=1))
    old = authority.certificate(name)
    new = _renew(authority, name)
    assert authority.certificate(name) == new
    assert new.serial != old.serial
    assert new.spki != old.spki
    assert (new.subject_der, new.issuer_der, new.key_usage) == (old.subject_der, old.issuer_der, old.key_usage)
    keys = authority.unlock(passphrase())
    assert keys.signer(name, new).public_key.spki == new.spki
    assert keys.signer(name, old).public_key.spki == old.spki  # the old key is still there
    with authority.database.reading() as unit:
        told = [entry.type for entry in trail.list_events(unit)][-3:]
    assert told == ["custody:key:created", "ca:certificate:intended", "ca:certificate:issued"]
    lines = {line.serial: line for line in authority.register.list_certificates()}
    assert lines[serial_text(new.serial)].current
    assert not lines[serial_text(old.serial)].current
    asked_for = {KeyName.SEAL_MAKER, KeyName.CREDENTIAL, KeyName.CREDENTIAL_STATUS}  # there are none until then
    assert sum(line.current for line in lines.values()) == len(set(KeyName) - asked_for)
    authority.revoke_certificate(keys, serial_text(old.serial), reason="superseded")
    authority.publish_status_lists(keys)
    assert _indication(authority, before) is Indication.TOTAL_PASSED  # stamped before, superseded after (RFC 3161 4)
    assert _indication(authority, _issue(authority)) is Indication.TOTAL_PASSED


def test_the_same_key_gets_a_new_certificate(authority: Authority) -> None:
    old = authority.certificate(KeyName.SEAL)
    new = _renew(authority, KeyName.SEAL, same_key=True)
    assert new.serial != old.serial
    assert new.spki == old.spki
    assert _indication(authority, _issue(authority)) is Indication.TOTAL_PASSED
    renewed = _renew(authority, KeyName.SEAL)
    again = _renew(authority, KeyName.SEAL, same_key=True)
    assert again.spki == renewed.spki != new.spki


def test_a_home_older_than_the_status_certificate_gets_one(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = authority.settings.home
    (folder / "policies" / "certificates" / "status.toml").unlink()
    (folder / "keys" / "status.key.pem").unlink()
    search = "trustkit.app.opened.certificates.search"
    real = __import__("trustkit.store.certificates", fromlist=["search"]).search
    monkeypatch.setattr(search, lambda unit, **asked: () if asked.get("profile") == "status" else real(unit, **asked))
    with pytest.raises(TrustError) as refusal:
        authority.publish_status_lists(_keys(authority))
    assert refusal.value.code is ErrorCode.OWN_CERTIFICATE
    assert authority.unfit() == ("status",)
    with pytest.raises(TrustError) as refusal:
        _renew(authority, KeyName.STATUS, same_key=True)
    assert refusal.value.code is ErrorCode.USAGE
    assert CertificateRenewal(home=authority).plan(KeyName.STATUS).replaces is None
    _renew(authority, KeyName.STATUS)
    monkeypatch.undo()
    assert authority.unfit() == ()
    assert _indication(authority, _issue(authority)) is Indication.TOTAL_PASSED


def test_renewals_that_are_refused_and_leave_everything(home: Path) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        files = sorted((home / "keys").iterdir())
        count = len(authority.register.list_certificates())
        plan = CertificateRenewal(home=authority).plan
        for name in (KeyName.ROOT, KeyName.ISSUING):
            with pytest.raises(TrustError, match="app:call:usage"):
                plan(name)
        serial = serial_text(authority.certificate(KeyName.SEAL).serial)
        authority.revoke_certificate(keys, serial, reason="keyCompromise")
        with pytest.raises(TrustError, match="app:call:usage"):
            plan(KeyName.SEAL, same_key=True)
        wrong = Keys(home, type(passphrase())(b"another passphrase"), iterations=MIN_ITERATIONS)
        renewal = CertificateRenewal(home=authority)
        with pytest.raises(TrustError, match="custody:passphrase:wrong"):
            renewal.renew(plan(KeyName.SEAL), wrong)
        clock.advance(timedelta(days=2000))
        with pytest.raises(TrustError, match="ca:issuer:ends-first"):
            plan(KeyName.SEAL)
        assert plan(KeyName.SEAL, shorten=True).not_after == authority.certificate(KeyName.ISSUING).not_after
        clock.advance(timedelta(days=2000))
        for shorten in (False, True):
            with pytest.raises(TrustError, match="ca:issuer:ends-first"):
                plan(KeyName.SEAL, shorten=shorten)
        assert sorted((home / "keys").iterdir()) == files
        assert len(authority.register.list_certificates()) == count


def test_an_expired_service_is_renewed_and_takes_up_its_work(home: Path) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        clock.advance(timedelta(days=1826))
        assert authority.unfit() == tuple(END_KEYS)
        with pytest.raises(TrustError, match="ca:certificate:unfit"):
            authority.publish_status_lists(authority.unlock(passphrase()))
        for name in END_KEYS:
            _renew(authority, name, shorten=True)
        authority.publish(authority.unlock(passphrase()))
        assert _indication(authority, _issue(authority)) is Indication.TOTAL_PASSED


# where the process is killed: a function and whether at its beginning or end, and whether the new certificate is in use then
STEPS = [
    ("_write_all", "return", False),
    ("write_new_private_file", "return", False),
    ("take_new_key", "return", False),
    ("IssuingAuthority._intend", "return", False),
    ("CertificateIssuer.issue_batch", "call", False),
    ("CertificateIssuer.issue_batch", "return", False),
    ("complete_many", "return", False),
    ("record_many", "return-after-complete", False),
    ("IssuingAuthority._complete", "return", True),
    ("CertificateRenewal.renew", "return", True),
    ("StatusPublisher.publish", "return", True),
    ("publish_lists", "return", True),
]


def _renew_and_die(home: Path, name: KeyName, function: str, event: str) -> None:
    """Renew in a child that kills itself at one step."""
    completed = False

    def watch(frame: FrameType, happened: str, _: object) -> None:
        nonlocal completed
        if frame.f_code.co_qualname == function and happened == event.removesuffix("-after-complete"):  # noqa: SIM102
            if completed or "-" not in event:
                os.kill(os.getpid(), signal.SIGKILL)
        completed = completed or (frame.f_code.co_qualname == "complete_many" and happened == "return")

    child = os.fork()
    if child == 0:
        try:
            with open_authority(home) as authority:
                sys.setprofile(watch)
                _renew(authority, name)
                authority.publish_status_lists(_keys(authority))
        except BaseException:  # noqa: BLE001 - a child must never return into pytest
            traceback.print_exc()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the step was never reached"
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("name", [KeyName.SEAL, pytest.param(KeyName.STATUS, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("function", "event", "renewed"), STEPS)
def test_killed_at_any_step_the_home_works_with_the_old_or_the_new(
    home: Path, name: KeyName, function: str, event: str, *, renewed: bool
) -> None:
    with open_authority(home) as authority:
        old = authority.certificate(name)
        before = _issue(authority)
    _renew_and_die(home, name, function, event)
    with open_authority(home) as authority:
        current = authority.certificate(name)
        assert (current != old) is renewed
        assert authority.unlock(passphrase()).signer(name, current).public_key.spki == current.spki
        assert _indication(authority, before) is Indication.TOTAL_PASSED
        assert _indication(authority, _issue(authority)) is Indication.TOTAL_PASSED
        authority.recover(older_than=timedelta())
        states = [line.state for line in authority.register.list_certificates()]
        assert "intent" not in states
        assert _renew(authority, name) == authority.certificate(name)
        assert _indication(authority, _issue(authority)) is Indication.TOTAL_PASSED


def test_no_name_of_a_key_file_can_look_like_a_telephone_number(home: Path) -> None:
    """Half an identifier would do to tell keys apart, but the trail takes only long ones for what they are."""
    file = Keys(home, passphrase(), iterations=MIN_ITERATIONS).add(KeyName.TIMESTAMP, generate_key(KeyKind.SM2))
    identifier = file.removeprefix(f"{KeyName.TIMESTAMP.value}-")
    require_impersonal("object_id", file.replace(identifier, "363d17768880239f".ljust(len(identifier), "0")))
