"""Draw the ornamental frame and ground of a licence page, as the SVG the template lays under its text.

    python tools/guilloche.py business-licence > policies/licences/business-licence/ornaments.svg

Lines only, one path a colour, no raster and no emblem: interlaced waves along the border, rosettes in the corners and a
large pale one behind the text, each type in colours and a weave of its own. Millimetres. Drawn once and kept with the
policy, because drawing it anew for every page would cost more than the page.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRANDS: Final = 8
CELL: Final = 24.0  # length of the piece the border repeats

Point = tuple[float, float]
Ring = tuple[float, float, int]  # radius, flatness and petals of a rosette


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One type's paper: size; colours of strands, lines, ground, band and paper; the band from the edge; cells along the sides.

    `weave` is how far the quick and the slow wave of a strand swing, and `rings` the rosettes behind the text, `lift` below the middle.
    """

    width: float
    height: float
    colours: tuple[str, str, str, str, str]
    cells: tuple[int, int]
    rings: tuple[Ring, ...]
    lift: float = 8.0
    edge: float = 9.0
    band: float = 8.4
    weave: tuple[float, float] = (0.68, 0.26)


SHEETS: Final = {
    "business-licence": Sheet(
        width=297.0,
        height=210.0,
        colours=("#b08a45", "#8a6a30", "#f0e3c6", "#f9f1dd", "#fffdf8"),
        cells=(11, 7),
        rings=((74, 0.34, 24), (47, 0.5, 18), (26, 0.6, 12)),
    ),
    "construction-permit": Sheet(
        width=210.0,
        height=297.0,
        colours=("#6f93b8", "#2f5f93", "#dfe9f3", "#edf3f9", "#fdfeff"),
        cells=(7, 11),
        rings=((70, 0.2, 30), (40, 0.42, 20)),
        weave=(0.42, 0.5),
    ),
    "food-operation-licence": Sheet(
        width=420.0,
        height=297.0,
        colours=("#7fa65a", "#3f7238", "#dcebcf", "#eff6e7", "#fefffb"),
        cells=(15, 10),
        rings=((104, 0.3, 28), (66, 0.52, 20), (38, 0.66, 14)),
        edge=12.0,
        band=11.0,
        weave=(0.8, 0.12),
    ),
    "road-transport-licence": Sheet(
        width=297.0,
        height=210.0,
        colours=("#5aa0a2", "#1e6870", "#d6ebea", "#e8f4f3", "#fcffff"),
        cells=(11, 7),
        rings=((78, 0.16, 34), (50, 0.3, 22)),
        band=6.4,
        weave=(0.3, 0.62),
    ),
    "birth-certificate": Sheet(
        width=297.0,
        height=210.0,
        colours=("#d694a6", "#a84f6c", "#f7e3e9", "#fcf0f3", "#fffcfd"),
        cells=(11, 7),
        rings=((70, 0.6, 16), (46, 0.7, 12), (24, 0.8, 8)),
        band=6.8,
        weave=(0.55, 0.4),
    ),
}


def text(value: float) -> str:
    """Return a length in millimetres with two decimals: a hundredth is finer than any printer."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def pair(point: Point) -> str:
    """Return the two coordinates of a point."""
    return f"{text(point[0])} {text(point[1])}"


def smooth(
    point: Callable[[float], Point], slope: Callable[[float], Point], start: float, end: float, steps: int
) -> str:
    """Return a path through a curve given by its point and slope: cubic pieces with the same ends and tangents."""
    width = (end - start) / steps
    parts = [f"M{pair(point(start))}"]
    for index in range(steps):
        here, there = start + index * width, start + (index + 1) * width
        (x0, y0), (x3, y3) = point(here), point(there)
        (dx0, dy0), (dx3, dy3) = slope(here), slope(there)
        first = (x0 + dx0 * width / 3, y0 + dy0 * width / 3)
        second = (x3 - dx3 * width / 3, y3 - dy3 * width / 3)
        parts.append(f"C{pair(first)} {pair(second)} {pair((x3, y3))}")
    return "".join(parts)


def strand(sheet: Sheet, phase: float) -> str:
    """Return one strand of a cell: two waves with a slower one riding on them, so that the strands cross in two rows."""
    rate = 4 * pi / CELL
    quick, slow = sheet.weave

    def point(x: float) -> Point:
        return x, sheet.band / 2 * (quick * sin(rate * x + phase) + slow * sin(rate * x / 2 - phase))

    def slope(x: float) -> Point:
        return 1.0, sheet.band / 2 * rate * (quick * cos(rate * x + phase) + slow / 2 * cos(rate * x / 2 - phase))

    return smooth(point, slope, 0.0, CELL, 8)


def side(cells: int, length: float, start: Point, turn: int) -> Iterator[str]:
    """Yield the cells of one side of the border, each stretched a little so that a whole number fills the side."""
    for index in range(cells):
        along = length * index / cells
        stretch = f"scale({length / cells / CELL:.4f} 1)"
        yield f'<use href="#cell" transform="translate({pair(start)}) rotate({turn}) translate({text(along)} 0) {stretch}"/>'


def ellipse(centre: Point, across: float, up: float, turn: float) -> str:
    """Return an ellipse with two half axes, turned by an angle."""
    c, s = cos(turn), sin(turn)
    ends = (centre[0] - across * c, centre[1] - across * s), (centre[0] + across * c, centre[1] + across * s)
    arc = f"A{text(across)} {text(up)} {text(turn * 180 / pi)} 1 1 "
    return f"M{pair(ends[0])}{arc}{pair(ends[1])}{arc}{pair(ends[0])}Z"


def rosette(centre: Point, radius: float, flatness: float, petals: int) -> Iterator[str]:
    """Yield the ellipses of a rosette."""
    for index in range(petals):
        yield ellipse(centre, radius, radius * flatness, radians(180) * index / petals)


def frame(sheet: Sheet, inset: float) -> str:
    """Return a rectangle parallel to the paper's edge."""
    return f"M{text(inset)} {text(inset)}H{text(sheet.width - inset)}V{text(sheet.height - inset)}H{text(inset)}Z"


def stroke(colour: str, width: float, paths: Iterator[str] | list[str]) -> str:
    """Return one SVG path of many pieces."""
    return f'<path fill="none" stroke="{colour}" stroke-width="{text(width)}" d="{"".join(paths)}"/>'


def border(sheet: Sheet) -> Iterator[str]:
    """Yield the four sides."""
    middle, inner = sheet.edge + sheet.band / 2, sheet.edge + sheet.band
    across, down = sheet.width - 2 * inner, sheet.height - 2 * inner
    wide, high = sheet.cells
    yield from side(wide, across, (inner, middle), 0)
    yield from side(wide, across, (inner, sheet.height - middle), 0)
    yield from side(high, down, (middle, inner), 90)
    yield from side(high, down, (sheet.width - middle, inner), 90)


def corners(sheet: Sheet) -> list[Point]:
    """Return the centres of the four corner squares."""
    middle = sheet.edge + sheet.band / 2
    return [(x, y) for x in (middle, sheet.width - middle) for y in (middle, sheet.height - middle)]


def ornaments(sheet: Sheet) -> str:
    """Return the whole drawing."""
    strands, lines, pale, tint, paper = sheet.colours
    centre = (sheet.width / 2, sheet.height / 2 + sheet.lift)
    ground = [path for ring in sheet.rings for path in rosette(centre, *ring)]
    edge, band, half = sheet.edge, sheet.band, sheet.band / 2
    inner = edge + band
    corner = [
        f'<path fill="{paper}" stroke="{lines}" stroke-width="0.25" d="M-{half} -{half}h{band}v{band}h-{band}Z"/>',
        stroke(strands, 0.12, rosette((0.0, 0.0), band * 0.45, 0.4, 8)),
        stroke(lines, 0.12, rosette((0.0, 0.0), band * 0.25, 0.5, 6)),
    ]
    cell = stroke(strands, 0.13, [strand(sheet, 2 * pi * k / STRANDS) for k in range(STRANDS)])
    parts = [
        f'<defs><g id="cell">{cell}</g>',
        f'<g id="corner">{"".join(corner)}</g></defs>',
        f'<path fill="{paper}" d="M0 0H{text(sheet.width)}V{text(sheet.height)}H0Z"/>',
        f'<path fill="{tint}" fill-rule="evenodd" d="{frame(sheet, edge)}{frame(sheet, inner)}"/>',
        stroke(pale, 0.14, ground),
        *border(sheet),
        *(f'<use href="#corner" transform="translate({pair(place)})"/>' for place in corners(sheet)),
        stroke(lines, 0.5, [frame(sheet, edge), frame(sheet, inner)]),
        stroke(lines, 0.16, [frame(sheet, edge - 1.5)]),
        stroke(strands, 0.14, [frame(sheet, inner + 1.3)]),
    ]
    width, height = text(sheet.width), text(sheet.height)
    size = f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n' + "\n".join(parts) + "\n</svg>\n"


if __name__ == "__main__":
    sys.stdout.write(ornaments(SHEETS[sys.argv[1]]))
