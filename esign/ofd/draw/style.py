"""How an object is drawn: its own attributes, then those of its draw parameters, then of its layer's, then the standard's defaults.

GB/T 33190-2016 on draw parameters (DrawParam) and on graphic units. Where `Relative` names other parameters they follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.colour import read_paint
from esign.ofd.draw.elements import attribute, child, identifier
from esign.ofd.draw.geometry import read_number, read_numbers
from esign.ofd.draw.limits import MAX_DASHES
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.pdf_file import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

    from esign.ofd.draw.colour import Paint
    from esign.ofd.draw.notes import Notes
    from esign.ofd.draw.resources import Resources

_WIDTH: Final = 0.353  # millimetres: one point
_MITER: Final = 3.528  # millimetres, which the standard means as PDF means its 10
_MITER_RATIO: Final = 10.0 / 3.528
_CAPS: Final = {"butt": 0, "round": 1, "square": 2}
_JOINS: Final = {"miter": 0, "round": 1, "bevel": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Lines and colours of one object; lengths in its own coordinates. No paint: nothing is painted, or black where that is the rule."""

    width: float
    cap: int
    join: int
    miter: float
    dashes: tuple[float, ...]
    dash_offset: float
    fill: Paint | None
    stroke: Paint | None

    @property
    def line_operators(self) -> str:
        """The operators that set up lines (ISO 32000-1 8.4.3)."""
        dash = f" [{numbers(*self.dashes)}] {numbers(self.dash_offset)} d" if self.dashes else ""
        return f"{numbers(self.width)} w {self.cap} J {self.join} j {numbers(self.miter)} M{dash}"


def read_style(element: _Element, outer: tuple[_Element, ...], resources: Resources, notes: Notes) -> Style:
    """Return how an object is drawn; `outer` are the parameters of its layer. What cannot be read is told and left to the defaults."""
    try:
        own = resources.parameters(identifier(element, "DrawParam"))
    except Undrawable as error:
        notes.add(error.lack, error.detail)
        own = ()
    sources = (element, *own, *outer)
    dashes = _dashes(_first(sources, "DashPattern"), notes)
    return Style(
        width=abs(_number(sources, "LineWidth", _WIDTH, notes)),
        cap=_CAPS.get((_first(sources, "Cap") or "").lower(), 0),
        join=_JOINS.get((_first(sources, "Join") or "").lower(), 0),
        miter=max(1.0, _number(sources, "MiterLimit", _MITER, notes) * _MITER_RATIO),
        dashes=dashes,
        dash_offset=_number(sources, "DashOffset", 0.0, notes) if dashes else 0.0,
        fill=_paint(sources, "FillColor", resources, notes),
        stroke=_paint(sources, "StrokeColor", resources, notes),
    )


def _first(sources: Iterable[_Element], name: str) -> str | None:
    return next((value for source in sources if (value := attribute(source, name)) is not None), None)


def _number(sources: Iterable[_Element], name: str, default: float, notes: Notes) -> float:
    try:
        value = _first(sources, name)
        return default if value is None else read_number(value)
    except Undrawable as error:
        notes.add(Lack.STYLE, f"{name} {error.detail}")
        return default


def _dashes(value: str | None, notes: Notes) -> tuple[float, ...]:
    """Return the lengths of dashes and gaps; none where all are nothing, which PDF forbids."""
    try:
        dashes = tuple(max(0.0, each) for each in read_numbers(value or "", MAX_DASHES))
    except Undrawable as error:
        notes.add(Lack.STYLE, f"DashPattern {error.detail}")
        return ()
    return dashes if sum(dashes) > 0 else ()


def _paint(sources: Iterable[_Element], name: str, resources: Resources, notes: Notes) -> Paint | None:
    found = ((number, element) for number, source in enumerate(sources) if (element := child(source, name)) is not None)
    number, element = next(found, (0, None))
    if element is None:
        return None
    try:
        return read_paint(element, resources, notes.add, is_own=not number)
    except Undrawable as error:
        notes.add(Lack.COLOUR, f"{name} {error.detail}")
        return None
