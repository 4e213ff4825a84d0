"""What a verdict says after an algorithm's last day: open without a proof of age, good with one, refused when broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from trustkit.clock import FixedClock
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.algorithm_policy import AfterSunset, AlgorithmPolicy, AlgorithmUse, SuiteRule
from trustkit.crypto.suites import SignatureSuite
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.verdict import Verdict

START = PkiWorld.START
NO_POE, REFUSED = SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE
LATER = START + timedelta(days=40)
LAST_DAY = date(2026, 12, 31)


@pytest.fixture(scope="module")
def sm2() -> PkiWorld:
    return PkiWorld()


def verdict(world: PkiWorld, policy: AlgorithmPolicy, *, stamped: bool) -> Verdict:
    data = sign_message(
        content=b"content",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=world.pool,
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(),
        timestamp=stamper(world) if stamped else None,
    )
    lists = tuple(
        world.crl(issuer=issuer, this_update=LATER - timedelta(days=1), next_update=LATER + timedelta(days=7))
        for issuer in (world.issuing, world.root)
    )
    service = VerificationService(
        anchors=world.anchors,
        policy=replace(ValidationPolicy(), algorithms=policy),
        publications=None,
        fetcher=None,
        clock=FixedClock(LATER),
    )
    return service.verify(Submission(name="x", data=data, evidence=tuple(each.der for each in lists)))


def rules(*uses: AlgorithmUse, after: AfterSunset = AfterSunset.NEEDS_PROOF, day: date = LAST_DAY) -> AlgorithmPolicy:
    suites = frozenset({SignatureSuite.SM2_SM3})
    return AlgorithmPolicy(
        suites=(SuiteRule(suites=suites, uses=frozenset(uses), make_until=day, believe_until=day, after=after),),
        digest="ab" * 32,
    )


OTHERS = (AlgorithmUse.SIGNATURE, AlgorithmUse.CERTIFICATE)


@pytest.mark.parametrize("use", OTHERS)
def test_without_proof_of_age_it_is_open(sm2: PkiWorld, use: AlgorithmUse) -> None:
    found = verdict(sm2, rules(use), stamped=False)
    assert (found.conclusion.indication, found.conclusion.sub_indication) == (Indication.INDETERMINATE, NO_POE)
    assert any(check.id is CheckId.ALGORITHM and "2026-12-31" in check.detail for check in found.signatures[0].checks)


def test_a_trusted_stamp_from_before_keeps_it_good(sm2: PkiWorld) -> None:
    found = verdict(sm2, rules(AlgorithmUse.SIGNATURE), stamped=True)
    assert found.conclusion.indication is Indication.TOTAL_PASSED


def test_a_stamp_from_after_the_day_proves_nothing(sm2: PkiWorld) -> None:
    found = verdict(sm2, rules(*OTHERS, day=(START - timedelta(days=2)).date()), stamped=True)
    assert found.conclusion.sub_indication is NO_POE


def test_a_stamp_whose_own_algorithm_is_past_its_day_proves_nothing(sm2: PkiWorld) -> None:
    found = verdict(sm2, rules(*AlgorithmUse), stamped=True)
    assert found.conclusion.sub_indication is NO_POE
    assert found.signatures[0].time_proved is False


def test_what_is_broken_is_refused_however_old(sm2: PkiWorld) -> None:
    found = verdict(sm2, rules(*OTHERS, after=AfterSunset.REFUSED), stamped=True)
    assert (found.conclusion.indication, found.conclusion.sub_indication) == (Indication.INDETERMINATE, REFUSED)


def test_a_warning_is_said_and_decides_nothing(sm2: PkiWorld) -> None:
    found = verdict(sm2, rules(AlgorithmUse.SIGNATURE, after=AfterSunset.WARNING), stamped=False)
    assert found.conclusion.indication is Indication.TOTAL_PASSED
    statuses = [check.status for check in found.signatures[0].checks if check.id is CheckId.ALGORITHM]
    assert statuses == [CheckStatus.PASSED, CheckStatus.WARNING]


def test_the_verdict_says_what_was_demanded(sm2: PkiWorld) -> None:
    found = verdict(sm2, rules(AlgorithmUse.SIGNATURE), stamped=False)
    assert found.policy == f"default, algorithms sm3:{'ab' * 32}"
