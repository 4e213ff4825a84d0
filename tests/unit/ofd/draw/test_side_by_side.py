"""What we write as PDF and as OFD from the same data looks the same."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from esign.licence.data import read_licence_data
from esign.licence.face import licence_face
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.licence.types import licence_types, load_licence_type
from esign.ofd.draw.draw import draw_ofd
from esign.ofd.package import open_package
from esign.ofd.request import OfdSigningRequest, StampPlace
from esign.ofd.sign import sign_ofd
from esign.ofd.typeset import read_typeset
from esign.ofd.write import OfdDocument, write_ofd
from esign.ofd.xml import attribute, children, parse_xml, require_child
from esign.rendering.fonts import find_fonts
from esign.rendering.licence_page import LicencePage, TypesetPage, lay_out_licence, render_licence
from esign.rendering.seal_drawing import SealDesign, draw_seal
from esign.seal.picture import picture_of
from tests.support.ofd_pages import laid_pdf, sample_ofd
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal
from tests.support.side_by_side import FOLD, differences
from trustkit.identity import Organisation

FOLDER = Path(__file__).resolve().parents[4] / "policies" / "licences" / "business-licence"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize("page", [0, 1])
def test_a_sample_looks_the_same(page: int) -> None:
    drawn = draw_ofd(sample_ofd(), fonts=find_fonts())
    assert drawn.notes == ()
    assert differences(laid_pdf(), drawn.pdf, page) == ()


def test_the_comparison_sees_a_single_character() -> None:
    other = laid_pdf(
        "  text(font: page.fonts.sans, size: 14pt, [营业执照])\n  parbreak()\n  [示例市云杉信息技术有限公词]\n"
    )
    assert differences(other, draw_ofd(sample_ofd(), fonts=find_fonts()).pdf) != ()
    assert differences(laid_pdf(), draw_ofd(sample_ofd(), fonts=find_fonts()).pdf, 0) == ()


@cache
def licence(name: str = FOLDER.name) -> LicencePage:
    folder = FOLDER.parent / name
    kind = load_licence_type(folder)
    data = read_licence_data(kind, (folder / "sample.json").read_bytes(), today=NOW.date())
    issuer = Organisation(uscc="1199010000TRYQK01Q", name="示例市市场监督管理局")
    identifier = compose_identifier(type_code=kind.code, issuer=issuer.uscc, serial=f"{1:014d}", version=1)
    status = StatusReference(uri="https://licence.example.gov.cn/v1/status/1", index=1)
    metadata = build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=NOW, status=status)
    return licence_face(kind, data, metadata, issued_at=NOW, qr_text="https://licence.example.gov.cn/1")


@pytest.mark.parametrize("in_parts", [False, True])
def test_a_business_licence_looks_the_same(in_parts: bool) -> None:  # noqa: FBT001 - a case
    pdf = render_licence(licence())
    typeset = lay_out_licence(licence()) if in_parts else TypesetPage(pdf=pdf)
    laid = read_typeset(typeset.pdf, typeset.ground, typeset.code, typeset.drawn)
    written = write_ofd(OfdDocument(laid=laid, title="营业执照", author="示例市", created=NOW))
    drawn = draw_ofd(written.octets, fonts=find_fonts())
    assert drawn.notes == ()
    assert differences(pdf, drawn.pdf) == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(licence_types(FOLDER.parent)) - {FOLDER.name, "resident-identity-card"}))
def test_every_other_licence_looks_the_same(name: str) -> None:
    pdf, typeset = render_licence(licence(name)), lay_out_licence(licence(name))
    laid = read_typeset(typeset.pdf, typeset.ground, typeset.code, typeset.drawn)
    drawn = draw_ofd(
        write_ofd(OfdDocument(laid=laid, title=name, author="示例市", created=NOW)).octets, fonts=find_fonts()
    )
    assert drawn.notes == ()
    # an edge of one stroke may fall into the next dot, as of 一; a letter that differs is more than one cell wide and high
    regions = [tuple(each) for each in differences(pdf, drawn.pdf)]
    assert [each for each in regions if min(each[2] - each[0], each[3] - each[1]) > FOLD] == []


def test_our_own_seals_stand_where_they_were_put_and_change_nothing_else() -> None:
    """A whole seal on the first page, its left half at the right edge of the second."""
    world = PkiWorld()
    seal_drawing = draw_seal(SealDesign(name="示例市市场监督管理局", lower_line="电子证照专用章", diameter_mm=42))
    seal = make_seal(world, picture=picture_of(seal_drawing).data)
    root = parse_xml(open_package(sample_ofd()).octets("Doc_0/Document.xml"), "Document.xml")
    first, second = (attribute(page, "ID") or "" for page in children(require_child(root, "Pages"), "Page"))
    places = (
        StampPlace(page=first, left=30, top=10, width=42, height=42),
        StampPlace(page=second, left=79, top=9, width=42, height=42, clip=(0, 0, 21, 42)),
    )
    order = OfdSigningRequest(
        ofd=sample_ofd(),
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=world.pool,
        signing_time=world.START,
        seal=seal,
        stamps=places,
    )
    drawn = draw_ofd(sign_ofd(order), fonts=find_fonts())
    assert drawn.notes == ()
    dots = 144 / 25.4
    for page, (left, top, right, bottom) in enumerate([(30, 10, 72, 52), (79, 9, 100, 51)]):
        regions = differences(laid_pdf(), drawn.pdf, page)
        assert regions
        assert min(region[0] for region in regions) == pytest.approx(left * dots, abs=8)
        assert min(region[1] for region in regions) == pytest.approx(top * dots, abs=8)
        assert max(region[2] for region in regions) == pytest.approx(right * dots, abs=8)
        assert max(region[3] for region in regions) == pytest.approx(bottom * dots, abs=8)
