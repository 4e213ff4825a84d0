"""How else a page is read: what it hides, cuts off or lets shine through, some readers show all the same, and some pictures are two.

    reading = Reading()
    material = Material(..., reading=reading)     # the page is drawn as it says, and it is noted where others may show more
    if reading.differs:
        with reading.loose():
            ...                                   # drawn once more, with all that any reader may show

One open reader (ofdrw 2.2.9) knows neither Visible nor Clips, makes letters no clearer, and cuts nothing off at a Boundary in its PDF. A
seal that hides nothing of what is drawn here may hide what it shows there (ADR 0027).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.ofd.draw.canvas import Canvas
    from esign.ofd.draw.geometry import Box
    from esign.ofd.draw.store import Store

_SIDE: Final = 4  # millimetres of a place, with one letter in it
_LETTER: Final = b"0.35 w 0.4 0.4 3 3 re 0.4 1.9 m 3.4 1.9 l 1.9 0.4 m 1.9 3.4 l S"


@dataclass(slots=True)
class Reading:
    """Whether a page is drawn with all that any reader may show, and whether that differs from what it says.

    `areas` are those parts of the page that are looked at, in millimetres; empty where all of it is.
    """

    areas: tuple[Box, ...] = ()
    differs: bool = False
    is_loose: bool = False

    @contextmanager
    def loose(self) -> Iterator[None]:
        """Leave nothing out while this lasts."""
        self.is_loose = True
        try:
            yield
        finally:
            self.is_loose = False


def draw_letters(canvas: Canvas, store: Store) -> None:
    """Fill the unit square with letters on white, as large on the page whatever the square is: for a picture that may be anything."""
    place = store.once(
        "letters",
        f"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 {_SIDE} {_SIDE}]"
        f" /XStep {_SIDE} /YStep {_SIDE} /Resources << >>",
        _LETTER,
    )
    name = canvas.use("Pattern", place)
    canvas.write(f"q 1 1 1 rg 0 0 1 1 re f /Pattern cs /{name} scn 0 0 1 1 re f Q")
