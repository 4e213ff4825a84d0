"""Until when an OFD passes: what is told today against judgement on the last day and on the next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from esign.ofd.request import OfdSigningRequest
from esign.ofd.sign import sign_ofd
from esign.seal.model import SealPicture, SealVersion
from esign.seal.order import SealOrder
from esign.seal.sign import make_seal
from tests.support.electronic_seals import seal_png
from tests.support.ofd_pages import plain_ofd
from tests.unit.verifier.test_prospect import DAY, NOW, SIGNER, STAMPER, START, Line, service_at
from trustkit.verdict import Indication
from verifier.judgement.prospect import STEP, EndKind, Proof, Prospect, prospect_of
from verifier.submission import Submission

AUTHORITY, ARCHIVE = START + 400 * DAY, START + 500 * DAY
SEAL_ENDS = START + 50 * DAY


@pytest.fixture(scope="module")
def world() -> Line:
    return Line({"authority": AUTHORITY, "signer": SIGNER, "stamper": STAMPER, "archive": ARCHIVE})


def _submission(world: Line, octets: bytes, at: object) -> Submission:
    return Submission(name="x", data=octets, evidence=(world.issuing.der, world.branch.der, *world.lists(at)))  # type: ignore[arg-type]


def _prospect(world: Line, octets: bytes) -> Prospect:
    found = service_at(world, NOW).examine(_submission(world, octets, NOW))
    assert found.verdict.conclusion.indication is Indication.TOTAL_PASSED, found.verdict.conclusion
    assert found.context is not None
    return prospect_of(found.context, found.document)  # type: ignore[arg-type]


def _signed(world: Line, octets: bytes, *, seal: bytes | None, stamped: bool) -> bytes:
    request = OfdSigningRequest(
        ofd=octets,
        signer=world.author.signer,
        certificate=world.author.certificate,
        chain=(world.branch.certificate,),
        signing_time=START,
        seal=seal,
        timestamp=world.stamp if stamped else None,
    )
    return sign_ofd(request)


def _seal(world: Line) -> bytes:
    order = SealOrder(
        identifier="11010000000001",
        name="示例市政务服务管理局",
        users=(world.author.certificate,),
        created_at=START - DAY,
        valid_from=START - DAY,
        valid_until=SEAL_ENDS,
        picture=SealPicture(type="PNG", data=seal_png(), width=30, height=30),
        version=SealVersion.V4,
    )
    return make_seal(order, signer=world.seal_maker.signer, certificate=world.seal_maker.certificate)


@pytest.mark.parametrize("sealed", [False, True], ids=["message", "seal"])
@pytest.mark.parametrize("stamped", [False, True], ids=["unstamped", "stamped"])
def test_what_is_told_today_comes_true(world: Line, *, sealed: bool, stamped: bool) -> None:
    octets = _signed(world, plain_ofd(), seal=_seal(world) if sealed else None, stamped=stamped)
    found = _prospect(world, octets)
    assert found.proof is (Proof.SIGNATURE_STAMP if stamped else Proof.NONE)
    assert found.until is not None
    for at, passing in ((found.until, True), (found.until + STEP, False)):
        verdict = service_at(world, at).verify(_submission(world, octets, at))
        assert (verdict.conclusion.indication is Indication.TOTAL_PASSED) is passing, at
    assert found.endings


def test_of_several_the_first_that_ends_is_told(world: Line) -> None:
    message = _signed(world, plain_ofd(), seal=None, stamped=True)
    both = _signed(world, message, seal=_seal(world), stamped=False)
    alone, found = _prospect(world, message), _prospect(world, both)
    assert alone.until is not None
    assert found.until is not None
    assert found.until <= alone.until
    assert found.proof is Proof.NONE
    assert {each.form for each in found.lost} <= {"ofd-sign-gbt35275", "ofd-seal-v4"}
    assert timedelta() < found.until - NOW
    assert all(each.kind in EndKind for each in found.endings)
