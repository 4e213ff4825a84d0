"""Pages of whatever objects, attributes and files: drawn or told, never a crash, and always a PDF that opens."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pypdfium2
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.ofd.draw import limits
from esign.ofd.draw.budget import Budget
from esign.ofd.draw.deltas import read_deltas
from esign.ofd.draw.draw import draw_ofd
from esign.ofd.draw.geometry import within
from esign.ofd.draw.jbig2 import JBIG2_MARK, split_file
from esign.ofd.draw.notes import Undrawable
from esign.ofd.draw.path_data import read_path
from esign.ofd.draw.typefaces import EmbeddedTypeface
from esign.rendering.fonts import find_fonts
from tests.support.examples import scaled
from tests.support.ofd_drawings import (
    EMBEDDED,
    element,
    files_of,
    image_object,
    media,
    own_font,
    path_object,
    picture,
    text_object,
    zipped,
)
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBERS = st.sampled_from(
    ["0", "1", "-1", "0.001", "1e6", "-1000000", "1e-300", "nan", "inf", "1e999", "x", "", "255", "9" * 30]
)
WORDS = st.sampled_from(
    ["g", "true", "false", "Even-Odd", "Round", "#ff", "50", "9", "70", "M", "L", "A", "C", "B", "Repeat", "\u8425"]
)
VALUES = st.lists(st.one_of(NUMBERS, WORDS), max_size=8).map(" ".join)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        [
            "Boundary",
            "CTM",
            "Fill",
            "Stroke",
            "Rule",
            "LineWidth",
            "Cap",
            "Join",
            "DashPattern",
            "DashOffset",
            "Alpha",
            "Visible",
            "DrawParam",
            "Font",
            "Size",
            "HScale",
            "X",
            "Y",
            "DeltaX",
            "DeltaY",
            "ReadDirection",
            "CharDirection",
            "Weight",
            "Italic",
            "ResourceID",
            "ImageMask",
            "Value",
            "Index",
            "ColorSpace",
            "StartPoint",
            "EndPoint",
            "EndRadius",
            "Eccentricity",
            "Angle",
            "Extend",
            "MapType",
            "Position",
            "Width",
            "Height",
            "XStep",
            "YStep",
            "CodePosition",
            "CodeCount",
            "GlyphCount",
            "Type",
            "ID",
        ]
    ),
    VALUES,
    max_size=6,
)
NAMES = st.sampled_from(
    [
        "TextObject",
        "TextCode",
        "CGTransform",
        "Glyphs",
        "PathObject",
        "AbbreviatedData",
        "ImageObject",
        "CompositeObject",
        "PageBlock",
        "Layer",
        "FillColor",
        "StrokeColor",
        "AxialShd",
        "RadialShd",
        "GouraudShd",
        "Segment",
        "Color",
        "Pattern",
        "CellContent",
        "Clips",
        "Clip",
        "Area",
        "Path",
        "Text",
        "Border",
        "Actions",
        "Nonsense",
    ]
)


def _tree(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def build(name: str, attributes: Mapping[str, str], inside: list[str]) -> str:
        written = " ".join(f'{key}="{value}"' for key, value in attributes.items())
        return element(name, written, "".join(inside))

    return st.builds(build, NAMES, ATTRIBUTES, st.lists(children, max_size=4))


TREES = st.recursive(VALUES, _tree, max_leaves=25)
UNITS = (
    '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="70"><ofd:Content>{}</ofd:Content></ofd:CompositeGraphicUnit>'
    '</ofd:CompositeGraphicUnits><ofd:DrawParams><ofd:DrawParam ID="9" Relative="50"/></ofd:DrawParams>'
)
PATH = path_object(
    "M 0 0 A 5 5 0 0 1 9 9 B 1 1 2 2 3 3 C",
    'Boundary="0 0 20 20" Fill="true" LineWidth="1"',
    '<ofd:FillColor Value="1 2 3"/>',
)


@cache
def _files() -> dict[str, bytes]:
    return {"Doc_0/Res/own.ttf": own_font(), "Doc_0/Res/a.png": picture()}


def package(objects: str, *, unit: str = "", more: Mapping[str, bytes] | None = None) -> bytes:
    """Return a document with these objects and all that they can refer to."""
    resources = EMBEDDED + media("a.png") + UNITS.format(unit)
    return zipped(files_of(objects, resources=resources, more={**_files(), **(more or {})}))


def look(data: bytes) -> None:
    """Draw octets twice and open what was drawn; a refusal of ours is fine."""
    try:
        drawn = draw_ofd(data, fonts=find_fonts())
    except TrustError:
        return
    assert drawn == draw_ofd(data, fonts=find_fonts())
    assert len(drawn.notes) <= limits.MAX_NOTES + 1
    assert all(0 < page.width <= limits.MAX_SIDE_MM for page in drawn.pages)
    assert b"nan" not in drawn.pdf.split(b"stream")[0]
    opened = pypdfium2.PdfDocument(drawn.pdf)
    assert len(opened) == len(drawn.pages)


@given(TREES, TREES)
@settings(max_examples=scaled(60), deadline=None)
def test_whatever_stands_on_a_page(objects: str, unit: str) -> None:
    look(package(objects + PATH, unit=unit))


@given(VALUES)
@settings(max_examples=scaled(300), deadline=None)
def test_paths_and_distances_stay_within_bounds(text: str) -> None:
    steps, _ = read_path(text, 20)
    assert len(steps) <= 20
    for _, values in steps:
        assert within(zip(values[::2], values[1::2], strict=True))
    try:
        assert len(read_deltas(text, 9)) <= 9
    except Undrawable:
        return


@given(st.data())
@settings(max_examples=scaled(100), deadline=None)
def test_a_changed_font_is_refused_or_gives_bounded_glyphs(data: st.DataObject) -> None:
    octets = bytearray(own_font())
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        typeface = EmbeddedTypeface.read(bytes(octets), "key", Budget())
    except Undrawable:
        return
    for found in (typeface.of_character("A"), typeface.of_character("B"), *map(typeface.of_number, range(5))):
        if found is not None:
            assert sum(len(contour.segments) for contour in found[1].contours) <= limits.MAX_OUTLINE_POINTS


@given(st.binary(max_size=80))
@settings(max_examples=scaled(200))
def test_a_jbig2_file_is_refused_or_taken_apart(data: bytes) -> None:
    try:
        width, height, page, shared = split_file(JBIG2_MARK + data)
    except Undrawable:
        return
    assert width >= 0
    assert height >= 0
    assert len(page) + len(shared) <= len(data) + 8


@given(st.data())
@settings(max_examples=scaled(40), deadline=None)
def test_a_changed_picture_is_drawn_or_told(data: st.DataObject) -> None:
    octets = bytearray(picture(form=data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF"]))))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    files = {"Doc_0/Res/a.png": bytes(octets)}
    look(package(image_object('Boundary="0 0 9 9" ResourceID="50"') + text_object("A"), more=files))
