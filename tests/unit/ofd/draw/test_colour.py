from __future__ import annotations

import pytest

from tests.support.ofd_drawings import content, draw, element, lacks, named, operations, path_object, resource

SPACES = (
    "<ofd:ColorSpaces>"
    '<ofd:ColorSpace ID="1" Type="GRAY"/><ofd:ColorSpace ID="2" Type="CMYK"/>'
    '<ofd:ColorSpace ID="3" Type="RGB" BitsPerComponent="4"/>'
    '<ofd:ColorSpace ID="4" Type="RGB"><ofd:Palette><ofd:CV>255 0 0</ofd:CV><ofd:CV>0 0 255</ofd:CV></ofd:Palette></ofd:ColorSpace>'
    "</ofd:ColorSpaces>"
)
BOX = 'Boundary="0 0 9 9" Fill="true" Stroke="false"'
SQUARE = "M 0 0 L 5 0 L 5 5 C"


def filled(colour: str, common: str = "") -> tuple[list[tuple[float, ...]], list[tuple[str, str]]]:
    drawn = draw(path_object(SQUARE, BOX, colour), resources=SPACES, common=common)
    return named(drawn, "rg"), lacks(drawn)


@pytest.mark.parametrize(
    ("attributes", "rgb"),
    [
        ('Value="255 0 51"', (1, 0, 0.2)),
        ('Value="#FF #00 #33"', (1, 0, 0.2)),
        ('Value="255,0,51"', (1, 0, 0.2)),
        ('Value="300 -5 51.0"', (1, 0, 0.2)),
        ('Value="51" ColorSpace="1"', (0.2, 0.2, 0.2)),
        ('Value="0 255 0 0" ColorSpace="2"', (1, 0, 1)),
        ('Value="0 0 0 255" ColorSpace="2"', (0, 0, 0)),
        ('Value="15 0 3" ColorSpace="3"', (1, 0, 0.2)),
        ('Index="1" ColorSpace="4"', (0, 0, 1)),
        ("", (0, 0, 0)),
    ],
)
def test_colours(attributes: str, rgb: tuple[float, ...]) -> None:
    assert filled(f"<ofd:FillColor {attributes}/>") == ([rgb], [])


def test_the_documents_own_colour_space_is_the_default() -> None:
    assert filled('<ofd:FillColor Value="51"/>', "<ofd:DefaultCS>1</ofd:DefaultCS>") == ([(0.2, 0.2, 0.2)], [])


@pytest.mark.parametrize(
    ("attributes", "rgb", "told"),
    [
        ('Value="255 0 0" ColorSpace="9"', (1, 0, 0), "ColorSpace 9"),
        ('Value="51"', (0.2, 0.2, 0.2), "RGB: 51"),
        ('Value="0 0 0 255"', (0, 0, 0), "RGB: 0 0 0 255"),
    ],
)
def test_colours_that_are_not_as_announced_are_told(attributes: str, rgb: tuple[float, ...], told: str) -> None:
    assert filled(f"<ofd:FillColor {attributes}/>") == ([rgb], [("colour", told)])


@pytest.mark.parametrize(
    "attributes",
    [
        'Value="1 2"',
        'Value="1 2 3 4 5"',
        'Value="a b c"',
        'Value="#xy 0 0"',
        'Index="7" ColorSpace="4"',
        'Index="x"',
        'Value="1 2 nan"',
    ],
)
def test_colours_that_make_no_sense_are_told_and_not_drawn(attributes: str) -> None:
    rgb, told = filled(f"<ofd:FillColor {attributes}/>")
    assert rgb == []
    assert [kind for kind, _ in told] == ["colour"]


STOPS = '<ofd:Segment Position="0"><ofd:Color Value="255 0 0"/></ofd:Segment><ofd:Segment Position="0.25"><ofd:Color Value="0 255 0"/></ofd:Segment><ofd:Segment><ofd:Color Value="0 0 255"/></ofd:Segment>'


def shaded(shading: str) -> object:
    drawn = draw(path_object(SQUARE, BOX, f"<ofd:FillColor>{shading}</ofd:FillColor>"))
    assert drawn.notes == ()
    name = next(word for word in content(drawn.pdf).split() if word.startswith(b"/S")).decode()[1:]
    return resource(drawn.pdf, "Shading", name)


def test_axial_gradients() -> None:
    found = shaded(element("AxialShd", 'StartPoint="0 0" EndPoint="5 5" Extend="2"', STOPS))
    assert [float(each) for each in found["/Coords"]] == [0, 0, 5, 5]  # type: ignore[index]
    assert [bool(each) for each in found["/Extend"]] == [False, True]  # type: ignore[index]
    function = found["/Function"]  # type: ignore[index]
    assert [float(each) for each in function["/Bounds"]] == [0.25]
    assert [float(each) for each in function["/Functions"][1]["/C1"]] == [0, 0, 1]


def test_radial_gradients_of_ellipses() -> None:
    radial = element(
        "RadialShd", 'StartPoint="1 2" EndPoint="1 2" EndRadius="5" Eccentricity="0.6" Angle="90" Extend="3"', STOPS
    )
    found = shaded(radial)
    assert [float(each) for each in found["/Coords"]] == pytest.approx([2, -1.25, 0, 2, -1.25, 5])  # type: ignore[index]
    drawn = draw(path_object(SQUARE, BOX, f"<ofd:FillColor>{radial}</ofd:FillColor>"))
    assert named(drawn, "cm")[-1] == pytest.approx((0, 1, -0.8, 0, 0, 0))


@pytest.mark.parametrize(
    ("shading", "told"),
    [
        (element("AxialShd", 'StartPoint="0 0" EndPoint="5 5"'), ("gradient-simplified", "Segment")),
        (element("AxialShd", 'EndPoint="5 5"', STOPS), ("gradient-simplified", "StartPoint")),
        (element("AxialShd", 'StartPoint="0" EndPoint="5 5"', STOPS), ("number", "0")),
        (
            element("GouraudShd", "", "<ofd:Point><ofd:Color Value='255 0 0'/></ofd:Point>"),
            ("gradient-simplified", "GouraudShd"),
        ),
        (element("Pattern", 'Width="1"'), ("pattern-simplified", "")),
    ],
)
def test_gradients_that_cannot_be_drawn_become_a_colour_and_are_told(shading: str, told: tuple[str, str]) -> None:
    drawn = draw(path_object(SQUARE, BOX, f"<ofd:FillColor>{shading}</ofd:FillColor>"))
    assert lacks(drawn) == [told]
    assert operations(drawn)[-1][0] == "f"


def test_gradients_that_repeat_are_told() -> None:
    axial = element("AxialShd", 'StartPoint="0 0" EndPoint="5 5" MapType="Repeat"', STOPS)
    assert lacks(draw(path_object(SQUARE, BOX, f"<ofd:FillColor>{axial}</ofd:FillColor>"))) == [
        ("gradient-simplified", "Repeat")
    ]
    line = draw(path_object(SQUARE, 'Boundary="0 0 9 9"', f"<ofd:StrokeColor>{axial}</ofd:StrokeColor>"))
    assert lacks(line) == [("gradient-simplified", "StrokeColor")]
    assert named(line, "RG") == [(0.33333, 0.33333, 0.33333)]


def test_patterns_repeat_their_cell() -> None:
    cell = element("CellContent", "", path_object("M 0 0 L 1 1", 'Boundary="0 0 1 1"'))
    pattern = element("Pattern", 'Width="2" Height="3" XStep="1" YStep="4" CTM="1 0 0 1 7 0"', cell)
    drawn = draw(
        path_object(SQUARE, f"{BOX.replace('0 0 9 9', '10 20 9 9')}", f"<ofd:FillColor>{pattern}</ofd:FillColor>")
    )
    assert drawn.notes == ()
    name = next(word for word in content(drawn.pdf).split() if word.startswith(b"/P") and word != b"/Pattern").decode()[
        1:
    ]
    found = resource(drawn.pdf, "Pattern", name)
    assert [float(found[key]) for key in ("/XStep", "/YStep")] == [2, 4]  # type: ignore[index] # no narrower than the cell
    matrix = [float(each) for each in found["/Matrix"]]  # type: ignore[index]
    k = 72 / 25.4
    assert matrix == pytest.approx([k, 0, 0, -k, 17 * k, 30 * k], abs=1e-3)
    assert b" S" in found.data or b"S" in found.data.split()  # type: ignore[attr-defined]
    odd = pattern.replace('XStep="1"', 'ReflectMethod="Row" RelativeTo="Page"')
    told = lacks(draw(path_object(SQUARE, BOX, f"<ofd:FillColor>{odd}</ofd:FillColor>")))
    assert told == [("pattern-simplified", "Row"), ("pattern-simplified", "RelativeTo")]


def test_a_pattern_within_itself_ends() -> None:
    composite = element("CompositeObject", 'Boundary="0 0 9 9" ResourceID="70"')
    pattern = element("Pattern", 'Width="2" Height="2"', element("CellContent", "", composite))
    unit = element("Content", "", path_object(SQUARE, BOX, f"<ofd:FillColor>{pattern}</ofd:FillColor>"))
    units = f'<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="70">{unit}</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>'
    assert lacks(draw(composite, resources=units)) == [("recursion", "CompositeGraphicUnit 70")]
