"""Broken PDFs: reading and verifying raise only our own error, and both ways of reading give the same answer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.pdf.inspection import inspect_pdf
from esign.pdf.read import _read, read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.attacks.mutations import SYNTAX
from tests.support.examples import scaled
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import add_evidence, sample_page, sign_sample
from trustkit.errors import ErrorCode, TrustError

MEANT = (
    b"/ByteRange",
    b"/Contents",
    b"/Type",
    b"endobj",
    b"obj",
    b"stream",
    b"xref",
    b"trailer",
    b"startxref",
    b"%%EOF",
)
PIECES = (
    b"",
    *SYNTAX,
    b"9999999999",
    b"-1",
    b"null",
)


@cache
def samples() -> tuple[bytes, bytes]:
    """Return a small signed file and the same with a later revision; the room is small so that the long way is quick."""
    world = PkiWorld()
    with TemporaryDirectory() as folder:
        page = sample_page(Path(folder), words=3)
    signed = sign_sample(world, page, timestamp=None, evidence_certificates=(), crls=())
    return signed, add_evidence(signed, world.crl().der)


def answer(octets: bytes, *, shortcut: bool) -> object:
    """Return all that reading tells, or the code of the refusal."""
    try:
        return _read(octets, shortcut=shortcut)
    except TrustError as error:
        return error.code


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Draw a signed file with a few pieces cut out, put in or changed, mostly near words that matter."""
    octets = draw(st.sampled_from(samples()))
    for _ in range(draw(st.integers(1, 3))):
        word = draw(st.sampled_from(MEANT))
        places = [at for at in range(len(octets)) if octets.startswith(word, at)] or [0]
        at = max(0, draw(st.sampled_from(places)) + draw(st.integers(-4, 24)))
        cut = draw(st.integers(0, 3))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=2)))
        if draw(st.booleans()):
            cut = len(piece)  # keep every offset where it is
        octets = octets[:at] + piece + octets[at + cut :]
    return octets


@given(broken())
@settings(max_examples=scaled(60))
def test_both_ways_give_the_same_answer(octets: bytes) -> None:
    assert answer(octets, shortcut=True) == answer(octets, shortcut=False)


@given(broken())
@settings(max_examples=scaled(60))
def test_a_changed_file_is_refused_with_our_error(octets: bytes) -> None:
    if octets in samples():
        return
    try:
        pdf = read_pdf(octets)
        signature = pdf.signatures[0]
    except (TrustError, IndexError):
        return
    try:
        verify_pdf_signature(pdf, signature)
    except TrustError:
        return
    # what passes must be a signed file whole: a change is seen, unless it only spells a digit of the gap in lower case
    assert octets[: signature.byte_range[1]] == samples()[0][: signature.byte_range[1]]


@given(broken())
@settings(max_examples=scaled(40))
def test_looking_at_a_broken_file_never_fails(octets: bytes) -> None:
    found = inspect_pdf(octets)
    assert found.octets == len(octets)
    assert found.trouble is not None or found.revisions


@given(st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.7\n"]))
def test_octets_of_any_kind_are_refused(octets: bytes, header: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read_pdf(header + octets)
    assert caught.value.code in {ErrorCode.PDF_MALFORMED, ErrorCode.PDF_LIMIT, ErrorCode.PDF_ENCRYPTED}


@given(st.integers(0, 9_999))
@settings(max_examples=scaled(40))
def test_a_cut_file_keeps_no_signature(kept: int) -> None:
    octets = samples()[0]
    try:
        pdf = read_pdf(octets[: kept * (len(octets) - 8) // 10_000])
    except TrustError:
        return
    assert pdf.signatures == ()  # cut where the unsigned page ended
