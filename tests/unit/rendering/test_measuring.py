from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from esign.rendering.fonts import find_fonts
from esign.rendering.measuring import families_to_measure, measured_fonts, measuring_file
from tools import page_fonts
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from esign.rendering.fonts import FontChain


@pytest.fixture
def folder(fonts: FontChain, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a small page font and its measuring font."""
    source = next(face for face in fonts.faces if face.path.suffix in {".otf", ".ttc"})
    monkeypatch.setattr(page_fonts, "repertoire", lambda charset: map(ord, " 营业执照A1一") if charset else iter(()))
    page_fonts.make(source, page_fonts.PAGE_FONTS[0], tmp_path, workers=1)
    return tmp_path


def test_a_measuring_font_measures_as_its_page_font_and_tells_its_glyphs(folder: Path) -> None:
    drawn = measured_fonts(find_fonts((folder,)))["TrustkitSong-Measuring"]
    path = folder / "TrustkitSong-Regular.ttf"
    with TTFont(path) as font, TTFont(measuring_file(path)) as boxes:
        assert boxes["name"].getDebugName(1) == drawn.family == "Trustkit Song Measuring"
        assert boxes["name"].getDebugName(6) == "TrustkitSong-Measuring"
        assert "Open Font License" in boxes["name"].getDebugName(13)
        assert boxes["hmtx"].metrics == font["hmtx"].metrics
        assert boxes.getBestCmap() == font.getBestCmap()
        for number, name in enumerate(font.getGlyphOrder()):
            one, other = font["glyf"][name], boxes["glyf"][name]
            outline = drawn.outline(number)
            words = [int.from_bytes(outline.octets[at : at + 2], "big") for at in range(0, len(outline.octets), 2)]
            assert (outline.even, outline.odd) == (sum(words[::2]), sum(words[1::2]))
            if not one.numberOfContours:
                assert not outline.octets
                continue
            box = [other.xMin, other.yMin, other.xMax, other.yMax]
            assert box == [one.xMin, one.yMin, one.xMax, one.yMax]
            assert bytes(other.program.getBytecode()) == b"\xb8" + number.to_bytes(2, "big")
            octets = other.compile(boxes["glyf"])
            assert drawn.behind(octets) == outline
            for other_octets in (octets[:16], octets[:14] + b"\xb0" + octets[15:], b""):
                with pytest.raises(TrustError, match="does not tell its number"):
                    drawn.behind(other_octets)
    with pytest.raises(TrustError) as caught:
        drawn.outline(1000)
    assert caught.value.code is ErrorCode.RENDERING_FAILED


def test_without_measuring_fonts_pages_are_laid_out_with_the_page_fonts(folder: Path) -> None:
    (folder / "TrustkitSong-Measuring.ttf").unlink()
    chain = find_fonts((folder,))
    measured_fonts.cache_clear()
    families_to_measure.cache_clear()
    assert not measured_fonts(chain)
    assert not families_to_measure(chain)


@pytest.mark.parametrize("fault", ["no font", "another font"])
def test_a_measuring_font_of_something_else_is_refused(
    folder: Path, fonts: FontChain, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    target = folder / "TrustkitSong-Measuring.ttf"
    if fault == "no font":
        target.write_bytes(b"no font at all")
    else:
        source = next(face for face in fonts.faces if face.path.suffix in {".otf", ".ttc"})
        monkeypatch.setattr(page_fonts, "repertoire", lambda charset: map(ord, "营B") if charset else iter(()))
        (tmp_path / "other").mkdir()
        page_fonts.make(source, page_fonts.PAGE_FONTS[0], tmp_path / "other", workers=1)
        shutil.copy(tmp_path / "other" / target.name, target)
    measured_fonts.cache_clear()
    with pytest.raises(TrustError) as caught:
        measured_fonts(find_fonts((folder,)))
    assert caught.value.code is ErrorCode.FONT_MISSING
