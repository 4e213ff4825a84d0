"""The program that draws pages and finds words in them, in a process of its own: a file that crashes it harms nobody else.

It reads requests from standard input and writes answers to standard output: a line of JSON, and the octets that line announces.
It opens no file and no socket, may not write any, and has so much memory and no more. `trustkit.app.page_reader` starts it by a fork server.
"""

from __future__ import annotations

import ctypes
import struct
import sys
import unicodedata
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from trustkit.app.child_main import serve_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HITS: Final = 1000
MAX_CHARACTERS: Final = 200_000  # of one page; a page of a directory has some 20,000
_DROPPED: Final = frozenset(
    "\u00ad\u200b\u200c\u200d\ufeff\ufffe\x02"
)  # hyphens at line ends and joiners, as pdfium tells them
_FAR: Final = 2.5  # times the size of a character: farther apart are two lines
Box = tuple[float, float, float, float]


@dataclass
class Opened:
    """The file that is worked on."""

    document: pypdfium2.PdfDocument | None = None

    def open(self, data: bytes) -> dict[str, object]:
        """Take a file in; the answer says how many pages it has."""
        self.document = None
        document = pypdfium2.PdfDocument(data)
        document.init_forms()  # else the appearances of fields, a signature's seal among them, are not drawn
        self.document = document
        return {"pages": len(document)}

    def page(self, number: int) -> pypdfium2.PdfPage:
        """Return a page of the open file."""
        if self.document is None:
            raise ValueError("no file is open")
        return self.document[number]

    def sizes(self, numbers: list[int]) -> dict[str, object]:
        """Tell the width and height of pages as shown, in points."""
        return {"sizes": [list(self.page(number).get_size()) for number in numbers]}

    def draw(self, number: int, scale: float, box: list[int] | None = None) -> tuple[dict[str, object], bytes]:
        """Draw a page on white, or what lies in a box of pixels; three octets a pixel, rows from the top."""
        page = self.page(number)
        crop = (0.0, 0.0, 0.0, 0.0) if box is None else _crop(page, scale, box)
        bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True, prefer_bgrx=True)
        picture = bitmap.to_pil().convert("RGB")
        return {"width": picture.width, "height": picture.height}, picture.tobytes()

    def find(self, keyword: str) -> dict[str, object]:
        """Find words on every page."""
        wanted, hits = _alike(keyword), []
        for number in range(len(self.document or ())):
            for box in _hits(self.page(number).get_textpage(), wanted):
                hits.append([number, *box])
                if len(hits) >= MAX_HITS:
                    return {"hits": hits}
        return {"hits": hits}


def _crop(page: pypdfium2.PdfPage, scale: float, box: list[int]) -> Box:
    """Return how much of a page lies to the left of a box, below, to the right and above, so that whole pixels come of it."""
    left, top, right, bottom = box
    width, height = (ceil(side * scale) for side in page.get_size())
    across, below, beyond, above = (
        (max(0, each) - 0.5) / scale for each in (left, height - bottom, width - right, top)
    )
    return max(across, 0), max(below, 0), max(beyond, 0), max(above, 0)


def _alike(text: str) -> str:
    """Return a text as it is compared: ligatures taken apart, wide forms made plain, spaces and cases gone."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(c for c in plain if not c.isspace() and c not in _DROPPED)
    halves = kept.encode("utf-16-le", "surrogatepass")  # pdfium may tell a character beyond the BMP in two halves
    return "".join(map(chr, struct.unpack(f"<{len(halves) // 2}H", halves)))


def _hits(page: pypdfium2.PdfTextPage, wanted: str) -> Iterator[Box]:
    count = min(page.count_chars(), MAX_CHARACTERS)
    text: list[str] = []
    origins: list[int] = []  # which character of the page each character of the text comes from
    for index in range(count):
        part = _alike(chr(min(raw.FPDFText_GetUnicode(page, index), sys.maxunicode)))
        text += part
        origins += [index] * len(part)
    whole = "".join(text)
    place = whole.find(wanted) if wanted else -1
    while place >= 0:
        indices = dict.fromkeys(origins[place : place + len(wanted)])
        box = _last_line([_box(page, index) for index in indices])
        if box is not None:
            yield box
        place = whole.find(wanted, place + len(wanted))


def _box(page: pypdfium2.PdfTextPage, index: int) -> Box | None:
    edges = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = edges
    if not raw.FPDFText_GetCharBox(page, index, left, right, bottom, top):
        return None
    return left.value, bottom.value, right.value, top.value


def _last_line(boxes: list[Box | None]) -> Box | None:
    """Return the box around the last of these characters and those before it in its line."""
    joined: Box | None = None
    last: Box | None = None
    for box in reversed([box for box in boxes if box is not None]):
        if last is not None and _distance(box, last) > _FAR * max(last[2] - last[0], last[3] - last[1], 1.0):
            break
        last = box
        joined = box if joined is None else (*map(min, joined[:2], box[:2]), *map(max, joined[2:], box[2:]))  # type: ignore[assignment]
    return joined


def _distance(one: Box, other: Box) -> float:
    across = max(one[0] - other[2], other[0] - one[2], 0.0)
    up = max(one[1] - other[3], other[1] - one[3], 0.0)
    return max(across, up)


def _answer(opened: Opened, request: dict[str, object], data: bytes) -> tuple[dict[str, object], bytes]:
    match request:
        case {"act": "open"}:
            return opened.open(data), b""
        case {"act": "sizes", "pages": list(pages)}:
            return opened.sizes(pages), b""
        case {"act": "draw", "page": int(page), "scale": float(scale)}:
            box = request.get("box")
            return opened.draw(page, scale, box if isinstance(box, list) else None)
        case {"act": "find", "keyword": str(keyword)}:
            return opened.find(keyword), b""
        case _:
            raise ValueError("no such request")


def prepare() -> None:
    """Load what the first picture needs, so that each process has it."""
    Image.init()


def main() -> None:
    """Answer requests until standard input ends."""
    opened = Opened()
    serve_requests(lambda request, data: _answer(opened, request, data))
