"""Real OFDs drawn: texts found, seals and codes where they stand, and what is wanting said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
import pytest

from esign.ofd.draw.draw import DrawnDocument, draw_ofd
from esign.ofd.inspection import inspect_ofd
from esign.rendering.fonts import find_fonts
from tests.support.testdata import outside
from trustkit.app.jbig2_pixels import decode_jbig2

if TYPE_CHECKING:
    from PIL import Image

DOTS_PER_MM = 6


def drawn(name: str) -> tuple[DrawnDocument, str, Image.Image]:
    """Return the drawing, its texts and its first page at six dots a millimetre."""
    found = draw_ofd(outside(f"ofd/{name}").read_bytes(), fonts=find_fonts(), jbig2=decode_jbig2)
    page = pypdfium2.PdfDocument(found.pdf)[0]
    text = page.get_textpage().get_text_range()
    return found, text, page.render(scale=DOTS_PER_MM * 25.4 / 72).to_pil().convert("RGB")


def share(picture: Image.Image, box: tuple[float, float, float, float], kind: str) -> float:
    """Return how much of a box (left, top, right, bottom in millimetres) is red, or dark."""
    part = picture.crop(tuple(round(edge * DOTS_PER_MM) for edge in box))  # type: ignore[arg-type] # four edges
    octets = part.tobytes()
    pixels = list(zip(octets[::3], octets[1::3], octets[2::3], strict=True))
    red = sum(r > 180 and g < 110 and b < 110 for r, g, b in pixels)
    dark = sum(max(pixel) < 90 for pixel in pixels)
    return (red if kind == "red" else dark) / len(pixels)


@pytest.mark.parametrize(
    ("name", "texts", "code"),
    [
        (
            "tax_zhejiang_invoice_v4.ofd",
            ("浙江增值税电子普通发票", "033002000211", "91320115MA202UKD7X", "伍佰贰拾陆圆整"),
            True,
        ),
        ("TAMPERED_page_whitespace.ofd", ("浙江增值税电子普通发票", "83089647"), True),
        ("TAMPERED_invoice_document_xml.ofd", ("重庆增值税电子普通发票", "050001700111", "叁佰壹拾捌圆整"), True),
    ],
)
def test_invoices(name: str, texts: tuple[str, ...], *, code: bool) -> None:
    found, told, picture = drawn(name)
    assert [(page.width, page.height) for page in found.pages] == [(210, 140)]
    assert all(text in told for text in texts)
    assert {note.lack.value for note in found.notes} <= {"font-substituted", "colour", "style"}
    assert not any(note.is_missing for note in found.notes)
    assert 0.05 < share(picture, (90, 8, 120, 28), "red") < 0.5  # the seal of the tax administration: 30 mm by 20 mm
    assert share(picture, (60, 8, 89, 28), "red") == share(picture, (121, 8, 150, 28), "red") == 0
    assert (0.3 < share(picture, (8.5, 3.5, 28.5, 23.5), "dark") < 0.7) is code  # half of a code of squares is dark
    for line in (30, 52, 96, 104, 124):  # the table's lines, from edge to edge
        row = [picture.getpixel((round(x * DOTS_PER_MM), round(line * DOTS_PER_MM))) for x in range(6, 204)]
        assert sum(sum(pixel) < 700 for pixel in row) > 190  # type: ignore[arg-type]


def test_a_permit_with_a_scanned_ground_and_a_code_laid_on() -> None:
    found, told, picture = drawn("elicense_yunnan_site_permit_gbt35275_x2.ofd")
    assert [(round(page.width), round(page.height)) for page in found.pages] == [(369, 259)]
    for text in ("临沧市临翔区自然资源局", "530902202200014", "临沧建投开发投资有限公司", "2018-530902-70-01-002747"):
        assert text in told.replace(" ", "")
    assert 0.2 < share(picture, (19, 14, 47, 41), "dark") < 0.7
    assert share(picture, (60, 20, 180, 30), "dark") == 0
    assert {note.lack.value for note in found.notes} == {"font-substituted"}
    # no red seal is missing: both signatures are without one, and the only picture laid on is the code
    seen = inspect_ofd(outside("ofd/elicense_yunnan_site_permit_gbt35275_x2.ofd").read_bytes())
    assert [(each.type, each.seal, each.stamps) for each in seen.signatures] == [("Sign", None, ())] * 2
    assert share(picture, (0, 0, 369, 258), "red") < 0.001


def test_a_seal_of_points_over_blank_paper() -> None:
    found, told, picture = drawn("ofdrw_v4_allprotected.ofd")
    assert "你好呀" in told
    assert 0.1 < share(picture, (50, 50, 90, 90), "red") < 0.5
    outside_of_it = [(0, 40, 49, 100), (91, 40, 200, 100), (40, 91, 100, 130)]
    assert [share(picture, box, "red") for box in outside_of_it] == [0, 0, 0]
    assert {note.lack.value for note in found.notes} == {"font-substituted"}


def test_without_a_decoder_a_jbig2_picture_is_missing_and_told() -> None:
    found = draw_ofd(outside("ofd/tax_zhejiang_invoice_v4.ofd").read_bytes(), fonts=find_fonts())
    assert [(note.lack.value, note.detail) for note in found.notes if note.is_missing] == [
        ("image", "Doc_0/Res/image_78.jb2: JBIG2")
    ]
