"""Every row of the outside data that concerns PDF, messages, certificates and tokens, through the verification service."""

from __future__ import annotations

import pytest

from tests.support.outside_verdicts import AT, FAILED, OPEN, ROWS, Row
from tests.support.testdata import outside
from trustkit.clock import FixedClock
from trustkit.verdict import SubIndication, Verdict
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

VERSION = "the outside data of November 2026"


def _verdict(row: Row) -> Verdict:
    service = VerificationService(
        anchors=row.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(AT)
    )
    submission = Submission(
        name="x",
        data=outside(row.file).read_bytes(),
        content=outside(row.content).read_bytes() if row.content else None,
        evidence=tuple(outside(path).read_bytes() for path in row.evidence),
    )
    return service.verify(submission)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gets_its_verdict(row: Row) -> None:
    verdict = _verdict(row)
    checks = [check for signature in verdict.signatures for check in signature.checks] + list(verdict.checks)
    assert (verdict.conclusion.indication, verdict.conclusion.sub_indication) == (row.told, row.sub), checks
    if row.code is not None:
        assert row.code in {check.code for check in checks}


def test_the_detached_message_covers_its_content() -> None:
    row = Row("cms/cfca_sadk_signed_detached.p7s.der", OPEN)
    service = VerificationService(
        anchors=TrustStore.none(), policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(AT)
    )
    data = outside(row.file).read_bytes()
    good = service.verify(Submission(name="x", data=data, content=b"Hello Secret World!"))
    assert good.conclusion.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    bad = service.verify(Submission(name="x", data=data, content=b"Hello Secret World?"))
    assert bad.conclusion.indication is FAILED
