"""What the drawing of a form field puts on the page that may hide what is under it: paint, and letters in a light colour.

Dark letters add to what they lie on. White ones hide it, if their font has a block for a letter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from esign.pdf.operators import PAINTING, SHOWING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esign.pdf.operators import Operation

_FILL: Final = frozenset((b"g", b"rg", b"k", b"cs", b"sc", b"scn"))
_STROKE: Final = frozenset((b"G", b"RG", b"K", b"CS", b"SC", b"SCN"))
_PATH: Final = frozenset((b"m", b"l", b"c", b"v", b"y", b"h", b"re"))
_DARK: Final = 0.7  # a luminance up to which letters are ink
_WEIGHTS: Final = (0.30, 0.59, 0.11)  # of red, green and blue (10.3.2)

_Step = tuple[bytes, tuple[float, ...]]  # an operator with its numbers


@dataclass(frozen=True, slots=True)
class _State:
    fill: _Step = (b"g", (0.0,))
    stroke: _Step = (b"G", (0.0,))
    width: float = 1
    places: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class FieldMarks:
    """The paint of a drawing, each piece with its path and colours, and whether letters in a light colour are shown."""

    paint: frozenset[tuple[bytes, tuple[_Step, ...], _State]]
    has_light_letters: bool


def marks_of(operations: Iterable[Operation]) -> FieldMarks:
    """Return what a drawing's operations put on the page."""
    state, saved = _State(), list[_State]()
    path: list[_Step] = []
    paint = set[tuple[bytes, tuple[_Step, ...], _State]]()
    light = False
    for operation in operations:
        name, step = operation.name, (operation.name, operation.numbers)
        if name == b"q":
            saved.append(state)
        elif name == b"Q":
            state = saved.pop() if saved else _State()
        elif name in _PATH:
            path.append(step)
        elif name == b"n":
            path.clear()
        elif name in PAINTING:
            paint.add((name, tuple(path), state))
            path.clear()
        elif name in SHOWING:
            light = light or not _is_dark(state.fill)
        else:
            state = _changed(state, step)
    return FieldMarks(frozenset(paint), light)


def _changed(state: _State, step: _Step) -> _State:
    name, numbers = step
    if name in _FILL:
        return replace(state, fill=step)
    if name in _STROKE:
        return replace(state, stroke=step)
    if name == b"w" and numbers:
        return replace(state, width=numbers[0])
    return replace(state, places=(*state.places, numbers)) if name == b"cm" else state


def _is_dark(fill: _Step) -> bool:
    """Return whether a colour is known to be dark."""
    match fill:
        case (b"g", (grey,)):
            return grey <= _DARK
        case (b"rg", (red, green, blue)):
            return sum(weight * part for weight, part in zip(_WEIGHTS, (red, green, blue), strict=True)) <= _DARK
        case (b"k", (cyan, magenta, yellow, black)):
            rest = (max(0.0, 1 - part - black) for part in (cyan, magenta, yellow))
            return sum(weight * part for weight, part in zip(_WEIGHTS, rest, strict=True)) <= _DARK
        case _:
            return False
