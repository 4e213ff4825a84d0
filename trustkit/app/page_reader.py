"""Pictures of pages, and where words stand on them: pdfium, at arm's length.

    with PageReader() as reader:
        picture = reader.draw(pdf, page=0, dots_per_inch=110)
        hits = reader.find(pdf, "（盖章）")

A renderer reads everything a hostile file holds, so it runs in a process of its own (`trustkit.app.page_child`) with bounded memory
and time. When it crashes or hangs the request ends with PAGE_RENDERER, and the next one gets a new process.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, Self

from esign.pdf.placement import KeywordHit
from esign.rendering.page_difference import RgbPicture
from trustkit.app.child_process import ChildProcess, finite, whole
from trustkit.app.forked_process import ForkServer
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.rendering.joined_boxes import Box

MAX_PIXELS: Final = 8_000_000  # of a picture: A3 at 150 dots an inch has 4.4 million
REQUEST_SECONDS: Final = 20.0  # a page of a large plan takes two or three
MAX_OCTETS: Final = (
    4 * MAX_PIXELS
)  # of an answer behind its line: a picture has three for each pixel, and rounding adds some
MAX_COUNT: Final = 10_000_000  # pages: more than objects fit into a file of the size that is read
RENDERERS: Final = ForkServer("trustkit.app.page_child")
_CHANNELS: Final = 3
_POINTS_PER_INCH: Final = 72
_MEMORY: Final = 352 * 1024 * 1024  # libraries included
_MEMORY_OF_FILE: Final = 4  # times it: the process also holds the file, and what it makes of it


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as it is drawn: pixels across and down, and of each point."""

    width: int
    height: int
    scale: float


def memory_for(pdf: bytes) -> int:
    """Return how many octets of memory a renderer may take that looks at a file: the first of `bounds`."""
    return _MEMORY + _MEMORY_OF_FILE * len(pdf)


class PageReader:
    """One renderer process, started at the first request and again after a crash. Not for several threads at once.

    Each request may take so many `seconds` by the clock. `bounds` are octets of memory and seconds of the processor, for all requests together.
    """

    def __init__(self, *, seconds: float = REQUEST_SECONDS, bounds: tuple[int, int] | None = None) -> None:
        self._child = ChildProcess(
            lambda: RENDERERS.start([str(each) for each in bounds or ()]), seconds=seconds, most_octets=MAX_OCTETS
        )
        self._opened: bytes | None = None
        self._pages = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """Whether the process outlived what it was asked."""
        return self._child.is_running

    @property
    def was_late(self) -> bool:
        """Whether a process was ended because of its time."""
        return self._child.was_late

    def close(self) -> None:
        """End the process."""
        self._opened = None
        self._child.close()

    def count(self, pdf: bytes) -> int:
        """Return the number of pages the renderer sees. Raise PAGE_RENDERER."""
        self._open(pdf)
        return self._pages

    def find(self, pdf: bytes, keyword: str) -> tuple[KeywordHit, ...]:
        """Return where words stand, as `esign.pdf.placement.PageText` asks. Raise PAGE_RENDERER."""
        self._open(pdf)
        told, _ = self._child.ask({"act": "find", "keyword": keyword})
        with self._child.understood():
            return tuple(_hit(each) for each in told["hits"])

    def sheet(self, pdf: bytes, *, page: int, dots_per_inch: float, least: int = 0) -> Sheet:
        """Return how large a page (from 0) is drawn, coarser than asked for where it would pass `MAX_PIXELS`. Raise PAGE_RENDERER.

        It is drawn finer where its longer side would have fewer than `least` pixels: readers fill a window with a small page.
        """
        self._open(pdf)
        told, _ = self._child.ask({"act": "sizes", "pages": [page]})
        with self._child.understood():
            width, height = map(finite, *told["sizes"])
        scale = max(dots_per_inch / _POINTS_PER_INCH, least / max(width, height) if max(width, height) > 0 else 0)
        area = max(width, 1.0) * max(height, 1.0) * scale**2
        if area > MAX_PIXELS:
            scale *= (MAX_PIXELS / area) ** 0.5
        if not 0 < max(width, height) * scale < MAX_PIXELS:
            raise TrustError(ErrorCode.PAGE_RENDERER, "the size of the page", page=page + 1)
        return Sheet(ceil(width * scale), ceil(height * scale), scale)

    def draw(
        self, pdf: bytes, *, page: int, dots_per_inch: float, least: int = 0, box: Box | None = None
    ) -> RgbPicture:
        """Return a page (from 0) drawn as large as `sheet` says, or what lies in a box of it. Raise PAGE_RENDERER."""
        scale = self.sheet(pdf, page=page, dots_per_inch=dots_per_inch, least=least).scale
        told, pixels = self._child.ask(
            {"act": "draw", "page": page, "scale": float(scale)} | ({} if box is None else {"box": box})
        )
        with self._child.understood():
            across, down = (whole(told[side], MAX_OCTETS) for side in ("width", "height"))
            if not across * down or _CHANNELS * across * down != len(pixels):
                raise ValueError("not the pixels of that picture")
            if box is not None and (across, down) != (box[2] - box[0], box[3] - box[1]):
                raise ValueError("not the pixels of that box")
        return RgbPicture(across, down, scale * _POINTS_PER_INCH, pixels)

    def _open(self, pdf: bytes) -> None:
        if self._opened is pdf and self._child.is_running:
            return
        self._opened = None
        told, _ = self._child.ask({"act": "open", "octets": len(pdf)}, pdf)
        with self._child.understood():
            self._pages = whole(told["pages"], MAX_COUNT)
        self._opened = pdf


def _hit(value: object) -> KeywordHit:
    if not isinstance(value, list):
        raise TypeError
    page, left, bottom, right, top = value
    return KeywordHit(whole(page, MAX_COUNT), (finite(left), finite(bottom), finite(right), finite(top)))
