from __future__ import annotations

import io
import struct

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

from esign.ofd.draw import typefaces
from esign.ofd.draw.budget import Budget
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.resources import FontResource
from esign.ofd.draw.typefaces import EmbeddedTypeface, HouseTypeface, role_of
from esign.rendering.fonts import FontRole, find_fonts
from tests.support.ofd_drawings import draw, fonts, lacks, own_font, square_glyph, text_object


def changed(**tables: object) -> bytes:
    font = TTFont(io.BytesIO(own_font()), recalcBBoxes=False)
    for name, glyph in tables.items():
        font["glyf"][name] = glyph
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def compact() -> bytes:
    """Return a font with outlines in CFF."""
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({0x41: "A"})
    strings = {}
    for name in (".notdef", "A"):
        pen = T2CharStringPen(600, None)
        pen.moveTo((0, 0))
        pen.curveTo((0, 100), (100, 200), (200, 200))
        pen.closePath()
        strings[name] = pen.getCharString()
    builder.setupCFF("Own", {}, strings, {})
    builder.setupHorizontalMetrics(dict.fromkeys(strings, (600, 0)))
    builder.setupHorizontalHeader()
    builder.setupOS2()
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def test_a_glyph_of_subroutines_that_call_one_another_is_none() -> None:
    """Fifty calls of fifty calls, ten deep, would run for ever."""
    font = TTFont(io.BytesIO(compact()), recalcBBoxes=False)
    cff = font["CFF "].cff
    charstrings = cff[0].CharStrings
    for index in range(10):
        inner = [index + 1 - 107, "callgsubr"] * 50 if index < 9 else [1, 1, "rlineto"]
        cff.GlobalSubrs.append(T2CharString(program=[*inner, "return"]))
    charstrings["A"].setProgram([600, 0, 0, "rmoveto", -107, "callgsubr", "endchar"])
    out = io.BytesIO()
    font.save(out)
    typeface = EmbeddedTypeface.read(out.getvalue(), "key", Budget())
    assert typeface.of_character("A") is None
    assert typeface.of_number(0) is not None


def test_glyphs_by_character_and_by_number() -> None:
    typeface = EmbeddedTypeface.read(own_font(), "key", Budget())
    by_character, by_number = typeface.of_character("A"), typeface.of_number(1)
    assert by_character is not None
    assert by_character == by_number
    key, outline = by_character
    assert key == ("key", "glyph1")
    assert (outline.units, outline.advance, outline.box) == (1000, 600, (0, 0, 500, 500))
    for nothing in (typeface.of_character("Z"), typeface.of_number(4), typeface.of_number(-1)):
        assert nothing is None


def test_outlines_in_cff() -> None:
    found = EmbeddedTypeface.read(compact(), "key", Budget()).of_character("A")
    assert found is not None
    assert found[1].contours[0].segments[0] == ((0, 100), (100, 200), (200, 200))


def _tables(count: int) -> bytes:
    return b"\0\1\0\0" + struct.pack(">4H", count, 0, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"wOFF" + bytes(100),  # would unpack
        b"wOF2" + bytes(100),
        b"ttcf" + bytes(100),
        b"%!PS-AdobeFont-1.0",
        b"OTTO",
        _tables(0),
        _tables(9999),
        own_font()[:200],
        own_font()[: len(own_font()) // 2],
        own_font(units=16)[:12] + bytes(500),
    ],
)
def test_what_is_no_font_is_refused(data: bytes) -> None:
    with pytest.raises(Undrawable) as caught:
        EmbeddedTypeface.read(data, "key", Budget())
    assert caught.value.lack is Lack.FONT_DAMAGED


def test_a_font_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typefaces, "MAX_FONT_OCTETS", 100)
    with pytest.raises(Undrawable):
        EmbeddedTypeface.read(own_font(), "key", Budget())


def test_a_glyph_within_itself_is_none() -> None:
    looped = changed(alone=square_glyph(0, ["alone"]))
    assert EmbeddedTypeface.read(looped, "key", Budget()).of_number(3) is None
    assert EmbeddedTypeface.read(looped, "key", Budget()).of_number(1) is not None


def test_a_glyph_of_too_many_parts_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    composed = changed(alone=square_glyph(0, ["A"] * 9))
    assert EmbeddedTypeface.read(composed, "key", Budget()).of_number(3) is not None
    monkeypatch.setattr(typefaces, "MAX_OUTLINE_PARTS", 8)
    assert EmbeddedTypeface.read(composed, "key", Budget()).of_number(3) is None
    monkeypatch.setattr(typefaces, "MAX_OUTLINE_POINTS", 3)
    assert EmbeddedTypeface.read(composed, "key", Budget()).of_number(1) is None


def test_a_font_that_cannot_be_read_is_told_and_replaced() -> None:
    named = fonts('<ofd:Font ID="9" FontName="Own"><ofd:FontFile>own.ttf</ofd:FontFile></ofd:Font>')
    drawn = draw(text_object("A"), resources=named, more={"Doc_0/Res/own.ttf": b"no font"})
    assert lacks(drawn) == [
        ("font-damaged", "Own: no TrueType or OpenType font"),
        ("font-substituted", "Own → Trustkit Hei"),
    ]
    gone = draw(text_object("A"), resources=named)
    assert lacks(gone)[0] == ("font-damaged", "Own: the package has no such file")


def resource(name: str, **marks: bool) -> FontResource:
    given = {"is_bold": False, "is_italic": False, "is_serif": False, "is_fixed": False, **marks}
    return FontResource(name=name, family="", file=None, **given)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("宋体", FontRole.SERIF),
        ("SimSun", FontRole.SERIF),
        ("Times New Roman", FontRole.SERIF),
        ("Courier New", FontRole.SERIF),
        ("黑体", FontRole.SANS),
        ("微软雅黑", FontRole.SANS),
        ("Arial", FontRole.SANS),
        ("楷体", FontRole.SCRIPT),
        ("KaiTi_GB2312", FontRole.SCRIPT),
        ("仿宋", FontRole.SCRIPT),
        ("方正小标宋简体", FontRole.SERIF),
        ("某某体", FontRole.SERIF),
        ("Unheard", FontRole.SANS),
        ("", FontRole.SERIF),
    ],
)
def test_which_font_stands_in(name: str, role: FontRole) -> None:
    assert role_of(resource(name)) is role


def test_the_houses_fonts_know_what_they_lack() -> None:
    house = HouseTypeface(find_fonts(), FontRole.SANS, Budget())
    assert house.of_character("\ue000") is None
    assert house.of_character("文") is not None
    assert house.family == "Trustkit Hei"
    assert role_of(resource("Unheard", is_serif=True)) is FontRole.SERIF
