"""The order of acts: who is told, what is judged when, and that derived services differ in one thing only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.pki import PkiWorld
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication, SubIndication, Verdict
from trustkit.x509.trust_store import TrustStore
from verifier.policy import Demand, ValidationPolicy
from verifier.service import Kept, VerificationService
from verifier.submission import Submission

START = PkiWorld.START
NOW = START + timedelta(hours=1)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _service(told: list[tuple[Submission, Verdict]]) -> VerificationService:
    return VerificationService(
        anchors=TrustStore.none(),
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        observe=lambda submission, verdict, _: told.append((submission, verdict)),
    )


def _submission(world: PkiWorld) -> Submission:
    evidence = (world.issuing.der, world.crl().der, world.crl(issuer=world.root).der)
    return Submission(name="x", data=world.signer.der, evidence=evidence)


def test_every_verdict_is_told_once_and_self_checks_are_not(world: PkiWorld) -> None:
    told: list[tuple[Submission, Verdict]] = []
    service = _service(told)
    submission = _submission(world)
    service.judge(submission)
    assert told == []
    verdict = service.verify(submission)
    assert told == [(submission, verdict)]
    assert len(list(service.verify_many((submission, Submission(name="y", data=b"")) * 3))) == 6
    assert len(told) == 7


def test_batches_keep_their_order_and_one_time(world: PkiWorld) -> None:
    submissions = tuple(Submission(name=str(n), data=data) for n, data in enumerate((b"", world.root.der, b"text")))
    verdicts = list(_service([]).verify_many(submissions))
    assert [verdict.format for verdict in verdicts] == ["unknown", "certificate", "unknown"]
    assert {verdict.at for verdict in verdicts} == {NOW}


def test_more_anchors_and_another_policy(world: PkiWorld) -> None:
    service = _service([])
    assert service.judge(_submission(world)).conclusion.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    trusting = service.trusting((world.root.certificate,))
    assert trusting.judge(_submission(world)).conclusion.indication is Indication.TOTAL_PASSED
    assert service.anchors.anchors == ()
    encryption = replace(_submission(world), data=world.encryption.der)
    assert trusting.judge(encryption).conclusion.indication is Indication.TOTAL_FAILED
    lax = trusting.under(ValidationPolicy(certificate_purpose=Demand.ANY))
    assert lax.judge(encryption).conclusion.indication is Indication.TOTAL_PASSED


def test_a_past_time_is_judged_as_of_then(world: PkiWorld) -> None:
    trusting = _service([]).trusting((world.root.certificate,))
    before = trusting.judge(_submission(world), START - timedelta(days=400))
    assert before.conclusion.indication is not Indication.TOTAL_PASSED
    assert before.at == START - timedelta(days=400)


def test_what_the_observer_raises_comes_through(world: PkiWorld) -> None:
    def full(_submission: Submission, _verdict: Verdict, _kept: Kept) -> None:
        raise TrustError(ErrorCode.DISK_FULL)

    with pytest.raises(TrustError) as caught:
        replace(_service([]), observe=full).verify(_submission(world))
    assert caught.value.code is ErrorCode.DISK_FULL


def test_a_private_key_is_reported_and_not_read() -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"
    verdict = _service([]).judge(Submission(name="x", data=key))
    assert verdict.format == "private-key"
    assert verdict.conclusion.sub_indication is SubIndication.FORMAT_NOT_SUPPORTED
