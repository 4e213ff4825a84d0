"""Pictures of a document on the page, with the places of its signatures marked: what whoever draws must tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verifier.format import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where the file puts a signature's seal: a box in pixels of its page's picture. `signature` counts as the verdict does, from 1."""

    signature: int
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """A page, from 1, as a PNG of so many pixels; `is_whole` is False where something on it could not be drawn."""

    page: int
    width: int
    height: int
    png: bytes = field(repr=False)
    marks: tuple[Mark, ...] = ()
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPages:
    """The first pages of a document, and how many it has; none at all where it cannot be drawn."""

    pages: Sequence[PagePicture] = ()
    count: int = 0


class Draws(Protocol):
    """Whoever draws documents: at arm's length, within bounds, and without an exception for what a file holds."""

    def __call__(self, data: bytes, form: Format) -> DrawnPages:
        """Return the first pages of a PDF or an OFD."""
        ...
