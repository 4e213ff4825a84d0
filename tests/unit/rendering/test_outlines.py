from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from esign.rendering.outlines import Contour, outline_of
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from esign.rendering.fonts import FontChain


def test_every_font_draws_an_official_character(fonts: FontChain) -> None:
    for face in fonts.faces:
        if not face.characters.covers("局"):
            continue
        outline = outline_of(face, "局")
        left, bottom, right, top = (edge / outline.units for edge in outline.box)
        assert -0.1 < left < 0.1
        assert -0.2 < bottom < 0
        assert 0.85 < right <= 1
        assert 0.75 < top < 0.95
        assert outline.advance == outline.units
        assert all(len(segment) in {1, 3} for contour in outline.contours for segment in contour.segments)


def test_truetype_and_cff_agree(fonts: FontChain) -> None:
    serif = [face for face in fonts.faces if face.family in {"Trustkit Song", "Noto Serif CJK SC"}]
    if len(serif) < 2:
        pytest.skip("the page fonts were not made (tools/page_fonts.py)")
    first, second = (outline_of(face, "督") for face in serif)
    assert len(first.contours) == len(second.contours)
    assert all(abs(a - b) <= 2 for a, b in zip(first.box, second.box, strict=True))


def test_a_space_has_no_contours(fonts: FontChain) -> None:
    outline = outline_of(fonts.faces[0], " ")
    assert len(outline.contours) == 0
    assert outline.box == pytest.approx((0, 0, 0, 0))
    assert outline.advance > 0


def test_a_contour_is_moved_by_a_matrix() -> None:
    contour = Contour(start=(1, 0), segments=(((0, 1),), ((1, 1), (2, 2), (3, 3))))
    turned = contour.placed((0, 1, -1, 0, 10, 20))
    assert turned == Contour(start=(10, 21), segments=(((9, 20),), ((9, 21), (8, 22), (7, 23))))


def test_threads_draw_the_same(fonts: FontChain) -> None:
    text = "示例市场监督管理行政审批服务局电子证照专用章"
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda c: outline_of(fonts.face_for(c), c), text * 4))
    assert drawn == [outline_of(fonts.face_for(c), c) for c in text * 4]


def test_refused(fonts: FontChain, tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        outline_of(fonts.faces[0], "😀")
    assert caught.value.code is ErrorCode.GLYPH_MISSING
    assert "U+1F600" in caught.value.detail
    with pytest.raises(TrustError) as gone:
        outline_of(replace(fonts.faces[0], path=tmp_path / "gone.ttf"), "局")
    assert gone.value.code is ErrorCode.FONT_MISSING
