"""Until when a file passes: told today, and held against judgement on those very days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from esign.pdf.read import read_pdf
from tests.support.pki import CA_USAGE, PkiWorld
from tests.support.signed_pdf import add_document_stamp, add_evidence, sign_sample
from tests.unit.verifier.licences import page
from trustkit.clock import FixedClock
from trustkit.crypto.algorithm_policy import AfterSunset, AlgorithmPolicy, AlgorithmUse, SuiteRule
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.timestamp.sign import make_token
from trustkit.verdict import Indication
from verifier.judgement.prospect import STEP, EndKind, Proof, Prospect, prospect_of
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from tests.support.pki import Member

START = PkiWorld.START
DAY = timedelta(days=1)
NOW = START + 10 * DAY
AUTHORITY, SIGNER, STAMPER, ARCHIVE = (START + days * DAY for days in (400, 100, 200, 500))


class Line(PkiWorld):
    """Signer and time-stamp authorities under authorities of their own, each with an end of its own."""

    def __init__(self, ends: dict[str, datetime]) -> None:
        super().__init__()
        usage, purposes = ("digitalSignature",), ("timeStamping",)
        self.branch = self.issue(
            "甲CA", issuer=self.root, ca=True, path_length=0, usage=CA_USAGE, not_after=ends["authority"]
        )
        self.author = self.issue("签名人", issuer=self.branch, not_after=ends["signer"])
        self.stamper = self.issue(
            "时间戳甲", issuer=self.branch, usage=usage, purposes=purposes, not_after=ends["stamper"]
        )
        self.keeper = self.issue("时间戳乙", usage=usage, purposes=purposes, not_after=ends["archive"])

    def list_of(self, issuer: Member, at: datetime) -> bytes:
        return self.crl(issuer=issuer, revoked={}, this_update=at, next_update=at + 7 * DAY).der

    def lists(self, at: datetime) -> tuple[bytes, ...]:
        """Return what the authorities publish at this very time: those that have not ended."""
        living = (each for each in (self.root, self.issuing, self.branch) if each.certificate.not_after >= at)
        return tuple(self.list_of(each, at) for each in living)

    def stamp(self, signature: bytes) -> bytes:
        return make_token(
            imprint=digest(DigestAlgorithm.SM3, signature),
            imprint_algorithm=DigestAlgorithm.SM3,
            serial=1,
            gen_time=START,
            policy="1.2.3.4",
            signer=self.stamper.signer,
            certificate=self.stamper.certificate,
        )

    def signed(self, plain: bytes, *, stamped: bool, evidence: bool) -> bytes:
        lists = (self.list_of(self.branch, START - DAY), self.list_of(self.root, START - DAY)) if evidence else ()
        return sign_sample(
            self,
            plain,
            signer=self.author.signer,
            certificate=self.author.certificate,
            chain=(self.branch.certificate,),
            evidence_certificates=(self.root.der, self.issuing.der),
            crls=lists,
            timestamp=self.stamp if stamped else None,
        )

    def kept(self, octets: bytes, at: datetime, *, evidence: bool, name: str = "A1", by: Member | None = None) -> bytes:
        if evidence:
            octets = add_evidence(octets, self.list_of(self.branch, at - DAY), self.list_of(self.root, at - DAY))
        return add_document_stamp(self, octets, name=name, by=by or self.keeper, at=at)


def service_at(world: PkiWorld, at: datetime, policy: ValidationPolicy | None = None) -> VerificationService:
    return VerificationService(
        anchors=world.anchors,
        policy=policy or ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(at),
    )


def passes(world: Line, octets: bytes, at: datetime, policy: ValidationPolicy | None = None) -> bool:
    submission = Submission(name="x", data=octets, evidence=(world.issuing.der, *world.lists(at)))
    verdict = service_at(world, at, policy).verify(submission)
    return verdict.conclusion.indication is Indication.TOTAL_PASSED


def prospect(
    world: Line, octets: bytes, at: datetime = NOW, policy: ValidationPolicy | None = None, *more: bytes
) -> Prospect:
    submission = Submission(name="x", data=octets, evidence=(world.issuing.der, *world.lists(at), *more))
    found = service_at(world, at, policy).examine(submission)
    assert found.verdict.conclusion.indication is Indication.TOTAL_PASSED
    assert found.context is not None
    return prospect_of(found.context, read_pdf(octets))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return page(tmp_path_factory.mktemp("plain"), name="notes.json")


@pytest.fixture(scope="module")
def world() -> Line:
    return Line({"authority": AUTHORITY, "signer": SIGNER, "stamper": STAMPER, "archive": ARCHIVE})


def test_without_a_stamp_it_ends_with_the_signer(world: Line, plain: bytes) -> None:
    found = prospect(world, world.signed(plain, stamped=False, evidence=True))
    assert (found.until, found.proof) == (SIGNER, Proof.NONE)
    (ending,) = found.endings
    assert (ending.kind, "签名人" in ending.named) == (EndKind.CERTIFICATE, True)
    assert [each.signer for each in found.lost] == [found.lost[0].signer]
    assert "签名人" in found.lost[0].signer


def test_with_a_stamp_it_ends_with_the_stamper(world: Line, plain: bytes) -> None:
    found = prospect(world, world.signed(plain, stamped=True, evidence=True))
    assert (found.until, found.proof, found.proved_at) == (STAMPER, Proof.SIGNATURE_STAMP, START)
    assert "时间戳甲" in found.endings[0].named


def test_a_stamp_without_lists_inside_lasts_no_longer_than_the_signer(world: Line, plain: bytes) -> None:
    """Lists made after the signer's certificate has ended need not name it any more."""
    assert prospect(world, world.signed(plain, stamped=True, evidence=False)).until == SIGNER


def test_an_archive_stamp_ends_with_its_own_authority(world: Line, plain: bytes) -> None:
    kept = world.kept(world.signed(plain, stamped=True, evidence=True), START + 5 * DAY, evidence=True)
    found = prospect(world, kept)
    assert (found.until, found.proof, found.proved_at) == (ARCHIVE, Proof.ARCHIVE_STAMP, START + 5 * DAY)
    assert "时间戳乙" in found.proved_by
    assert {each.form for each in found.lost} == {"pades", "rfc3161"}


def test_lists_behind_the_stamp_end_with_who_signed_them(world: Line, plain: bytes) -> None:
    stamped = world.kept(world.signed(plain, stamped=True, evidence=False), START + 5 * DAY, evidence=False)
    behind = add_evidence(
        stamped, world.list_of(world.branch, START + 6 * DAY), world.list_of(world.root, START + 6 * DAY)
    )
    assert prospect(world, behind).until == AUTHORITY


def sunset(after: AfterSunset) -> ValidationPolicy:
    rule = SuiteRule(
        suites=frozenset({SignatureSuite.SM2_SM3}),
        uses=frozenset(AlgorithmUse),
        make_until=date(2027, 1, 31),
        believe_until=date(2027, 1, 31),
        after=after,
    )
    return replace(ValidationPolicy(), algorithms=AlgorithmPolicy(suites=(rule,), digest="ab" * 32))


@pytest.mark.parametrize("after", [AfterSunset.NEEDS_PROOF, AfterSunset.REFUSED])
def test_an_algorithm_ends_on_its_last_day(world: Line, plain: bytes, after: AfterSunset) -> None:
    policy = sunset(after)
    kept = world.kept(world.signed(plain, stamped=True, evidence=True), START + 5 * DAY, evidence=True)
    found = prospect(world, kept, NOW, policy)
    assert found.until == datetime.fromisoformat("2027-01-31T23:59:59+00:00")
    assert [(each.kind, each.named) for each in found.endings] == [(EndKind.ALGORITHM, "sm2-sm3")]
    assert found.until is not None
    assert passes(world, kept, found.until, policy)
    assert not passes(world, kept, found.until + STEP, policy)


def test_a_warning_ends_nothing(world: Line, plain: bytes) -> None:
    signed = world.signed(plain, stamped=True, evidence=True)
    assert prospect(world, signed, NOW, sunset(AfterSunset.WARNING)).until == STAMPER


def test_what_rests_on_evidence_outside_of_the_file_may_end_any_day(world: Line, plain: bytes) -> None:
    signed = world.signed(plain, stamped=True, evidence=False)
    late = SIGNER + DAY
    old = (world.list_of(world.branch, SIGNER - DAY), world.list_of(world.root, SIGNER - DAY))
    found = prospect(world, signed, late, None, *old)
    assert (found.until, [each.kind for each in found.endings]) == (late, [EndKind.NOT_INSIDE])


def test_the_age_a_policy_lets_evidence_have(plain: bytes) -> None:
    policy = replace(ValidationPolicy(), evidence_max_age=30 * DAY)
    short = Line({"authority": START + 12 * DAY, "signer": SIGNER, "stamper": STAMPER, "archive": ARCHIVE})
    kept = short.kept(short.signed(plain, stamped=True, evidence=True), START + 5 * DAY, evidence=True)
    found = prospect(short, kept, NOW, policy)
    assert found.until == START + 34 * DAY  # the list was a day old when it was put under the stamp
    assert EndKind.EVIDENCE_AGE in {each.kind for each in found.endings}


ENDS = st.integers(min_value=11, max_value=3000)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ends=st.fixed_dictionaries(dict.fromkeys(("authority", "signer", "stamper", "archive"), ENDS)),
    stamped=st.booleans(),
    evidence=st.booleans(),
    archived=st.sampled_from(["no", "bare", "full"]),
)
def test_what_is_told_today_comes_true(
    plain: bytes, ends: dict[str, int], *, stamped: bool, evidence: bool, archived: str
) -> None:
    """Just before the moment it passes, with fresh lists of whoever is still at work; just after it does not."""
    world = Line({name: START + days * DAY for name, days in ends.items()})
    octets = world.signed(plain, stamped=stamped, evidence=evidence)
    if archived != "no":
        octets = world.kept(octets, START + 5 * DAY, evidence=archived == "full")
    found = prospect(world, octets)
    assert found.until is not None
    assert passes(world, octets, found.until)
    assert not passes(world, octets, found.until + STEP)


def test_how_it_grows_with_each_renewal(world: Line, plain: bytes) -> None:
    octets = world.signed(plain, stamped=True, evidence=True)
    first = prospect(world, octets)
    renewed = world.kept(octets, START + 5 * DAY, evidence=True)
    second = prospect(world, renewed)
    lasting = world.issue("时间戳丙", usage=("digitalSignature",), purposes=("timeStamping",))
    of_the_keeper = add_evidence(renewed, world.list_of(world.issuing, START + 5 * DAY))
    third = prospect(world, world.kept(of_the_keeper, START + 6 * DAY, evidence=True, name="A2", by=lasting))
    assert first.until is not None
    assert second.until is not None
    assert third.until is not None
    assert first.until < second.until < third.until
