from __future__ import annotations

import pytest

from tests.support.ofd_drawings import (
    EMBEDDED,
    SONG,
    content,
    draw,
    element,
    image_object,
    lacks,
    media,
    named,
    operations,
    own_font,
    path_object,
    picture,
    resource,
    text_object,
)

LINE = "M 0 0 L 10 0"


def test_a_page_is_as_large_as_told_and_measured_from_its_top_left_corner() -> None:
    drawn = draw(path_object(LINE))
    assert [(page.number, page.width, page.height) for page in drawn.pages] == [(1, 100, 50)]
    assert content(drawn.pdf).splitlines()[1] == b"2.834645669 0 0 -2.834645669 0 141.732283465 cm"
    moved = draw(path_object(LINE), size="10 20 100 50")
    assert content(moved.pdf).splitlines()[1] == b"2.834645669 0 0 -2.834645669 -28.346456693 198.42519685 cm"


def test_a_path_lies_at_its_boundary_after_its_matrix_and_is_cut_off_there() -> None:
    found = operations(draw(path_object(LINE, 'Boundary="5 6 30 0" CTM="2 0 0 2 1 1" LineWidth="0.5"')))
    assert found == [
        ("re", (4.5, 5.5, 31, 1)),  # half of the doubled line around it: a line on the edge is whole
        ("W", ()),
        ("n", ()),
        ("cm", (1, 0, 0, 1, 5, 6)),
        ("cm", (2, 0, 0, 2, 1, 1)),
        ("RG", (0, 0, 0)),
        ("w", (0.5,)),
        ("J", (0,)),
        ("j", (0,)),
        ("M", (10,)),
        ("m", (0, 0)),
        ("l", (10, 0)),
        ("S", ()),
    ]


@pytest.mark.parametrize(
    ("attributes", "inside", "painted"),
    [
        ("", "", "S"),
        ('Stroke="false"', "", None),
        ('Fill="true"', "", "S"),  # a fill is transparent where no colour is told
        ('Fill="true"', '<ofd:FillColor Value="255 0 0"/>', "B"),
        ('Fill="true" Stroke="false"', '<ofd:FillColor Value="255 0 0"/>', "f"),
        ('Fill="true" Stroke="false" Rule="Even-Odd"', '<ofd:FillColor Value="255 0 0"/>', "f*"),
        ('Fill="true" Rule="Even-Odd"', '<ofd:FillColor Value="255 0 0"/>', "B*"),
    ],
)
def test_filling_and_stroking(attributes: str, inside: str, painted: str | None) -> None:
    found = [name for name, _ in operations(draw(path_object(LINE, f'Boundary="0 0 9 9" {attributes}', inside)))]
    assert [name for name in found if name in {"S", "B", "f", "f*", "B*"}] == ([painted] if painted else [])


def test_lines_have_their_ends_joins_and_dashes() -> None:
    attributes = 'Boundary="0 0 9 9" LineWidth="2" Cap="Round" Join="Bevel" MiterLimit="7.056" DashPattern="2 1" DashOffset="0.5"'
    found = dict(operations(draw(path_object(LINE, attributes))))
    assert [found[name] for name in "wJjM"] == [(2,), (1,), (2,), (20,)]
    assert list(found["d"]) == [2, 1, 0.5]
    assert "d" not in dict(operations(draw(path_object(LINE, 'Boundary="0 0 9 9" DashPattern="0 0"'))))


def test_draw_parameters_are_inherited_the_nearest_first() -> None:
    params = (
        '<ofd:DrawParams><ofd:DrawParam ID="1" LineWidth="1" Join="Round"><ofd:StrokeColor Value="255 0 0"/></ofd:DrawParam>'
        '<ofd:DrawParam ID="2" Relative="1" Cap="Square"/>'
        '<ofd:DrawParam ID="3" LineWidth="3" Join="Bevel"><ofd:StrokeColor Value="0 0 255"/></ofd:DrawParam></ofd:DrawParams>'
    )
    layers = '<ofd:Layer DrawParam="3">{}</ofd:Layer>'
    own = dict(
        operations(
            draw(
                layers=layers.format(path_object(LINE, 'Boundary="0 0 9 9" DrawParam="2" LineWidth="9"')),
                resources=params,
            )
        )
    )
    assert (own["w"], own["J"], own["j"], own["RG"]) == ((9,), (2,), (1,), (1, 0, 0))
    layer = dict(operations(draw(layers=layers.format(path_object(LINE)), resources=params)))
    assert (layer["w"], layer["j"], layer["RG"]) == ((3,), (2,), (0, 0, 1))


@pytest.mark.parametrize(
    ("params", "number"),
    [("", "7"), ('<ofd:DrawParam ID="7" Relative="7"/>', "7"), ('<ofd:DrawParam ID="7" Relative="8"/>', "8")],
)
def test_draw_parameters_that_are_not_there_are_told(params: str, number: str) -> None:
    drawn = draw(
        path_object(LINE, 'Boundary="0 0 9 9" DrawParam="7"'), resources=f"<ofd:DrawParams>{params}</ofd:DrawParams>"
    )
    assert lacks(drawn) == [("style", f"DrawParam {number}")]
    assert named(drawn, "S") == [()]


def test_opacities_are_multiplied() -> None:
    fill = '<ofd:FillColor Value="0 0 0" Alpha="51"/>'
    drawn = draw(path_object(LINE, 'Boundary="0 0 9 9" Fill="true" Alpha="127.5"', fill))
    state = next(line for line in content(drawn.pdf).split(b"\n") if line.endswith(b" gs"))
    found = resource(drawn.pdf, "ExtGState", state.split()[0][1:].decode())
    assert (float(found["/ca"]), float(found["/CA"])) == (0.1, 0.5)  # type: ignore[index]


def test_what_is_marked_invisible_is_not_drawn_and_told() -> None:
    drawn = draw(path_object(LINE, 'ID="77" Boundary="0 0 9 9" Visible="false"') + path_object(LINE))
    assert len(named(drawn, "S")) == 1
    assert [(note.lack.value, note.object_id, note.is_missing) for note in drawn.notes] == [("hidden", "77", False)]


def test_texts_are_shown_glyph_by_glyph_where_they_stand() -> None:
    drawn = draw(
        text_object("AB", 'X="1" Y="5" DeltaX="3"'), resources=EMBEDDED, more={"Doc_0/Res/own.ttf": own_font()}
    )
    assert named(drawn, "Tm") == [(4, 0, 0, -4, 1, 5), (4, 0, 0, -4, 4, 5)]
    assert named(drawn, "rg") == [(0, 0, 0)]
    assert ("cm", (1, 0, 0, 1, 10, 20)) in operations(drawn)
    assert named(drawn, "re") == []  # texts are not cut off
    assert drawn.notes == ()


def test_a_stroked_text_is_a_path() -> None:
    inside = '<ofd:FillColor Value="0 0 255"/><ofd:StrokeColor Value="255 0 0"/>'
    attributes = 'Boundary="10 20 50 8" Font="9" Size="4" Stroke="true" LineWidth="0.1"'
    drawn = draw(
        text_object("A", attributes=attributes, inside=inside),
        resources=EMBEDDED,
        more={"Doc_0/Res/own.ttf": own_font()},
    )
    found = operations(drawn)
    assert [numbers for name, numbers in found if name in "mlh"] == [(0, 5), (0, 3), (2, 3), (2, 5), ()]
    assert found[-1][0] == "B"
    assert (named(drawn, "rg"), named(drawn, "RG")) == ([(0, 0, 1)], [(1, 0, 0)])


def test_a_picture_fills_its_matrix_with_its_first_row_on_top() -> None:
    files = {"Doc_0/Res/a.png": picture()}
    drawn = draw(
        image_object('Boundary="5 6 20 10" CTM="20 0 0 10 0 0" ResourceID="50"'), resources=media("a.png"), more=files
    )
    assert operations(drawn) == [
        ("re", (5, 6, 20, 10)),
        ("W", ()),
        ("n", ()),
        ("cm", (1, 0, 0, 1, 5, 6)),
        ("cm", (20, 0, 0, 10, 0, 0)),
        ("cm", (1, 0, 0, -1, 0, 1)),
        ("Do", ()),
    ]
    fitted = draw(image_object('Boundary="5 6 20 10" ResourceID="50"'), resources=media("a.png"), more=files)
    assert operations(fitted) == operations(drawn)  # without a matrix it is as large as its boundary


@pytest.mark.parametrize(
    ("attributes", "entries", "told"),
    [
        ('ResourceID="9"', media("a.png"), ("resource", "MultiMedia 9")),
        ("", media("a.png"), ("resource", "MultiMedia None")),
        ('ResourceID="50"', media("b.png"), ("resource", "the package has no such file: b.png")),
        ('ResourceID="50"', media("a.txt"), ("image", "Doc_0/Res/a.txt: UnidentifiedImageError")),
        ('ResourceID="50"', media("a.png").replace("Image", "Video"), ("media", "Video")),
        (
            'ResourceID="50" ImageMask="51"',
            media("a.png", "a.txt"),
            ("image", "Doc_0/Res/a.txt: UnidentifiedImageError"),
        ),
    ],
)
def test_pictures_that_cannot_be_had_are_told(attributes: str, entries: str, told: tuple[str, str]) -> None:
    files = {"Doc_0/Res/a.png": picture(), "Doc_0/Res/a.txt": b"no picture"}
    drawn = draw(image_object(f'Boundary="5 6 20 10" {attributes}'), resources=entries, more=files)
    assert lacks(drawn) == [told]
    assert drawn.notes[0].is_missing
    assert named(drawn, "Do") == []


def test_a_masked_picture_lets_the_ground_shine_through() -> None:
    files = {"Doc_0/Res/a.png": picture(size=(4, 4)), "Doc_0/Res/m.png": picture((64,), (2, 2), mode="L")}
    drawn = draw(
        image_object('Boundary="0 0 9 9" ResourceID="50" ImageMask="51"'), resources=media("a.png", "m.png"), more=files
    )
    name = content(drawn.pdf).split(b"/X")[-1].split()[0].decode()
    mask = resource(drawn.pdf, "XObject", f"X{name}")["/SMask"]  # type: ignore[index]
    assert mask.data == bytes([64]) * 16


UNIT = (
    '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="70" Width="10" Height="10"><ofd:Content>{}</ofd:Content>'
    "</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
)
COMPOSITE = 'Boundary="5 6 20 20" CTM="2 0 0 2 0 0" ResourceID="70"'


def test_a_composite_is_drawn_in_its_own_coordinates() -> None:
    drawn = draw(element("CompositeObject", COMPOSITE), resources=UNIT.format(path_object(LINE, 'Boundary="1 1 9 9"')))
    assert named(drawn, "cm") == [(1, 0, 0, 1, 5, 6), (2, 0, 0, 2, 0, 0), (1, 0, 0, 1, 1, 1)]
    clear = draw(element("CompositeObject", COMPOSITE + ' Alpha="128"'), resources=UNIT.format(path_object(LINE)))
    assert [name for name, _ in operations(clear)][-2:] == ["gs", "Do"]


def test_composites_within_themselves_end() -> None:
    drawn = draw(element("CompositeObject", COMPOSITE), resources=UNIT.format(element("CompositeObject", COMPOSITE)))
    assert lacks(drawn) == [("recursion", "CompositeGraphicUnit 70")]
    none = draw(element("CompositeObject", 'Boundary="0 0 9 9" ResourceID="3"'))
    assert lacks(none) == [("resource", "CompositeGraphicUnit 3")]


def test_blocks_within_blocks_end() -> None:
    deep = path_object(LINE)
    for _ in range(40):
        deep = element("PageBlock", "", deep)
    drawn = draw(deep)
    assert lacks(drawn) == [("recursion", "PageBlock")]
    assert named(drawn, "S") == []


def test_objects_of_unknown_kind_are_told_and_the_rest_is_drawn() -> None:
    drawn = draw(element("Hologram", 'ID="5"') + path_object(LINE) + "<!-- nothing -->")
    assert lacks(drawn) == [("unknown-element", "Hologram")]
    assert named(drawn, "S") == [()]


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ('Boundary="0 0 9"', ("number", "0 0 9")),
        ('Boundary="0 0 nan 9"', ("number", "nan")),
        ('Boundary="0 0 9 9" CTM="1 0 0 1"', ("number", "1 0 0 1")),
        ('Boundary="0 0 9 9" CTM="1 0 0 1 0 inf"', ("number", "inf")),
        ('Boundary="0 0 9 9" Alpha="x"', ("number", "x")),
    ],
)
def test_an_object_whose_place_makes_no_sense_is_left_out_and_told(attributes: str, told: tuple[str, str]) -> None:
    drawn = draw(path_object(LINE, attributes) + path_object(LINE))
    assert lacks(drawn) == [told]
    assert len(named(drawn, "S")) == 1


@pytest.mark.parametrize(
    "attributes", ['LineWidth="nan"', 'DashPattern="1 x"', 'MiterLimit="?"', 'DashPattern="' + "1 " * 99 + '"']
)
def test_a_line_whose_looks_make_no_sense_is_drawn_and_told(attributes: str) -> None:
    drawn = draw(path_object(LINE, f'Boundary="0 0 9 9" {attributes}'))
    assert [kind for kind, _ in lacks(drawn)] == ["style"]
    assert named(drawn, "S") == [()]


def test_a_broken_path_is_told() -> None:
    drawn = draw(path_object("M 0 0 L 5 5 L oops"))
    assert lacks(drawn) == [("path-cut", "")]
    assert drawn.notes[0].is_missing
    assert named(drawn, "l") == [(5, 5)]


def clips(*areas: str) -> str:
    return f"<ofd:Clips>{''.join(f'<ofd:Clip>{area}</ofd:Clip>' for area in areas)}</ofd:Clips>"


def test_clips_cut_off_in_the_objects_coordinates() -> None:
    shape = element("Path", 'Boundary="1 1 5 5"', "<ofd:AbbreviatedData>M 0 0 L 5 0 L 5 5 C</ofd:AbbreviatedData>")
    clip = clips(element("Area", 'CTM="2 0 0 2 0 0"', shape), element("Area", "", shape))
    drawn = draw(path_object(LINE, inside=clip))
    assert named(drawn, "m") == [(2, 2), (1, 1), (0, 0)]
    assert [name for name, _ in operations(drawn)].count("W") == 3
    odd = element(
        "Path", 'Boundary="1 1 5 5" Rule="Even-Odd"', "<ofd:AbbreviatedData>M 0 0 L 5 0 L 5 5 C</ofd:AbbreviatedData>"
    )
    assert "W*" in [name for name, _ in operations(draw(path_object(LINE, inside=clips(element("Area", "", odd)))))]


def test_a_text_may_cut_off() -> None:
    shape = element("Text", 'Boundary="1 1 9 9" Font="9" Size="4"', '<ofd:TextCode X="0" Y="4">A</ofd:TextCode>')
    drawn = draw(
        path_object(LINE, inside=clips(element("Area", "", shape))),
        resources=EMBEDDED,
        more={"Doc_0/Res/own.ttf": own_font()},
    )
    assert named(drawn, "l")[:3] == [(1, 3), (3, 3), (3, 5)]


@pytest.mark.parametrize(
    "clip", [clips(""), clips(element("Area", 'CTM="1"', element("Path"))), clips(element("Area", "", element("Path")))]
)
def test_a_clip_that_cuts_nothing_is_told(clip: str) -> None:
    drawn = draw(path_object(LINE, inside=clip))
    assert [kind for kind, _ in lacks(drawn)] == ["clip"]
    assert named(drawn, "S") == [()]


def test_the_border_of_a_picture_is_told() -> None:
    drawn = draw(
        element("ImageObject", 'Boundary="0 0 9 9" ResourceID="50"', "<ofd:Border/>"),
        resources=media("a.png"),
        more={"Doc_0/Res/a.png": picture()},
    )
    assert lacks(drawn) == [("border", "")]


def test_fonts_that_are_not_there_are_told() -> None:
    drawn = draw(text_object("文"), resources=SONG)
    assert lacks(drawn) == [("font-substituted", "宋体 → Trustkit Song")]
    assert not drawn.notes[0].is_missing
    assert lacks(draw(text_object("文"))) == [("font-substituted", "Font 9 → Trustkit Song")]


def test_the_same_notes_are_told_once_and_counted() -> None:
    drawn = draw(text_object("文") * 3, resources=SONG)
    assert [note.count for note in drawn.notes] == [3]


@pytest.mark.parametrize(("dashes", "kept"), [("0.02 0.02", True), ("0.0001 0.0001", False), ("0 0.0001", False)])
def test_more_dashes_than_can_be_seen_are_a_line_and_told(dashes: str, kept: bool) -> None:  # noqa: FBT001
    drawn = draw(path_object("M 0 0 L 100 0", f'Boundary="0 0 100 9" DashPattern="{dashes}"'))
    assert (named(drawn, "d") != []) is kept
    assert lacks(drawn) == ([] if kept else [("style", "DashPattern")])
