"""Years go by over a signed file: renewed in time it passes for ever, and what is told of its end comes true."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.pdf.request import SigningRequest
from esign.pdf.sign import sign_pdf
from tests.support.authority import passphrase
from tests.support.pki import BendableClock
from tests.support.signed_pdf import add_evidence
from tests.unit.verifier.licences import page as plain_page
from trustkit.app import archive_batch, file_exchange
from trustkit.app.archive_batch import EstateRenewal, Place
from trustkit.app.archive_renewal import ArchiveRenewal, RenewalStatus
from trustkit.app.archive_stamps import HomeStamper
from trustkit.app.batch_plan import KINDS, Left, plan_batch
from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.files import EXCHANGED_SUFFIX
from trustkit.app.keys import KeyName
from trustkit.app.renewal_trail import RenewalTrail
from trustkit.app.stamping import stamping_authority
from trustkit.app.verification import home_verification
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.judgement.prospect import EndKind, Proof
from verifier.submission import Submission

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.archive_batch import RenewalLine
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from verifier.judgement.prospect import Prospect

DAY = timedelta(days=1)
HALF_A_YEAR = 180 * DAY
PASSED = Indication.TOTAL_PASSED


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return plain_page(tmp_path_factory.mktemp("page"))


def sign(authority: Authority, keys: Keys, page: bytes) -> bytes:
    """Return the page signed by the seal at B-LT: stamped, and with the lists of the day inside."""
    seal, stamping = authority.certificate(KeyName.SEAL), stamping_authority(authority, keys)
    request = SigningRequest(
        pdf=page,
        signer=keys.signer(KeyName.SEAL, seal),
        certificate=seal,
        chain=(authority.authorities.issuer_of(seal),),
        signing_time=authority.clock.now(),
        crls=authority.publications().crls(),
        timestamp=lambda value: stamping.stamp(value, authority.operator),
    )
    return sign_pdf(request)


def renewal(authority: Authority, keys: Keys | None, within: timedelta | None = HALF_A_YEAR) -> ArchiveRenewal:
    return ArchiveRenewal(
        service=home_verification(authority, offline=True),
        evidence=(),
        clock=authority.clock,
        stamper=None if keys is None else HomeStamper.of(authority, keys),
        within=within,
    )


def indication(authority: Authority, octets: bytes) -> Indication:
    service = home_verification(authority, offline=True)
    return service.judge(Submission(name="x", data=octets)).conclusion.indication


def prospect(authority: Authority, octets: bytes) -> Prospect:
    found = renewal(authority, None).renew(octets).prospect
    assert found is not None
    return found


def publish(authority: Authority, keys: Keys) -> None:
    for name in authority.publications().names():
        authority.revocation(keys, name).publish(authority.operator)


def next_stamping_certificate(authority: Authority, keys: Keys) -> None:
    certificates = CertificateRenewal(home=authority)
    certificates.renew(certificates.plan(KeyName.TIMESTAMP, same_key=False, shorten=True), keys)


def test_renewed_in_time_it_outlives_signer_and_authority(home: Path, page: bytes) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        signed = sign(authority, keys, page)
        first = prospect(authority, signed)
        assert (first.proof, first.endings[0].kind) == (Proof.SIGNATURE_STAMP, EndKind.CERTIFICATE)
        assert first.until == authority.certificate(KeyName.TIMESTAMP).not_after
        assert renewal(authority, keys).renew(signed).status is RenewalStatus.NOT_DUE

        clock.bend(first.until - 100 * DAY)  # the house makes its next certificate, and renews its files by it
        publish(authority, keys)
        next_stamping_certificate(authority, keys)
        renewed = renewal(authority, keys).renew(signed)
        assert renewed.status is RenewalStatus.RENEWED
        assert renewed.octets is not None
        assert renewed.renewed is not None
        assert renewed.renewed.until is not None
        assert renewed.renewed.until > first.until + 3 * 365 * DAY
        assert renewal(authority, keys).renew(renewed.octets).status is RenewalStatus.NOT_DUE

        clock.bend(first.until + DAY)
        publish(authority, keys)
        assert indication(authority, signed) is Indication.INDETERMINATE
        assert indication(authority, renewed.octets) is PASSED

        clock.bend(renewed.renewed.until)
        publish(authority, keys)
        assert indication(authority, renewed.octets) is PASSED
        clock.advance(timedelta(seconds=1))
        assert indication(authority, renewed.octets) is not PASSED


def test_too_late_is_told_and_nothing_is_stamped(home: Path, page: bytes) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        signed = sign(authority, keys, page)
        clock.bend(authority.certificate(KeyName.TIMESTAMP).not_after - DAY)
        next_stamping_certificate(authority, keys)
        clock.advance(2 * DAY)
        publish(authority, keys)
        late = renewal(authority, keys, within=None).renew(signed)
        assert (late.status, late.octets) == (RenewalStatus.NOT_PASSING, None)
        with authority.database.reading() as unit:
            told = [entry.type for entry in trail.list_events(unit)]
        assert told.count("ca:timestamp:issued") == 1  # that of signing


def test_a_revoked_seal_is_kept_from_before(home: Path, page: bytes) -> None:
    """Revoked after it had signed: the stamp tells so, and goes on telling so under the archive stamp."""
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        signed = sign(authority, keys, page)
        clock.advance(DAY)
        serial = f"{authority.certificate(KeyName.SEAL).serial:x}"
        authority.revoke_certificate(keys, serial, reason="superseded")
        clock.advance(400 * DAY)
        publish(authority, keys)
        next_stamping_certificate(authority, keys)
        kept = renewal(authority, keys, within=None).renew(signed)
        assert kept.status is RenewalStatus.RENEWED
        assert kept.octets is not None
        assert indication(authority, kept.octets) is PASSED


def test_two_at_once_leave_a_whole_file(home: Path, page: bytes, tmp_path: Path) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        path = tmp_path / "contract.pdf"
        path.write_bytes(sign(authority, keys, page))
        clock.advance(30 * DAY)
        publish(authority, keys)
        next_stamping_certificate(authority, keys)
        found: list[RenewalStatus] = []

        def run() -> None:
            estate = EstateRenewal(renewal=renewal(authority, keys, within=None), place=Place.IN_PLACE, home=authority)
            found.extend(line.report.status for line in estate.lines(plan_batch((path,), None, KINDS)))

        both = [threading.Thread(target=run) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert RenewalStatus.RENEWED in found
        assert indication(authority, path.read_bytes()) is PASSED
        assert [each.name for each in tmp_path.iterdir() if each.suffix == ".pdf"] == ["contract.pdf"]
        assert not list(tmp_path.glob("*.partial"))


def due_in_a_folder(authority: Authority, keys: Keys, clock: BendableClock, page: bytes, folder: Path) -> Path:
    """Return a file of the seal's that a stamp makes last longer."""
    path = folder / "estate" / "contract.pdf"
    path.parent.mkdir()
    path.write_bytes(sign(authority, keys, page))
    clock.advance(30 * DAY)
    publish(authority, keys)
    next_stamping_certificate(authority, keys)
    return path


def renew_in_place(authority: Authority, keys: Keys, path: Path) -> RenewalLine:
    (line,) = renew_all(authority, keys, path)
    return line


def renew_all(authority: Authority, keys: Keys, path: Path) -> list[RenewalLine]:
    estate = EstateRenewal(renewal=renewal(authority, keys, within=None), place=Place.IN_PLACE, home=authority)
    return list(estate.lines(plan_batch((path,), None, KINDS)))


def told_of_renewals(authority: Authority) -> list[tuple[str, str, str]]:
    with authority.database.reading() as unit:
        found = [
            each
            for each in trail.list_events(unit)
            if each.type.startswith("esign:pdf-renew") or "renewed" in each.type
        ]
    return [(each.type, each.outcome, each.reason) for each in found]


INTENDED = ("esign:pdf-renewal:intended", "success", "")
RENEWED = ("esign:pdf:renewed", "success", "")


def test_a_file_that_is_not_written_is_not_called_renewed(
    home: Path, page: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        path = due_in_a_folder(authority, keys, clock, page, tmp_path)
        before = path.read_bytes()

        def full(*_: object, **__: object) -> None:
            raise TrustError(ErrorCode.DISK_FULL, "no space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(archive_batch, "replace_unchanged", full)
            assert renew_in_place(authority, keys, path).report.status is RenewalStatus.FAILED
        assert path.read_bytes() == before
        assert told_of_renewals(authority) == [INTENDED, ("esign:pdf:renewed", "failure", "app:disk:full")]
        assert renew_in_place(authority, keys, path).report.status is RenewalStatus.RENEWED
        assert told_of_renewals(authority)[2:] == [INTENDED, RENEWED]


@pytest.mark.parametrize("written", [False, True])
def test_killed_half_way_trail_and_file_come_to_agree(
    home: Path, page: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, written: bool
) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        path = due_in_a_folder(authority, authority.unlock(passphrase()), clock, page, tmp_path)
    before = path.read_bytes()
    real = file_exchange.replace_unchanged

    def killed(path: Path, *, before: bytes, after: bytes) -> None:
        if written:
            real(path, before=before, after=after)
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            monkeypatch.setattr(archive_batch, "replace_unchanged", killed)
            with open_authority(home, clock) as authority:
                renew_in_place(authority, authority.unlock(passphrase()), path)
        finally:
            os._exit(1)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert (path.read_bytes() != before) is written
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        assert told_of_renewals(authority) == [INTENDED]
        clock.advance(timedelta(minutes=6))
        status = renew_in_place(authority, keys, path).report.status
        assert status is (RenewalStatus.NOT_LONGER if written else RenewalStatus.RENEWED)
        told = told_of_renewals(authority)[1:]
        assert told == ([RENEWED] if written else [("esign:pdf:renewed", "failure", "interrupted"), INTENDED, RENEWED])
        assert list(path.parent.iterdir()) == [path]


def test_what_a_kill_left_beside_a_file_is_no_file_of_the_estate(
    home: Path, page: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between exchange and removal: the folder is renewed again."""
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        path = due_in_a_folder(authority, authority.unlock(passphrase()), clock, page, tmp_path)
    before = path.read_bytes()
    child = os.fork()
    if child == 0:
        try:
            monkeypatch.setattr(file_exchange, "sync_folder", lambda _: os.kill(os.getpid(), signal.SIGKILL))
            with open_authority(home, clock) as authority:
                renew_in_place(authority, authority.unlock(passphrase()), path)
        finally:
            os._exit(1)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    renewed = path.read_bytes()
    assert renewed != before
    (beside,) = (each for each in path.parent.iterdir() if each != path)
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        left, looked_at = renew_all(authority, keys, path.parent)
        assert (left.report.status, left.file, left.detail) == (RenewalStatus.LEFT, beside, Left.CUT_OFF.value)
        assert (looked_at.report.status, path.read_bytes()) == (RenewalStatus.NOT_LONGER, renewed)
        assert told_of_renewals(authority) == [INTENDED, RENEWED]
        assert list(path.parent.iterdir()) == [path]  # its clock is a month ahead: what was left may be removed


def test_what_lies_beside_a_file_does_not_keep_the_trail_from_its_end(
    home: Path, page: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        path = due_in_a_folder(authority, keys, clock, page, tmp_path)

        def untold(*_: object) -> None:
            raise TrustError(ErrorCode.STORE_UNREACHABLE, "gone")

        with monkeypatch.context() as broken:
            broken.setattr(RenewalTrail, "_complete", untold)
            renew_in_place(authority, keys, path)
        path.with_name(f".{path.name}.{'0' * 24}{EXCHANGED_SUFFIX}").write_bytes(b"a version that somebody wrote")
        assert told_of_renewals(authority) == [INTENDED]
        clock.advance(timedelta(minutes=6))
        error = renew_in_place(authority, keys, path).report.error
        assert error is not None
        assert error.code is ErrorCode.OUTPUT_EXISTS
        assert told_of_renewals(authority) == [INTENDED, RENEWED]


def test_a_file_with_more_in_it_is_none_that_was_renewed(home: Path, page: bytes) -> None:
    """Lists alone make it last longer as well; renewed is what has an archive stamp over all of it."""
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        keys = authority.unlock(passphrase())
        clock.advance(30 * DAY)
        publish(authority, keys)
        next_stamping_certificate(authority, keys)
        seal, stamping = authority.certificate(KeyName.SEAL), stamping_authority(authority, keys)
        plain = sign_pdf(
            SigningRequest(
                pdf=page,
                signer=keys.signer(KeyName.SEAL, seal),
                certificate=seal,
                chain=(authority.authorities.issuer_of(seal),),
                signing_time=authority.clock.now(),
                timestamp=lambda value: stamping.stamp(value, authority.operator),
            )
        )
        more = plain
        for each in authority.publications().crls():
            more = add_evidence(more, each)
        looking = renewal(authority, keys, within=None)
        before, after = prospect(authority, plain).until, prospect(authority, more).until
        assert before is not None
        assert after is not None
        assert after > before
        assert not looking.is_renewed(more, plain)
        stamped = looking.renew(plain).octets
        assert stamped is not None
        assert looking.is_renewed(stamped, plain)
        assert not looking.is_renewed(stamped + b"\n", plain)
