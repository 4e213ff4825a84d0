from __future__ import annotations

import pytest

from esign.ofd.draw import limits
from tests.support.ofd_drawings import (
    EMBEDDED,
    SONG,
    content,
    draw,
    element,
    fonts,
    lacks,
    named,
    own_font,
    resource,
    text_object,
)

OWN = {"Doc_0/Res/own.ttf": own_font()}
BOX = 'Boundary="0 0 90 40" Font="9" Size="10"'


def places(objects: str) -> list[tuple[float, ...]]:
    """Return where glyphs stand: their origin alone."""
    drawn = draw(objects, resources=EMBEDDED, more=OWN)
    assert drawn.notes == ()
    return [numbers[4:] for numbers in named(drawn, "Tm")]


def own(*codes: str, attributes: str = "") -> str:
    return element("TextObject", f"{BOX} {attributes}", "".join(codes))


def code(text: str, attributes: str = 'X="0" Y="10"') -> str:
    return f"<ofd:TextCode {attributes}>{text}</ofd:TextCode>"


def exchange(attributes: str, glyphs: str) -> str:
    return f"<ofd:CGTransform {attributes}><ofd:Glyphs>{glyphs}</ofd:Glyphs></ofd:CGTransform>"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('X="1" Y="2" DeltaX="3 4 5"', [(1, 2), (4, 2), (8, 2), (13, 2)]),
        ('X="1" Y="2" DeltaX="g 3 3"', [(1, 2), (4, 2), (7, 2), (10, 2)]),
        ('X="1" Y="2" DeltaX="3"', [(1, 2), (4, 2), (7, 2), (10, 2)]),  # the last one goes on
        ('X="1" Y="2" DeltaY="5"', [(1, 2), (1, 7), (1, 12), (1, 17)]),
        ('X="1" Y="2" DeltaX="g 1 3 -3 3" DeltaY="0 4 0"', [(1, 2), (4, 2), (1, 6), (4, 6)]),
        ('X="1" Y="2"', [(1, 2), (7, 2), (13, 2), (19, 2)]),  # by the widths of the font
    ],
)
def test_characters_stand_at_their_distances(attributes: str, expected: list[tuple[float, float]]) -> None:
    assert places(own(code("ABAB", attributes))) == expected


def test_a_text_code_without_a_place_begins_where_the_last_one_began() -> None:
    assert places(own(code("A", 'X="1" Y="2"'), code("B", 'Y="9"'))) == [(1, 2), (1, 9)]


@pytest.mark.parametrize(("read", "expected"), [(0, (6, 0)), (90, (0, 6)), (180, (-6, 0)), (270, (0, -6))])
def test_without_distances_texts_run_in_their_reading_direction(read: int, expected: tuple[float, float]) -> None:
    (x, y), (u, v) = places(own(code("AA", 'X="30" Y="30"'), attributes=f'ReadDirection="{read}"'))
    assert (u - x, v - y) == expected


@pytest.mark.parametrize(
    ("attributes", "matrix"),
    [
        ("", (10, 0, 0, -10)),
        ('HScale="0.5"', (5, 0, 0, -10)),
        ('CharDirection="90"', (0, 10, 10, 0)),  # clockwise
        ('CharDirection="180"', (-10, 0, 0, 10)),
        ('CharDirection="270"', (0, -10, -10, 0)),
        ('CharDirection="450"', (0, 10, 10, 0)),
        ('Italic="true"', (10, 0, 2.1, -10)),
        ('Size="-10"', (10, 0, 0, -10)),
    ],
)
def test_characters_are_scaled_turned_and_slanted(attributes: str, matrix: tuple[float, ...]) -> None:
    box = BOX.replace('Size="10"', "") if "Size" in attributes else BOX
    drawn = draw(element("TextObject", f"{box} {attributes}", code("A")), resources=EMBEDDED, more=OWN)
    assert [numbers[:4] for numbers in named(drawn, "Tm")] == [matrix]


def test_an_odd_direction_is_told() -> None:
    drawn = draw(own(code("A"), attributes='CharDirection="45"'), resources=EMBEDDED, more=OWN)
    assert lacks(drawn) == [("style", "CharDirection 45")]


def texts(objects: str) -> list[str]:
    """Return what the glyphs of a page stand for, by code."""
    drawn = draw(objects, resources=EMBEDDED, more=OWN)
    assert drawn.notes == ()
    name = next(word for word in content(drawn.pdf).split() if word.startswith(b"/F")).decode()[1:]
    table = resource(drawn.pdf, "Font", name)["/ToUnicode"].data.decode()  # type: ignore[index]
    rows = table.split("beginbfchar\n")[1].split("\nendbfchar")[0].splitlines()
    return [bytes.fromhex(row.split()[1][1:-1]).decode("utf-16-be") for row in rows]


def outlines(objects: str) -> list[float]:
    """Return how high the shown glyphs are, in ems."""
    drawn = draw(objects, resources=EMBEDDED, more=OWN)
    name = next(word for word in content(drawn.pdf).split() if word.startswith(b"/F")).decode()[1:]
    font = resource(drawn.pdf, "Font", name)
    shown = [int(word[1:-1], 16) for word in content(drawn.pdf).split() if word.startswith(b"<")]
    procedures = [font["/CharProcs"][f"/g{number}"].data.decode() for number in shown]  # type: ignore[index]
    return [float(procedure.split("\n")[0].split()[5]) / 1000 for procedure in procedures]


def test_glyph_numbers_replace_characters() -> None:
    assert outlines(own(exchange('CodePosition="1" CodeCount="1" GlyphCount="1"', "3"), code("ABA"))) == [
        0.5,
        0.125,
        0.5,
    ]
    assert outlines(own(exchange('CodePosition="0" CodeCount="3" GlyphCount="2"', "3 2"), code("ABA"))) == [0.125, 0.25]
    assert outlines(own(exchange('CodePosition="0"', "1 2 3"), code("A"))) == [0.5, 0.25, 0.125]


def test_glyph_numbers_stand_for_their_characters() -> None:
    assert texts(own(exchange('CodePosition="0" CodeCount="2" GlyphCount="2"', "3 2"), code("营业"))) == ["营", "业"]
    assert texts(own(exchange('CodePosition="0" CodeCount="2" GlyphCount="1"', "3"), code("fi"))) == ["fi"]


def test_glyph_numbers_of_a_later_text_code_may_stand_before_the_first() -> None:
    first, second = exchange('CodePosition="0"', "3"), exchange('CodePosition="2"', "2")
    assert outlines(own(first, second, code("AA"), code("A", 'X="0" Y="30"'))) == [0.125, 0.5, 0.25]
    assert outlines(own(first, code("A"), second.replace('"2"', '"0"'), code("A"))) == [0.125, 0.25]


@pytest.mark.parametrize("glyphs", ["", "x", "-1", "1.5", "99999999"])
def test_glyph_numbers_that_make_no_sense_are_told(glyphs: str) -> None:
    drawn = draw(own(exchange('CodePosition="0"', glyphs), code("A")), resources=EMBEDDED, more=OWN)
    assert [kind for kind, _ in lacks(drawn)] == ["glyph"]
    assert len(named(drawn, "Tm")) == 1


def test_a_glyph_the_font_has_not_is_told() -> None:
    drawn = draw(own(exchange('CodePosition="0"', "4"), code("A")), resources=EMBEDDED, more=OWN)
    assert lacks(drawn) == [("glyph", "#4")]
    assert drawn.notes[0].is_missing


def test_a_character_the_font_has_not_is_borrowed_and_told() -> None:
    drawn = draw(own(code("A营")), resources=EMBEDDED, more=OWN)
    assert lacks(drawn) == [("glyph-borrowed", "U+8425")]
    assert len(named(drawn, "Tm")) == 2


def test_a_character_no_font_has_is_left_out_and_told() -> None:
    drawn = draw(own(code("A\ue000A", 'X="0" Y="5" DeltaX="5"')), resources=EMBEDDED, more=OWN)
    assert lacks(drawn) == [("glyph", "U+E000")]
    assert [numbers[4] for numbers in named(drawn, "Tm")] == [0, 10]  # its place stays empty: no box


def test_blanks_are_no_lack() -> None:
    drawn = draw(own(code("A \u200b\u3000A", 'X="0" Y="5" DeltaX="5"')), resources=EMBEDDED, more=OWN)
    assert drawn.notes == ()
    assert [numbers[4] for numbers in named(drawn, "Tm")][-1] == 20


def test_line_breaks_of_the_xml_are_no_characters() -> None:
    assert places(own(code("\n   AB\n ", 'X="0" Y="5" DeltaX="5"'))) == [(0, 5), (5, 5)]
    assert places(own(code("AB<!-- x -->", 'X="0" Y="5" DeltaX="5"'))) == [(0, 5), (5, 5)]


@pytest.mark.parametrize(
    ("attributes", "text", "told"),
    [
        ('X="q" Y="5"', "A", "number"),
        ('X="0" Y="5" DeltaX="g"', "AA", "number"),
        ('X="0" Y="5"', "A" * (limits.MAX_TEXT + 1), "limit"),
    ],
)
def test_a_text_that_makes_no_sense_is_told_and_the_next_one_drawn(attributes: str, text: str, told: str) -> None:
    drawn = draw(own(code(text, attributes), code("B", 'X="1" Y="1"')), resources=EMBEDDED, more=OWN)
    assert [kind for kind, _ in lacks(drawn)] == [told]
    assert [numbers[4:] for numbers in named(drawn, "Tm")] == [(1, 1)]


def test_a_text_of_no_size_is_told() -> None:
    drawn = draw(text_object("A", attributes='Boundary="0 0 9 9" Font="9"'), resources=EMBEDDED, more=OWN)
    assert lacks(drawn) == [("number", "Size")]


@pytest.mark.parametrize("scale", ["0", "1e-300"])
def test_a_text_of_no_width_is_told_and_the_next_one_drawn(scale: str) -> None:
    flat = own(code("A注", 'X="0" Y="10" DeltaX="3"'), attributes=f'HScale="{scale}"').replace(
        'Size="10"', 'Size="1e-30"'
    )
    drawn = draw(flat + own(code("B", 'X="1" Y="1"')), resources=EMBEDDED, more=OWN)
    assert lacks(drawn) == [("number", "HScale")]
    assert [numbers[4:] for numbers in named(drawn, "Tm")] == [(1, 1)]


def test_a_letter_that_stands_in_is_made_no_wider_than_its_room() -> None:
    """A Courier's W is as wide as its i; that of the house's font would run into the next letter."""
    drawn = draw(text_object("WW", 'X="0" Y="5" DeltaX="2"'), resources=SONG)
    assert [numbers[0] < 4 for numbers in named(drawn, "Tm")] == [True, False]  # after the last there is room
    courier = fonts('<ofd:Font ID="9" FontName="Courier New"/>')
    narrow = draw(text_object("ii", 'X="0" Y="5" DeltaX="2.4"'), resources=courier)
    assert named(narrow, "Tm")[0][0] == 4
    assert named(narrow, "Tm")[0][4] > 0.3  # in the middle of its room


def test_bold_and_slanted_fonts_are_made_of_regular_ones_where_others_stand_in() -> None:
    heavy = fonts('<ofd:Font ID="9" FontName="黑体" Bold="true" Italic="true"/>')
    drawn = draw(text_object("文"), resources=heavy)
    assert named(drawn, "Tm")[0][2] > 0
    name = next(word for word in content(drawn.pdf).split() if word.startswith(b"/F")).decode()[1:]
    procedure = resource(drawn.pdf, "Font", name)["/CharProcs"]["/g1"].data.decode()  # type: ignore[index]
    assert procedure.endswith(" B")
    weighed = draw(text_object("A", attributes=f'{BOX} Weight="700"'), resources=EMBEDDED, more=OWN)
    assert b"B" not in content(weighed.pdf).split()  # the font brings its own weight
