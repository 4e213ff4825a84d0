"""Real OFD files: what their signatures prove, what they leave open, and what they depart from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.ofd.coverage import CoverageJudge, Extent
from esign.ofd.model import OfdDeviation, UnverifiedOfdSignature
from esign.ofd.read import read_ofd
from esign.ofd.verify import verify_ofd_signature
from tests.support.outside_verdicts import AT
from tests.support.testdata import outside
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from esign.ofd.model import UnverifiedOfd
    from esign.ofd.verify import IntactOfdSignature

VERSION = "the outside data of November 2026"
D = OfdDeviation
YUNNAN = "ofd/elicense_yunnan_site_permit_gbt35275_x2.ofd"


def _read(file: str) -> UnverifiedOfd:
    return read_ofd(outside(file).read_bytes())


def _verified(ofd: UnverifiedOfd, number: int) -> IntactOfdSignature:
    signature = ofd.signatures[number]
    assert isinstance(signature, UnverifiedOfdSignature)
    return verify_ofd_signature(ofd, signature)


@pytest.mark.parametrize(
    ("file", "number", "form", "notes", "extent"),
    [
        (
            "ofd/ofdrw_v4_allprotected.ofd",
            0,
            "ofd-seal-v4",
            {D.DATE_LOCAL, D.CHECK_METHOD_NAME},
            Extent.EVERYTHING,
        ),
        ("ofd/tax_zhejiang_invoice_v4.ofd", 0, "ofd-seal-v4", {D.TYPE_ABSENT, D.SEAL_ABSENT}, Extent.EVERYTHING),
        (YUNNAN, 0, "ofd-sign-gbt35275", set(), Extent.CONTENT_UNCOVERED),
        (YUNNAN, 1, "ofd-sign-gbt35275", set(), Extent.EVERYTHING),
    ],
)
def test_a_real_signature_holds(file: str, number: int, form: str, notes: set[OfdDeviation], extent: Extent) -> None:
    ofd = _read(file)
    intact = _verified(ofd, number)
    assert intact.form == form
    assert set(intact.notes) == {each.value for each in notes}
    assert CoverageJudge(ofd).cover(intact.covered).extent is extent
    assert ofd.unlisted == ()


def test_the_first_signature_of_the_licence_leaves_the_entry_point_open() -> None:
    ofd = _read(YUNNAN)
    assert ofd.notes == (D.NAMESPACE,)
    left = CoverageJudge(ofd).cover(_verified(ofd, 0).covered).uncovered
    assert {each.file for each in left} == {"OFD.xml", "Doc_0/Annots/Annotations.xml"}
    service = VerificationService(
        anchors=TrustStore.none(), policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(AT)
    )
    verdict = service.verify(Submission(name="x", data=outside(YUNNAN).read_bytes()))
    assert any(line.startswith("OFD.xml (signature 1; entry-point)") for line in verdict.uncovered)


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("ofd/TAMPERED_invoice_document_xml.ofd", "/Doc_0/Document.xml"),
        ("ofd/TAMPERED_page_whitespace.ofd", "/Doc_0/Pages/Page_0/Content.xml"),
    ],
)
def test_what_was_changed_is_named(file: str, changed: str) -> None:
    ofd = _read(file)
    with pytest.raises(TrustError) as caught:
        _verified(ofd, 0)
    assert caught.value.code is ErrorCode.OFD_DIGEST
    assert caught.value.facts["files"] == changed
