"""How much work a document may still ask for. Counted, not timed, so that the same octets always give the same picture."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from esign.ofd.draw import limits

# What one of each kind costs, in nanoseconds of a processor of 2023. Bounds of single kinds add up; that of all work does not.
_COSTS: Final = MappingProxyType(
    {
        "read": 20,
        "marks": 4000,
        "objects": 100_000,
        "segments": 10_000,
        "glyphs": 25_000,
        "outlines": 100_000,
        "borrowed": 1_300_000,
        "points": 40_000,
        "tokens": 2000,
        "codes": 1500,
        "fonts": 50_000_000,
        "octets": 30,
        "pixels": 60,
    }
)


class Exhausted(Exception):  # noqa: N818 - what is drawn so far stays
    """The document asked for more than any document needs; nothing more of it is drawn."""


@dataclass(slots=True)
class Budget:
    """What is left, of each kind of work and of `work`, which is all of them together."""

    work: int = limits.MAX_WORK
    read: int = limits.MAX_READ_OCTETS
    marks: int = limits.MAX_ALL_MARKS
    objects: int = limits.MAX_OBJECTS
    segments: int = limits.MAX_SEGMENTS
    glyphs: int = limits.MAX_GLYPHS
    outlines: int = limits.MAX_OUTLINES
    borrowed: int = limits.MAX_BORROWED
    points: int = limits.MAX_POINTS
    tokens: int = limits.MAX_ALL_TOKENS
    codes: int = limits.MAX_FONT_CODES
    octets: int = limits.MAX_CONTENT_OCTETS
    pixels: int = limits.MAX_ALL_PIXELS
    fonts: int = limits.MAX_FONTS
    groups: int = limits.MAX_GROUPS
    patterns: int = limits.MAX_PATTERNS

    def take(self, kind: str, amount: int = 1) -> None:
        """Take some of what is left, and of the work left. Raise Exhausted, naming the kind, when there is not so much."""
        for name, price in ((kind, amount), ("work", amount * _COSTS.get(kind, 0))):
            left = getattr(self, name) - price
            setattr(self, name, max(0, left))
            if left < 0:
                raise Exhausted(name)

    def room(self, kind: str) -> int:
        """Return how many of a kind may still be taken."""
        return int(min(getattr(self, kind), self.work // _COSTS[kind]))
