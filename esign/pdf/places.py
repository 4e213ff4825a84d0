"""Where a seal can be asked to stand, before any file is looked at: `esign.pdf.placement` finds the place in one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final, TypeAlias


@unique
class Corner(StrEnum):
    """From which corner of the page, as shown, millimetres are measured."""

    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"


@unique
class Side(StrEnum):
    """On which side of the words a seal stands; `OVER` covers them, as a seal over 盖章 does."""

    RIGHT = "right"
    LEFT = "left"
    ABOVE = "above"
    BELOW = "below"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlace:
    """The seal's margins `x_mm` and `y_mm` from a corner. `page` counts from 1, from the last page backwards below 0."""

    page: int = 1
    x_mm: float
    y_mm: float
    corner: Corner = Corner.TOP_LEFT


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlace:
    """An empty signature field of that name, which has a place of its own; the seal shrinks to fit, and never grows."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordPlace:
    """Beside the `hit`-th place of these words, counted from 1 through the document, backwards from the last below 0.

    `x_mm` moves it to the right, `y_mm` upwards.
    """

    keyword: str
    hit: int = 1
    side: Side = Side.RIGHT
    x_mm: float = 0.0
    y_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class UsualPlace:
    """Nothing was said: the only empty signature field that is seen, else the lower right of the last page."""


Place: TypeAlias = PagePlace | FieldPlace | KeywordPlace | UsualPlace
USUAL_PLACE: Final = PagePlace(page=-1, x_mm=20, y_mm=20, corner=Corner.BOTTOM_RIGHT)
