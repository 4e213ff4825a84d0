"""Judgement of signed messages: what each missing or wrong piece of evidence does to the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from trustkit.clock import FixedClock
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication, Verdict
from trustkit.x509.reason import RevocationReason
from trustkit.x509.trust_store import TrustStore
from verifier.policy import Demand, Need, ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from tests.support.pki import Member
    from trustkit.x509.crl import CertificateList

CONTENT = b"content of a message"
START = PkiWorld.START
PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@dataclass
class Setting:
    """How a message is judged; the default passes."""

    world: PkiWorld
    anchors: TrustStore | None = None
    policy: ValidationPolicy = field(default_factory=ValidationPolicy)
    at: datetime = START + timedelta(hours=1)
    crls: tuple[CertificateList, ...] | None = None
    evidence: tuple[bytes, ...] = ()

    def verify(self, data: bytes, content: bytes | None = None) -> Verdict:
        crls = self.crls if self.crls is not None else (self.world.crl(), self.world.crl(issuer=self.world.root))
        service = VerificationService(
            anchors=self.anchors or self.world.anchors,
            policy=self.policy,
            publications=None,
            fetcher=None,
            clock=FixedClock(self.at),
        )
        supplied = (*self.evidence, *(crl.der for crl in crls))
        return service.verify(Submission(name="x", data=data, content=content, evidence=supplied))


def _sign(
    world: PkiWorld,
    member: Member,
    *,
    stamped: bool = False,
    dialect: Dialect = Dialect.RFC5652,
    claimed: datetime = START,
) -> bytes:
    return sign_message(
        content=CONTENT,
        signer=member.signer,
        certificate=member.certificate,
        chain=(world.issuing.certificate,),
        dialect=dialect,
        detached=False,
        attributes=SignedAttributes(signing_time=claimed),
        timestamp=stamper(world) if stamped else None,
    )


def _told(verdict: Verdict) -> tuple[Indication, SubIndication | None]:
    return verdict.conclusion.indication, verdict.conclusion.sub_indication


@pytest.mark.parametrize("dialect", [Dialect.RFC5652, Dialect.GBT35275])
@pytest.mark.parametrize("stamped", [False, True])
def test_a_good_message_passes_and_says_who_and_when(world: PkiWorld, dialect: Dialect, *, stamped: bool) -> None:
    verdict = Setting(world).verify(_sign(world, world.signer, stamped=stamped, dialect=dialect))
    assert _told(verdict) == (PASSED, None)
    (signature,) = verdict.signatures
    assert signature.time_proved is stamped
    assert signature.signed_at is not None
    assert world.signer.certificate.common_name in signature.signer


@pytest.mark.parametrize(
    ("stamped", "claimed", "warned"),
    [
        (False, START, False),
        (False, START + timedelta(hours=8), True),  # later than the time of judging
        (True, START, False),
        (True, START + timedelta(minutes=40), True),  # later than its own time stamp
    ],
)
def test_a_claim_to_have_signed_later_than_can_be_is_told(
    world: PkiWorld, claimed: datetime, *, stamped: bool, warned: bool
) -> None:
    verdict = Setting(world).verify(_sign(world, world.signer, stamped=stamped, claimed=claimed))
    assert _told(verdict) == (PASSED, None)  # nothing is judged by what the signer claims
    told = [each for each in verdict.signatures[0].checks if "claims a time later" in each.detail]
    assert [(each.id, each.status) for each in told] == [(CheckId.SIGNATURE_TIME, CheckStatus.WARNING)] * warned


@pytest.mark.parametrize("stamped", [False, True])
def test_a_claim_to_sign_in_times_to_come_leaves_the_verdict_open(world: PkiWorld, *, stamped: bool) -> None:
    verdict = Setting(world).verify(_sign(world, world.signer, stamped=stamped, claimed=START + timedelta(days=1)))
    assert _told(verdict) == ((PASSED, None) if stamped else (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE))
    assert (verdict.signatures[0].signed_at is not None) is stamped


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("stamped", [False, True])
def test_the_ends_of_time_are_times_like_any_other(world: PkiWorld, at: datetime, *, stamped: bool) -> None:
    data = _sign(world, world.signer, stamped=stamped)
    assert Setting(world, at=at).verify(data).conclusion.indication is not PASSED


def test_a_folder_full_of_certificates_is_evidence_like_any_other(world: PkiWorld) -> None:
    crowd = tuple(world.issue(f"第{number}人").certificate.der for number in range(300))
    assert _told(Setting(world, evidence=crowd).verify(_sign(world, world.signer))) == (PASSED, None)


def test_nobody_is_trusted_without_an_anchor(world: PkiWorld) -> None:
    verdict = Setting(world, anchors=TrustStore.none()).verify(_sign(world, world.signer))
    assert _told(verdict) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_another_root_is_no_anchor(world: PkiWorld) -> None:
    verdict = Setting(world, anchors=PkiWorld().anchors).verify(_sign(world, world.signer))
    assert verdict.conclusion.indication is not PASSED


def test_missing_lists_leave_it_open_and_never_revoked(world: PkiWorld) -> None:
    data = _sign(world, world.signer)
    assert _told(Setting(world, crls=()).verify(data)) == (OPEN, SubIndication.TRY_LATER)
    only_leaf = Setting(world, crls=(world.crl(),)).verify(data)
    assert _told(only_leaf) == (OPEN, SubIndication.TRY_LATER)
    lenient = ValidationPolicy(revocation=Need.WHEN_AVAILABLE)
    verdict = Setting(world, crls=(), policy=lenient).verify(data)
    assert _told(verdict) == (PASSED, None)
    assert CheckStatus.WARNING in {check.status for check in verdict.signatures[0].checks}


def test_a_stale_list_leaves_it_open(world: PkiWorld) -> None:
    verdict = Setting(world, at=START + timedelta(days=200)).verify(_sign(world, world.signer))
    assert _told(verdict) == (OPEN, SubIndication.TRY_LATER)


def test_a_list_of_the_wrong_key_is_no_evidence(world: PkiWorld) -> None:
    stranger = PkiWorld()
    lists = (stranger.crl(revoked={}), world.crl(issuer=world.root))
    assert _told(Setting(world, crls=lists).verify(_sign(world, world.signer))) == (OPEN, SubIndication.TRY_LATER)


def test_revoked_without_a_time_stamp_is_open(world: PkiWorld) -> None:
    assert _told(Setting(world).verify(_sign(world, world.revoked))) == (OPEN, SubIndication.REVOKED_NO_POE)


def _revoking(world: PkiWorld, member: Member, at: datetime) -> tuple[CertificateList, ...]:
    now = at + timedelta(hours=2)
    listed = world.crl(
        revoked={member: RevocationReason.SUPERSEDED},
        revoked_at=at,
        this_update=now,
        next_update=now + timedelta(days=7),
    )
    root = world.crl(issuer=world.root, this_update=now, next_update=now + timedelta(days=7))
    return listed, root


def test_revoked_after_the_proved_time_still_counts(world: PkiWorld) -> None:
    lists = _revoking(world, world.signer, START + timedelta(days=1))
    late = START + timedelta(days=2)
    verdict = Setting(world, crls=lists, at=late).verify(_sign(world, world.signer, stamped=True))
    assert _told(verdict) == (PASSED, None)
    assert _told(Setting(world, crls=lists, at=late).verify(_sign(world, world.signer)))[0] is OPEN


def test_revoked_before_the_proved_time_fails(world: PkiWorld) -> None:
    lists = _revoking(world, world.signer, START - timedelta(days=1))
    verdict = Setting(world, crls=lists, at=START + timedelta(days=2)).verify(_sign(world, world.signer, stamped=True))
    assert _told(verdict) == (FAILED, SubIndication.REVOKED)


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ("encryption", (FAILED, SubIndication.CHAIN_CONSTRAINTS_FAILURE)),
        ("expired", (OPEN, SubIndication.OUT_OF_BOUNDS_NO_POE)),
        ("tsa", (FAILED, SubIndication.CHAIN_CONSTRAINTS_FAILURE)),
    ],
)
def test_unfit_signers(world: PkiWorld, member: str, told: tuple[Indication, SubIndication]) -> None:
    assert _told(Setting(world).verify(_sign(world, getattr(world, member)))) == told


def test_a_certificate_from_the_future_fails(world: PkiWorld) -> None:
    future = world.issue("future", not_before=START + timedelta(days=30), not_after=START + timedelta(days=60))
    assert _told(Setting(world).verify(_sign(world, future))) == (FAILED, SubIndication.NOT_YET_VALID)


def test_changed_content_and_signature_fail(world: PkiWorld) -> None:
    data = _sign(world, world.signer)
    changed = data.replace(CONTENT, CONTENT[:-1] + b"!")
    assert _told(Setting(world).verify(changed)) == (FAILED, SubIndication.HASH_FAILURE)
    broken = data[:-1] + bytes((data[-1] ^ 1,))
    assert _told(Setting(world).verify(broken)) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def test_policy_can_refuse_algorithms_and_demand_stamps(world: PkiWorld) -> None:
    data = _sign(world, world.signer)
    only_sha = ValidationPolicy(digests=frozenset({DigestAlgorithm.SHA256}))
    assert _told(Setting(world, policy=only_sha).verify(data)) == (OPEN, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    stamped = ValidationPolicy(signature_timestamp=Need.REQUIRED)
    assert _told(Setting(world, policy=stamped).verify(data)) == (OPEN, SubIndication.NO_POE)
    assert _told(Setting(world, policy=stamped).verify(_sign(world, world.signer, stamped=True))) == (PASSED, None)
    anybody = ValidationPolicy(signer_purpose=Demand.ANY)
    assert _told(Setting(world, policy=anybody).verify(_sign(world, world.encryption)))[0] is not FAILED


def test_a_stamp_of_a_stranger_proves_nothing_and_harms_nothing(world: PkiWorld) -> None:
    other = PkiWorld()
    data = sign_message(
        content=CONTENT,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(),
        timestamp=stamper(other),
    )
    verdict = Setting(world).verify(data)
    assert _told(verdict) == (PASSED, None)
    assert verdict.signatures[0].time_proved is False
    assert any(check.id is CheckId.TIMESTAMP for check in verdict.signatures[0].checks)


def test_hostile_input_gets_a_verdict_and_only_callers_get_errors(world: PkiWorld) -> None:
    data = _sign(world, world.signer)
    for octets in (b"", b"\x30", data[:100], b"%PDF-1.7 nothing", b"PK\x03\x04", b"\x00" * 50, b"-----BEGIN X-----"):
        verdict = Setting(world).verify(octets)
        assert verdict.conclusion.indication is not PASSED
    service = VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(START)
    )
    with pytest.raises(TrustError) as refusal:
        service.verify(Submission(name="x", data=data), datetime(2026, 12, 1))  # noqa: DTZ001 - the naive time is refused
    assert refusal.value.code is ErrorCode.USAGE


class Fetching:
    """A network that answers from a table, or not at all."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def fetch(self, uri: str) -> bytes:
        self.asked.append(uri)
        if uri not in self.answers:
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "no answer")
        return self.answers[uri]

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        del body, media_type
        return self.fetch(uri)

    def nonce(self, question: str) -> bytes:
        return question.encode()[:32]


def test_lists_are_fetched_for_chains_that_reach_an_anchor_only(world: PkiWorld) -> None:
    data = _sign(world, world.signer)
    url = world.signer.certificate.crl_urls[0]
    answers = {url: world.crl().der}
    for anchors, fetched, told in (
        (world.anchors, [url], PASSED),
        (TrustStore.none(), [], OPEN),
    ):
        network = Fetching(answers)
        service = VerificationService(
            anchors=anchors,
            policy=ValidationPolicy(),
            publications=None,
            fetcher=network,
            clock=FixedClock(START + timedelta(hours=1)),
        )
        root_list = world.crl(issuer=world.root).der
        verdict = service.verify(Submission(name="x", data=data, evidence=(root_list,)))
        assert network.asked == fetched
        assert verdict.conclusion.indication is told
    silent = replace(service, anchors=world.anchors, fetcher=Fetching({}))
    verdict = silent.verify(Submission(name="x", data=data, evidence=(root_list,)))
    assert _told(verdict) == (OPEN, SubIndication.TRY_LATER)
