"""Boxes that meet, joined: what lies upon each other is looked at once.

for box, names in joined({"one": (0, 0, 10, 10), "other": (5, 5, 20, 20)}): ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Name = TypeVar("Name")
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def joined(boxes: Mapping[Name, Box]) -> Sequence[tuple[Box, Sequence[Name]]]:
    """Return boxes around all that meet, none of which meets another, and the names of what each holds."""
    found: list[tuple[Box, list[Name]]] = []
    for name, own in boxes.items():
        box, names = own, [name]
        while (met := next((each for each in found if _meet(each[0], box)), None)) is not None:
            found.remove(met)
            box, names = around((met[0], box)), [*met[1], *names]
        found.append((box, names))
    return found


def around(boxes: Iterable[Box]) -> Box:
    """Return the box around boxes; an empty one around none."""
    sides = tuple(zip(*boxes, strict=True))
    if not sides:
        return 0, 0, 0, 0
    left, top, right, bottom = sides
    return min(left), min(top), max(right), max(bottom)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
