"""What leaves a seal or a signature with one open although its mathematics holds: time, restrictions, a maker's end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.seal.model import SealDeviation, SealVersion
from esign.seal.read import parse_seal
from tests.support import ses
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from tests.unit.verifier.licences import NOW, told
from tests.unit.verifier.test_seal import CONTENT, DAY, FAILED, OPEN, PASSED, Desk, notes, signature, stamped
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der_write as write
from trustkit.verdict import CheckId, CheckStatus, SubIndication
from trustkit.x509.reason import RevocationReason
from verifier.policy import ValidationPolicy

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.verdict import Indication, Verdict

_S = SubIndication
REASONS = (None, RevocationReason.UNSPECIFIED, RevocationReason.PRIVILEGE_WITHDRAWN, RevocationReason.KEY_COMPROMISE)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _ended(world: PkiWorld, reason: RevocationReason | None, since: datetime) -> bytes:
    given = reason or RevocationReason.UNSPECIFIED
    return world.crl(
        revoked={world.seal_maker: given}, revoked_at=since, number=9, this_update=NOW - timedelta(hours=2)
    ).der


@pytest.mark.parametrize("reason", REASONS)
def test_a_v5_maker_whose_key_others_may_have_is_no_notice(world: PkiWorld, reason: RevocationReason | None) -> None:
    """Whoever has it writes any createDate; a revocation without a reason may hide that."""
    seal = ses.make_seal(world, version=SealVersion.V5)
    verdict = Desk(world).verify(seal, _ended(world, reason, NOW - DAY))
    assert told(verdict) == (OPEN, _S.REVOKED_NO_POE)


def test_a_v5_maker_superseded_is_a_notice_whether_use_is_proved_or_not(world: PkiWorld) -> None:
    """Taking the stamp away must not make a verdict better."""
    ended = _ended(world, RevocationReason.SUPERSEDED, NOW - 2 * DAY)
    bare = signature(world, version=SealVersion.V5)
    for data in (bare, stamped(world, bare)):
        assert told(Desk(world).verify(data, ended, content=CONTENT)) == (PASSED, None)


def test_a_stamp_beside_a_v4_seal_saves_nobody(world: PkiWorld) -> None:
    """A user of a seal whose maker has ended adds a token of any authority to be judged by the edition that forgives it."""
    ended = _ended(world, RevocationReason.SUPERSEDED, NOW - DAY)
    seal = ses.make_seal(world, timestamp=stamper(PkiWorld(organisation="无人信任"))(b"x"))
    for data in (seal, signature(world, seal)):
        verdict = Desk(world).verify(data, ended, content=CONTENT)
        assert told(verdict) == (OPEN, _S.REVOKED_NO_POE)
        assert SealDeviation.STAMP_BESIDE in notes(verdict)


def _at(world: PkiWorld, ahead: timedelta, version: SealVersion = SealVersion.V4) -> Verdict:
    return Desk(world).verify(signature(world, version=version, at=NOW + ahead), content=CONTENT)


def test_a_time_to_come_is_not_believed(world: PkiWorld) -> None:
    verdict = _at(world, 300 * DAY)
    assert told(verdict) == (OPEN, _S.SIG_CONSTRAINTS_FAILURE)
    assert verdict.signatures[0].signed_at is None
    assert told(_at(world, timedelta(seconds=30))) == (PASSED, None)
    # local time in a UTCTime
    assert told(_at(world, timedelta(hours=8), SealVersion.V1)) == (PASSED, None)
    assert told(_at(world, timedelta(hours=9), SealVersion.V1)) == (OPEN, _S.SIG_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize(
    ("begins", "expected"),
    [(0, (PASSED, None)), (1, (OPEN, _S.TRY_LATER)), (8, (OPEN, _S.TRY_LATER)), (9, (FAILED, _S.NOT_YET_VALID))],
)
def test_a_v1_seal_is_open_in_the_first_hours_of_a_period_that_may_be_local(
    world: PkiWorld, begins: int, expected: tuple[Indication, SubIndication | None]
) -> None:
    start = NOW + timedelta(hours=begins)
    seal = ses.make_seal(world, version=SealVersion.V1, created=start, valid_from=start)
    assert told(Desk(world).verify(seal)) == expected
    used = signature(world, seal, version=SealVersion.V1, at=start)
    verdict = Desk(world).verify(used, content=CONTENT)
    assert told(verdict)[0] is expected[0] or (begins, told(verdict)[0]) == (9, FAILED)
    assert verdict.signatures[0].signed_at == (NOW if not begins else None)
    if begins < 9:
        assert told(Desk(world, at=NOW + timedelta(hours=8)).verify(used, content=CONTENT)) == (PASSED, None)


def test_a_v4_seal_begins_when_it_says(world: PkiWorld) -> None:
    seal = ses.make_seal(world, valid_from=NOW + timedelta(hours=1))
    assert told(Desk(world).verify(seal)) == (FAILED, _S.NOT_YET_VALID)


@pytest.mark.parametrize(
    ("version", "hours", "expected"),
    [
        (SealVersion.V1, 7, (OPEN, _S.REVOKED_NO_POE)),
        (SealVersion.V1, 8, (FAILED, _S.REVOKED)),
        (SealVersion.V4, 0, (FAILED, _S.REVOKED)),
    ],
)
def test_a_v1_signer_is_revoked_before_he_signed_by_both_readings_of_his_time(
    world: PkiWorld, version: SealVersion, hours: int, expected: tuple[Indication, SubIndication]
) -> None:
    signed = NOW - 2 * DAY
    reason = RevocationReason.SUPERSEDED
    ended = world.crl(
        revoked={world.signer: reason},
        revoked_at=signed - timedelta(hours=hours),
        number=9,
        this_update=NOW - timedelta(hours=2),
    )
    verdict = Desk(world).verify(signature(world, version=version, at=signed), ended.der, content=CONTENT)
    assert told(verdict) == expected


@pytest.mark.parametrize(
    ("version", "hours", "expected"),
    [
        (SealVersion.V1, 8, (PASSED, None)),
        (SealVersion.V1, 9, (FAILED, _S.SIG_CONSTRAINTS_FAILURE)),
        (SealVersion.V4, 1, (FAILED, _S.SIG_CONSTRAINTS_FAILURE)),
    ],
)
def test_a_v1_signer_may_name_a_local_time_past_the_end_of_his_certificate(
    world: PkiWorld, version: SealVersion, hours: int, expected: tuple[Indication, SubIndication | None]
) -> None:
    member = world.issue("证书将尽的签章人", not_after=NOW)
    seal = ses.make_seal(world, version=version, users=(member.der,))
    used = ses.make_seal_signature(
        world, seal, CONTENT, version=version, signer=member, at=NOW + timedelta(hours=hours)
    )
    assert told(Desk(world).verify(used, content=CONTENT)) == expected


def test_a_time_before_the_seal_was_made_is_not_believed(world: PkiWorld) -> None:
    def made(later: timedelta) -> Verdict:
        start = world.clock.now()
        seal = ses.make_seal(world, created=start + later, valid_from=start - DAY)
        return Desk(world).verify(signature(world, seal, at=start), content=CONTENT)

    assert told(made(timedelta(hours=8))) == (PASSED, None)
    assert told(made(2 * DAY)) == (OPEN, _S.SIG_CONSTRAINTS_FAILURE)


def test_a_seal_stamped_before_its_maker_says_to_have_made_it_is_refused(world: PkiWorld) -> None:
    def made(later: timedelta) -> bytes:
        created = world.clock.now() + later
        plain = ses.make_seal(world, version=SealVersion.V5, created=created, valid_from=NOW - DAY)
        token = stamper(world)(parse_seal(plain).signature)
        # the signature of SM2 is another each time, so the token is put behind the seal it was made of
        return write.sequence(plain[4:], write.explicit(0, write.bit_string(token)))

    for later, expected in ((timedelta(), (PASSED, None)), (2 * DAY, (FAILED, _S.SIG_CONSTRAINTS_FAILURE))):
        seal = made(later)
        assert told(Desk(world).verify(seal)) == expected
        assert told(Desk(world).verify(signature(world, seal, version=SealVersion.V5), content=CONTENT)) == expected


@pytest.mark.parametrize("version", list(SealVersion))
def test_a_seal_made_in_times_to_come_is_not_believed(world: PkiWorld, version: SealVersion) -> None:
    def made(later: timedelta) -> bytes:
        return ses.make_seal(world, version=version, created=NOW + later, valid_from=NOW - DAY)

    assert told(Desk(world).verify(made(timedelta(hours=8)))) == (PASSED, None)
    assert told(Desk(world).verify(made(2 * DAY))) == (OPEN, _S.SIG_CONSTRAINTS_FAILURE)


def test_what_a_stamp_that_holds_nothing_is_told(world: PkiWorld) -> None:
    verdict = Desk(world).verify(signature(world, timestamp=b"\x01\x02\x03"), content=CONTENT)
    (told_of,) = (each for each in verdict.signatures[0].checks if each.id is CheckId.TIMESTAMP)
    assert (told_of.status, verdict.signatures[0].time_proved) == (CheckStatus.WARNING, False)


def test_another_digest_of_the_content_is_the_policys_matter(world: PkiWorld) -> None:
    data = signature(world, data_hash=digest(DigestAlgorithm.SHA256, CONTENT))
    verdict = Desk(world).verify(data, content=CONTENT)
    assert told(verdict) == (PASSED, None)
    assert SealDeviation.DATA_HASH in notes(verdict)
    strict = Desk(world, policy=ValidationPolicy(digests=frozenset({DigestAlgorithm.SM3})))
    assert told(strict.verify(data, content=CONTENT)) == (OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE)
    assert told(strict.verify(data, content=b"else")) == (FAILED, _S.HASH_FAILURE)


@pytest.mark.parametrize("octet", [b"\xff", b"\x01"], ids=["DER", "not DER"])
def test_a_restriction_nobody_reads_leaves_a_seal_open(world: PkiWorld, octet: bytes) -> None:
    flag = b"\x01\x01" + octet
    listed = write.sequence(write.sequence(write.oid("1.2.3"), flag, write.octet_string(b"x")))
    seal = ses.make_seal(world, extensions=listed)
    for data in (seal, signature(world, seal), signature(world, extensions=write.explicit(0, listed))):
        verdict = Desk(world).verify(data, content=CONTENT)
        assert told(verdict) == (OPEN, _S.SIG_CONSTRAINTS_FAILURE)
        assert (SealDeviation.BOOLEAN in notes(verdict)) is (octet != b"\xff")


def test_a_failure_is_told_before_such_doubts(world: PkiWorld) -> None:
    data = signature(world, at=NOW + 300 * DAY)
    assert told(Desk(world).verify(data, content=b"else")) == (FAILED, _S.HASH_FAILURE)
