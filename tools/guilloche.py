"""Draw the ornamental frame and ground of a licence page, as the SVG the template lays under its text.

    python tools/guilloche.py > policies/licences/business-licence/ornaments.svg

Lines only, one path a colour, no raster and no emblem: interlaced waves along the border, rosettes in the corners and a
large pale one behind the text. A4 landscape, in millimetres. Drawn once and kept with the policy, because drawing it
anew for every page would cost more than the page.
"""

from __future__ import annotations

import sys
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDTH, HEIGHT = 297.0, 210.0
EDGE: Final = 9.0  # from the paper's edge to the band
BAND: Final = 8.4  # width of the band
GOLD, BRONZE, PALE, TINT, PAPER = "#b08a45", "#8a6a30", "#f0e3c6", "#f9f1dd", "#fffdf8"
STRANDS: Final = 8
CELL: Final = 24.0  # length of the piece the border repeats

Point = tuple[float, float]


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


def strand(phase: float) -> str:
    """Return one strand of a cell: two waves with a slower one riding on them, so that the strands cross in two rows."""
    rate = 4 * pi / CELL

    def point(x: float) -> Point:
        return x, BAND / 2 * (0.68 * sin(rate * x + phase) + 0.26 * sin(rate * x / 2 - phase))

    def slope(x: float) -> Point:
        return 1.0, BAND / 2 * rate * (0.68 * cos(rate * x + phase) + 0.13 * cos(rate * x / 2 - phase))

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


def frame(inset: float) -> str:
    """Return a rectangle parallel to the paper's edge."""
    return f"M{text(inset)} {text(inset)}H{text(WIDTH - inset)}V{text(HEIGHT - inset)}H{text(inset)}Z"


def stroke(colour: str, width: float, paths: Iterator[str] | list[str]) -> str:
    """Return one SVG path of many pieces."""
    return f'<path fill="none" stroke="{colour}" stroke-width="{text(width)}" d="{"".join(paths)}"/>'


def border() -> Iterator[str]:
    """Yield the four sides."""
    middle, inner = EDGE + BAND / 2, EDGE + BAND
    across, down = WIDTH - 2 * inner, HEIGHT - 2 * inner
    yield from side(11, across, (inner, middle), 0)
    yield from side(11, across, (inner, HEIGHT - middle), 0)
    yield from side(7, down, (middle, inner), 90)
    yield from side(7, down, (WIDTH - middle, inner), 90)


def corners() -> list[Point]:
    """Return the centres of the four corner squares."""
    middle = EDGE + BAND / 2
    return [(x, y) for x in (middle, WIDTH - middle) for y in (middle, HEIGHT - middle)]


def ornaments() -> str:
    """Return the whole drawing."""
    centre = (WIDTH / 2, HEIGHT / 2 + 8)
    ground = [*rosette(centre, 74, 0.34, 24), *rosette(centre, 47, 0.5, 18), *rosette(centre, 26, 0.6, 12)]
    inner = EDGE + BAND
    half = BAND / 2
    corner = [
        f'<path fill="{PAPER}" stroke="{BRONZE}" stroke-width="0.25" d="M-{half} -{half}h{BAND}v{BAND}h-{BAND}Z"/>',
        stroke(GOLD, 0.12, rosette((0.0, 0.0), BAND * 0.45, 0.4, 8)),
        stroke(BRONZE, 0.12, rosette((0.0, 0.0), BAND * 0.25, 0.5, 6)),
    ]
    parts = [
        f'<defs><g id="cell">{stroke(GOLD, 0.13, [strand(2 * pi * k / STRANDS) for k in range(STRANDS)])}</g>',
        f'<g id="corner">{"".join(corner)}</g></defs>',
        f'<path fill="{PAPER}" d="M0 0H{text(WIDTH)}V{text(HEIGHT)}H0Z"/>',
        f'<path fill="{TINT}" fill-rule="evenodd" d="{frame(EDGE)}{frame(inner)}"/>',
        stroke(PALE, 0.14, ground),
        *border(),
        *(f'<use href="#corner" transform="translate({pair(centre)})"/>' for centre in corners()),
        stroke(BRONZE, 0.5, [frame(EDGE), frame(inner)]),
        stroke(BRONZE, 0.16, [frame(EDGE - 1.5)]),
        stroke(GOLD, 0.14, [frame(inner + 1.3)]),
    ]
    size = f'width="{text(WIDTH)}mm" height="{text(HEIGHT)}mm" viewBox="0 0 {text(WIDTH)} {text(HEIGHT)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n' + "\n".join(parts) + "\n</svg>\n"


if __name__ == "__main__":
    sys.stdout.write(ornaments())
