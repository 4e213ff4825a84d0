from __future__ import annotations

from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from esign.rendering.seal_drawing import SealDesign, draw_seal
from esign.rendering.seal_layout import RING, name_contours, star
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.rendering.fonts import FontChain
    from esign.rendering.outlines import Contour

NAME = "示例市市场监督管理局"
LINE = "电子证照专用章"


def test_operators_use_the_whole_box_and_no_resources(fonts: FontChain) -> None:
    drawing = draw_seal(SealDesign(name=NAME, lower_line=LINE), fonts)
    assert drawing.box == pytest.approx((0, 0, 42 / 25.4 * 72, 42 / 25.4 * 72))
    operators = drawing.pdf_operators()
    lines = operators.decode("ascii").splitlines()
    assert lines[0] == "q"
    assert lines[-2:] == ["B", "Q"]
    assert {line.split()[-1] for line in lines} == {"q", "cm", "rg", "RG", "j", "m", "l", "c", "h", "B", "Q"}
    assert b"/" not in operators


def test_everything_lies_within_the_ring(fonts: FontChain) -> None:
    for length in (2, 4, 10, 16, 17, 24, 30, 40):
        design = SealDesign(name=("示例市市场监督管理局" * 4)[:length], lower_line=LINE, code="91990100MA7TRYQ01H")
        contours = draw_seal(design, fonts).contours
        ring, rest = contours[:2], contours[2:]
        assert max(hypot(*point) for contour in ring for point in contour.points()) < 708  # control points of a circle
        farthest = max(hypot(*point) for contour in rest for point in contour.points())
        assert farthest < 500 - RING - 8


@pytest.mark.parametrize("length", [4, 8, 14, 20, 30, 40])
def test_characters_of_the_name_do_not_touch(fonts: FontChain, length: int) -> None:
    # A full square glyph: its box is what a character may take.
    angles: list[tuple[float, float]] = []
    for index in range(length):
        name = "国" * length
        contours = list(name_contours(name, fonts, crowded=False))
        per_character = len(contours) // length
        points = [point for c in contours[index * per_character : (index + 1) * per_character] for point in c.points()]
        bearings = sorted(_bearing(point) for point in points)
        angles.append((bearings[0], bearings[-1]))
    assert all(before[1] < after[0] for before, after in pairwise(angles))
    gaps = [after[0] - before[1] for before, after in pairwise(angles)]
    assert max(gaps) - min(gaps) < 0.01  # even spacing, in degrees
    assert angles[0][0] == pytest.approx(-angles[-1][1], abs=1.5)  # as far left as right of the star


def _bearing(point: tuple[float, float]) -> float:
    return degrees(atan2(point[0], point[1]))


def test_the_lower_line_keeps_clear_of_the_name(fonts: FontChain) -> None:
    for length in (10, 16, 24, 30, 40):
        design = SealDesign(name=("示例市市场监督管理局" * 4)[:length], lower_line="电子证照专用章一二")
        name = list(name_contours(design.name, fonts, crowded=False))
        line = draw_seal(design, fonts).contours[3 + len(name) :]
        assert line
        near = {(x // 6, y // 6) for c in name for x, y in c.points()}
        assert not near & {(x // 6, y // 6) for c in line for x, y in c.points()}


def test_the_star_points_up() -> None:
    (contour,) = star()
    corners = list(contour.points())
    assert len(corners) == 10
    assert max(corners, key=lambda point: point[1]) == pytest.approx((0, 167))
    inner = min(hypot(*corner) for corner in corners)
    assert inner == pytest.approx(167 * cos(radians(72)) / cos(radians(36)))


def test_ring_edges_turn_against_each_other(fonts: FontChain) -> None:
    outer, inner = draw_seal(SealDesign(name=NAME), fonts).contours[:2]
    assert _turn(outer) > 0 > _turn(inner)


def _turn(contour: Contour) -> float:
    points = list(contour.points())
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True))


def test_svg_is_the_same_drawing(fonts: FontChain) -> None:
    drawing = draw_seal(SealDesign(name="示例<&>局", diameter_mm=40), fonts)
    tree = ET.fromstring(drawing.svg())  # noqa: S314 - made here
    assert tree.get("width") == "40mm"
    assert tree.findtext("{http://www.w3.org/2000/svg}title") == "示例<&>局"
    path = tree.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    assert path.get("d", "").count("M") == drawing.pdf_operators().count(b" m\n")


def test_equal_designs_are_drawn_once(fonts: FontChain) -> None:
    assert draw_seal(SealDesign(name=NAME), fonts) is draw_seal(SealDesign(name=NAME), fonts)


@pytest.mark.parametrize(
    ("design", "field"),
    [
        ({"name": "局"}, "seal.name"),
        ({"name": "局" * 41}, "seal.name"),
        ({"name": NAME, "lower_line": "章" * 11}, "seal.lower_line"),
        ({"name": NAME, "code": "1" * 19}, "seal.code"),
        ({"name": NAME, "diameter_mm": 29.9}, "seal.diameter_mm"),
        ({"name": NAME, "diameter_mm": float("nan")}, "seal.diameter_mm"),
    ],
)
def test_refused(design: dict[str, str | float], field: str) -> None:
    with pytest.raises(TrustError) as caught:
        SealDesign(**design)  # type: ignore[arg-type] # one table for all fields
    assert caught.value.code is ErrorCode.SEAL_DESIGN
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize("part", ["name", "lower_line", "code"])
def test_a_missing_glyph_stops_the_seal(fonts: FontChain, part: str) -> None:
    with pytest.raises(TrustError) as caught:
        draw_seal(SealDesign(**{"name": NAME, part: "示例😀"}), fonts)  # type: ignore[arg-type] # texts alone
    assert caught.value.code is ErrorCode.GLYPH_MISSING
    assert caught.value.facts["field"] == f"seal.{part}"
