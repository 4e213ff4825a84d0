"""Whether an annotation may show something where seals are looked beneath: only then does it matter which readers show it, and when.

    meets(annotation, [Box(60, 10, 30, 20)], page.resources, budget)

What it shows is known without drawing it where it holds paths and pictures alone: they are cut off at their Boundary here, and that
one reaches farther in other readers is noted as it is drawn (`esign.ofd.draw.reading`). Letters reach as far as their font has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.draw.elements import attribute, children, flag
from esign.ofd.draw.geometry import Box, read_box, read_matrix
from esign.ofd.draw.notes import Notes, Undrawable
from esign.ofd.draw.objects import OVERHANG, SILENT
from esign.ofd.draw.style import read_style
from esign.ofd.xml import local_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from esign.ofd.draw.budget import Budget
    from esign.ofd.draw.resources import Resources

_CUT: Final = frozenset(("ImageObject", "PathObject"))


def meets(annotation: _Element, areas: Sequence[Box], resources: Resources, budget: Budget) -> bool:
    """Whether something of an annotation may lie in one of these areas of its page, in millimetres. Raise Exhausted."""
    try:
        for appearance in children(annotation, "Appearance"):
            boundary = attribute(appearance, "Boundary")
            corner = Box(0.0, 0.0, 0.0, 0.0) if boundary is None else read_box(boundary)
            for each in children(appearance):
                budget.take("objects")
                if local_name(each) not in SILENT and _lies_in(each, corner, areas, resources):
                    return True
    except Undrawable:
        return True
    return False


def _lies_in(element: _Element, corner: Box, areas: Sequence[Box], resources: Resources) -> bool:
    """Whether an object may, whose coordinates begin at the corner. Raise Undrawable for numbers that are none."""
    boundary = attribute(element, "Boundary")
    if boundary is None or local_name(element) not in _CUT:
        return True
    box, by = read_box(boundary), OVERHANG
    if local_name(element) == "PathObject" and flag(element, "Stroke", default=True):
        width = read_style(element, (), resources, Notes()).width  # what is wrong with it is told as it is drawn
        by += width / 2 * read_matrix(attribute(element, "CTM")).stretch
    left, top = corner.x + box.x - by, corner.y + box.y - by
    right, bottom = left + box.width + 2 * by, top + box.height + 2 * by
    return any(
        left < area.x + area.width and area.x < right and top < area.y + area.height and area.y < bottom
        for area in areas
    )
