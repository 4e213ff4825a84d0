"""Clips of an object: areas of paths and texts; what lies in none of a clip's areas is cut off (GB/T 33190-2016 on clip areas).

The areas of one Clip are joined, several Clips are crossed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.ofd.draw.elements import attribute, child, children
from esign.ofd.draw.geometry import read_box, read_matrix, shift
from esign.ofd.draw.layout import glyph_steps
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.xml import local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from esign.ofd.draw.canvas import Canvas
    from esign.ofd.draw.geometry import Matrix
    from esign.ofd.draw.painter import Painter
    from esign.ofd.draw.path_data import Step


def clip_to(drawer: Painter, canvas: Canvas, element: _Element) -> None:
    """Cut off what follows at the Clips of an object, in its coordinates. A clip that cannot be read cuts nothing, and is told."""
    clips = tuple(children(child(element, "Clips"), "Clip"))
    if clips and not drawer.material.leaves_out():
        return
    for clip in clips:
        try:
            steps, even_odd = _joined(drawer, clip)
        except Undrawable as error:
            drawer.notes.add(Lack.CLIP, error.detail)
            continue
        if not steps:
            drawer.notes.add(Lack.CLIP)
            continue
        canvas.path(steps)
        canvas.clip(even_odd=even_odd)


def _joined(drawer: Painter, clip: _Element) -> tuple[list[Step], bool]:
    """Return all areas of a clip as one path, and whether the even-odd rule holds in it."""
    steps: list[Step] = []
    rules: list[str] = []
    for area in children(clip, "Area"):
        outer = read_matrix(attribute(area, "CTM"))
        for shape in children(area, "Path", "Text", "PathObject", "TextObject"):
            rules.append((attribute(shape, "Rule") or "NonZero").lower())
            steps += _moved(_outline(drawer, shape), _own(shape).then(outer))
    return steps, bool(rules) and all(rule == "even-odd" for rule in rules)


def _own(shape: _Element) -> Matrix:
    boundary, ctm = attribute(shape, "Boundary"), attribute(shape, "CTM")
    matrix = read_matrix(ctm)
    if boundary is None:
        return matrix
    box = read_box(boundary)
    return matrix.then(shift(box.x, box.y))


def _outline(drawer: Painter, shape: _Element) -> Iterator[Step]:
    if local_name(shape).startswith("Path"):
        yield from drawer.steps(shape)
        return
    for glyph in drawer.glyphs(shape):
        steps = glyph_steps(glyph)
        drawer.material.budget.take("segments", len(steps))
        yield from steps


def _moved(steps: Iterator[Step], matrix: Matrix) -> Iterator[Step]:
    for name, values in steps:
        points = (matrix.apply(point) for point in zip(values[::2], values[1::2], strict=True))
        yield name, tuple(each for point in points for each in point)
