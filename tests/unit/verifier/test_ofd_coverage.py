"""Coverage of an OFD by several signatures: what a signer's others may vouch for, and what a verdict says of two faces."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.ofd_forge import everything, pack, sample_files, sealed
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from tests.support.zip_forge import Part, forge
from tests.unit.verifier.licences import NOW, Desk, found, told
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from trustkit.x509.reason import RevocationReason
from verifier.policy import OfdCoverage, ValidationPolicy

if TYPE_CHECKING:
    from tests.support.ofd_forge import Files

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
PAGE = "Doc_0/Pages/Page_0/Content.xml"


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def unnamed() -> Files:
    return sample_files(attachment=None)


def test_a_file_that_nobody_signed_leaves_the_verdict_open(world: PkiWorld, unnamed: Files) -> None:
    """Whatever leads to it, and under the lenient policy too: readers find files in ways nobody could list."""
    data = pack(sealed(world, unnamed) | {"Doc_0/cargo.exe": b"MZ"})
    lenient = ValidationPolicy(ofd_coverage=OfdCoverage.CONTENT)
    for policy in (ValidationPolicy(), lenient):
        verdict = Desk(world, policy=policy).verify(data, world.issuing.der)
        assert told(verdict) == (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE)
        assert verdict.uncovered[0].startswith("Doc_0/cargo.exe (signature 1; unreached): ")


@pytest.mark.parametrize(
    ("old", "new", "passes"),
    [
        ("<ofd:Title>", "<ofd:Title>Another ", True),
        (
            "</ofd:OFD>",
            "<ofd:x><ofd:DocBody><ofd:DocRoot>Doc_0/T.xml</ofd:DocRoot></ofd:DocBody></ofd:x></ofd:OFD>",
            False,
        ),
        (">Doc_0/Document.xml<", ">Doc_0/Document&#46;xml<", False),
        (">Doc_0/Document.xml<", "> Doc_0/Document.xml<", False),
        ("<ofd:DocInfo>", "<ofd:DocInfo><ofd:Cover>Doc_0/a.png</ofd:Cover>", False),
        ("<ofd:DocInfo>", "<ofd:DocInfo><!-- <ofd:DocBody> -->", False),
        ("<ofd:DocInfo>", "<ofd:DocInfo><!-- of a maker -->", True),
    ],
)
def test_an_entry_point_that_may_be_open_leads_nowhere_else(
    world: PkiWorld, unnamed: Files, old: str, new: str, *, passes: bool
) -> None:
    """Under the lenient policy its title and data may be anybody's, and no path in it that some reader follows elsewhere."""
    files = sealed(world, unnamed, covered=[each for each in everything(unnamed) if each != "OFD.xml"])
    assert old.encode() in files["OFD.xml"]
    open_entry = {**files, "OFD.xml": files["OFD.xml"].replace(old.encode(), new.encode(), 1)}
    lenient = ValidationPolicy(ofd_coverage=OfdCoverage.CONTENT)
    verdict = Desk(world, policy=lenient).verify(pack(open_entry), world.issuing.der)
    assert verdict.conclusion.indication is (PASSED if passes else OPEN)


def test_a_stolen_key_vouches_for_nothing(world: PkiWorld, unnamed: Files) -> None:
    """A page was left out and stamped in time; whoever stole the key since seals another page for it."""
    stamped: dict[str, object] = {"stamping": stamper(world)}
    first = sealed(world, unnamed, covered=[each for each in everything(unnamed) if each != PAGE], signature=stamped)
    both = sealed(world, {**first, PAGE: first[PAGE] + b" "}, number=1, signature={"at": NOW})
    ended = NOW - timedelta(minutes=20)
    revoked = {world.signer: RevocationReason.KEY_COMPROMISE}
    later = world.crl(revoked=revoked, revoked_at=ended, number=9, this_update=NOW - timedelta(minutes=10)).der
    verdict = Desk(world).verify(pack(both), world.issuing.der, later)
    assert [each.conclusion.indication for each in verdict.signatures] == [OPEN, FAILED]
    before = Desk(world).verify(pack(both), world.issuing.der)
    assert [each.conclusion.indication for each in before.signatures] == [PASSED, PASSED]


@pytest.mark.parametrize("inside", [b"nothing", b"%PDF-1.7 and pages"], ids=["field", "PDF"])
def test_a_package_that_is_a_pdf_too_is_no_document(world: PkiWorld, unnamed: Files, inside: bytes) -> None:
    """The order of entries and what stands between them is nobody's to sign; readers go by the name of the file."""
    files = sealed(world, unnamed)
    first, *names = files
    extra = struct.pack("<2H", 0xCAFE, len(inside)) + inside
    parts = [Part(name=name.encode(), data=files[name]) for name in names]
    begin = Part(name=first.encode(), data=files[first], local={"extra": extra})
    verdict = Desk(world).verify(forge(begin, *parts), world.issuing.der)
    two_faced = inside.startswith(b"%PDF")
    assert verdict.conclusion.indication is (OPEN if two_faced else PASSED)
    if two_faced:
        check = found(verdict, CheckId.COVERAGE)
        assert (check.status, check.sub_indication) == (CheckStatus.UNKNOWN, SubIndication.SIG_CONSTRAINTS_FAILURE)


def test_what_of_a_file_is_not_looked_at_is_told(
    world: PkiWorld, unnamed: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifier.evidence.MAX_EMBEDDED", 1)
    verdict = Desk(world).verify(pack(sealed(world, unnamed)), world.issuing.der)
    details = [each.detail for each in verdict.checks if each.id is CheckId.EVIDENCE]
    assert details == ["the file: 2 certificates, the first 1 of which are looked at"]
