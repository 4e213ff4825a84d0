"""Hostile files get a verdict, whatever they hold: no octets make the service raise, and none pass."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import scaled
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from trustkit.clock import FixedClock
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.verdict import Indication
from verifier.format import Format
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission, identify

PREFIXES = (
    b"",
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"\x30\x82",
    b"\x30\x80\x06\x09",
    b"-----BEGIN CMS-----\n",
    b"{",
    b"e30.",
)


@cache
def _world() -> PkiWorld:
    return PkiWorld()


@cache
def _seeds() -> tuple[bytes, ...]:
    world = _world()
    message = sign_message(
        content=b"content",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.GBT35275,
        detached=False,
        attributes=SignedAttributes(),
        timestamp=stamper(world),
    )
    return message, world.signer.der, world.crl().der, stamper(world)(b"x")


@cache
def _service() -> VerificationService:
    return VerificationService(
        anchors=_world().anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(PkiWorld.START),
    )


@given(prefix=st.sampled_from(PREFIXES), tail=st.binary(max_size=300))
@settings(max_examples=scaled(150), deadline=None)
def test_anything_is_told_apart_and_judged(prefix: bytes, tail: bytes) -> None:
    data = prefix + tail
    assert identify(data) in Format
    assert _service().verify(Submission(name="x", data=data)).conclusion.indication is not Indication.TOTAL_PASSED


@given(
    seed=st.integers(0, 3),
    place=st.floats(0, 1, exclude_max=True),
    octet=st.integers(1, 255),
    cut=st.integers(0, 40),
    as_evidence=st.booleans(),
)
@settings(max_examples=scaled(150), deadline=None)
def test_mutations_never_raise(seed: int, place: float, octet: int, cut: int, *, as_evidence: bool) -> None:
    found = bytearray(_seeds()[seed])
    found[int(place * len(found))] ^= octet
    data = bytes(found[: len(found) - cut])
    assert identify(data) in Format
    if as_evidence:
        verdict = _service().verify(Submission(name="x", data=_seeds()[1], evidence=(data,)))
    else:
        verdict = _service().verify(Submission(name="x", data=data, content=b"x"))
    # no revocation list of the root is ever at hand, so nothing may pass
    assert verdict.conclusion.indication is not Indication.TOTAL_PASSED
