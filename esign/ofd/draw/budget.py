"""How much work a document may still ask for. Counted, not timed, so that the same octets always give the same picture."""

from __future__ import annotations

from dataclasses import dataclass

from esign.ofd.draw import limits


class Exhausted(Exception):  # noqa: N818 - what is drawn so far stays
    """The document asked for more than any document needs; nothing more of it is drawn."""


@dataclass(slots=True)
class Budget:
    """What is left, of each kind of work."""

    read: int = limits.MAX_READ_OCTETS
    marks: int = limits.MAX_ALL_MARKS
    objects: int = limits.MAX_OBJECTS
    segments: int = limits.MAX_SEGMENTS
    glyphs: int = limits.MAX_GLYPHS
    outlines: int = limits.MAX_OUTLINES
    octets: int = limits.MAX_CONTENT_OCTETS
    pixels: int = limits.MAX_ALL_PIXELS
    fonts: int = limits.MAX_FONTS
    groups: int = limits.MAX_GROUPS
    patterns: int = limits.MAX_PATTERNS

    def take(self, kind: str, amount: int = 1) -> None:
        """Take some of what is left. Raise Exhausted, naming the kind, when there is not so much."""
        left = getattr(self, kind) - amount
        if left < 0:
            setattr(self, kind, 0)
            raise Exhausted(kind)
        setattr(self, kind, left)
