from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typst

from esign.pdf.model import ChangeKind
from esign.pdf.placement import SealOrder
from esign.pdf.places import Corner, PagePlace
from esign.pdf.read import read_pdf
from esign.pdf.riding_edge import RidingEdge
from esign.pdf.sealing import with_seal
from esign.pdf.sign import sign_pdf
from esign.rendering.fonts import find_fonts
from esign.rendering.handwriting import read_handwriting
from esign.rendering.seal_drawing import SealDesign, draw_seal
from esign.rendering.signature_block import SignatureDesign, draw_signature
from tests.support.drawn_page import ink
from tests.support.pdfa import pdfa_failures
from tests.support.signed_pdf import request
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from esign.pdf.placement import KeywordHit
    from tests.support.pki import PkiWorld

PLACE = PagePlace(page=-1, x_mm=20, y_mm=20, corner=Corner.BOTTOM_RIGHT)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A PDF/A-3B of three pages."""
    source = tmp_path_factory.mktemp("contract") / "contract.typ"
    source.write_text('#set document(title: "Contract")\n' + "#lorem(90)\n#pagebreak()\n" * 2 + "End", encoding="utf-8")
    made = typst.Compiler(str(source), ignore_system_fonts=True).compile(
        format="pdf", pdf_standards=["a-3b"], timestamp=1_760_000_000
    )
    assert isinstance(made, bytes)
    return made


class NoWords:
    """Nothing is asked of it here."""

    def find(self, pdf: bytes, keyword: str) -> tuple[KeywordHit, ...]:
        raise AssertionError((len(pdf), keyword))


def sealed(world: PkiWorld, data: bytes, order: SealOrder) -> bytes:
    asked = request(world, data, box=None, appearance=None)
    return sign_pdf(with_seal(asked, order, NoWords()))


@pytest.mark.parametrize("place", [PLACE, None], ids=["with a seal", "by itself"])
def test_slices_lie_inside_what_is_signed_and_pdf_a_stays_valid(
    world: PkiWorld, contract: bytes, tmp_path: Path, place: PagePlace | None
) -> None:
    drawing = draw_seal(SealDesign(name="示例市市场监督管理局"), find_fonts())
    signed = sealed(world, contract, SealOrder(drawing=drawing, place=place, riding=RidingEdge()))
    (signature,) = read_pdf(signed).signatures
    assert signature.covers_whole_file
    assert signature.later_changes.kind is ChangeKind.NONE
    assert read_pdf(signed).revisions == 2
    assert signed.startswith(contract)
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    assert pdfa_failures(path) == []


def test_a_picture_of_handwriting_keeps_pdf_a_valid(world: PkiWorld, contract: bytes, tmp_path: Path) -> None:
    design = SignatureDesign(name="张三", lines=("同意",), handwriting=read_handwriting(ink()))
    signed = sealed(world, contract, SealOrder(drawing=draw_signature(design), place=PLACE))
    assert b"/SMask" in signed
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed)
    assert pdfa_failures(path) == []


def test_nobody_adds_slices_to_what_is_signed(world: PkiWorld, contract: bytes) -> None:
    drawing = draw_seal(SealDesign(name="示例市市场监督管理局"), find_fonts())
    riding = SealOrder(drawing=drawing, place=None, riding=RidingEdge())
    signed = sealed(world, contract, SealOrder(drawing=drawing, place=PLACE))
    with pytest.raises(TrustError) as caught:
        sealed(world, signed, riding)
    assert caught.value.code is ErrorCode.PDF_RIDING_EDGE
    # nor by a request that was made for another file
    slices = with_seal(request(world, contract, box=None, appearance=None), riding, NoWords()).riding
    with pytest.raises(TrustError) as caught:
        sign_pdf(request(world, signed, box=None, appearance=None, certification=None, riding=slices))
    assert caught.value.code is ErrorCode.PDF_RIDING_EDGE
