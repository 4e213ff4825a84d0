from __future__ import annotations

from pathlib import Path

import pytest

from esign.rendering.fonts import FONT_FOLDERS, KNOWN_FONTS, FontChain, FontRole, find_fonts
from trustkit.errors import ErrorCode, TrustError


def test_the_chain_keeps_its_named_order(fonts: FontChain) -> None:
    order = [known.family for known in KNOWN_FONTS]
    found = [face.family for face in fonts.faces]
    assert found == [family for family in order if family in found]
    assert "Noto Serif CJK SC" in found


def test_a_text_borrows_from_the_other_fonts_after_its_own(fonts: FontChain) -> None:
    sans, serif = fonts.families(FontRole.SANS), fonts.families(FontRole.SERIF)
    assert set(sans) == set(serif) == {face.family for face in fonts.faces}
    roles = {face.family: face.role for face in fonts.faces}
    assert roles[serif[0]] is FontRole.SERIF
    assert roles[sans[0]] is (FontRole.SANS if FontRole.SANS in roles.values() else FontRole.SERIF)


def test_gb_2312_and_more_can_be_drawn(fonts: FontChain) -> None:
    level_one_and_two = "".join(
        bytes((lead, trail)).decode("gb2312", "ignore") for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF)
    )
    assert len(level_one_and_two) == 6763
    assert fonts.glyphs_missing(level_one_and_two) == ()
    assert fonts.glyphs_missing("镕喆堃㛃·—“”《》¥\n") == ()


def test_a_missing_glyph_is_named_without_its_text(fonts: FontChain) -> None:
    with pytest.raises(TrustError) as caught:
        fonts.require_glyphs("张😀示例😀\U0010fffd", where="legal_representative")
    assert caught.value.code is ErrorCode.GLYPH_MISSING
    assert caught.value.facts == {"field": "legal_representative", "characters": 2}
    assert "U+1F600 U+10FFFD" in caught.value.detail
    assert "张" not in str(caught.value)
    with pytest.raises(TrustError) as again:
        fonts.face_for("😀")
    assert again.value.code is ErrorCode.GLYPH_MISSING


def test_many_missing_glyphs_are_not_all_listed(fonts: FontChain) -> None:
    with pytest.raises(TrustError) as caught:
        fonts.require_glyphs("".join(chr(0x12000 + k) for k in range(40)), where="name")
    assert caught.value.detail.count("U+") == 8


@pytest.mark.parametrize("control", ["\0", "\x7f", "\u200b", "\u202e", "\ufeff", "\ue000"])
def test_what_draws_nothing_is_no_glyph_either(fonts: FontChain, control: str) -> None:
    assert fonts.glyphs_missing(f"a{control}b") == (control,)


def test_no_font_at_all_tells_places_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        find_fonts((tmp_path,))
    assert caught.value.code is ErrorCode.FONT_MISSING
    assert str(tmp_path) in caught.value.detail
    assert "tools/fonts.py" in caught.value.detail


@pytest.mark.parametrize("file", ["NotoSerifCJKsc-Regular.otf", "NotoSerifCJK-Regular.ttc", "BabelStoneHan.ttf"])
@pytest.mark.parametrize("content", [b"", b"no font", b"OTTO" + b"\xff" * 200, b"ttcf" + b"\0" * 40])
def test_a_broken_font_is_an_error_and_not_passed_over(tmp_path: Path, file: str, content: bytes) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(TrustError) as caught:
        find_fonts((tmp_path,))
    assert caught.value.code is ErrorCode.FONT_MISSING


def test_debians_collection_gives_the_same_face() -> None:
    folder = Path("/usr/share/fonts/opentype/noto")
    if not (folder / "NotoSerifCJK-Regular.ttc").is_file():
        pytest.skip("the Debian package fonts-noto-cjk is not installed")
    chain = find_fonts((folder,))
    assert [face.family for face in chain.faces] == ["Noto Serif CJK SC", "Noto Sans CJK SC"]
    assert chain.glyphs_missing("营业执照") == ()
    assert chain.folders == (folder,)


def test_what_set_up_brought_stands_before_the_system() -> None:
    assert FONT_FOLDERS[0].parts[-3:] == ("share", "trustkit", "fonts")
