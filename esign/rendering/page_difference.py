"""Where two pictures of a page differ: the boxes around what changed, and the second picture with them outlined.

regions = changed_regions(before, after)
write = outlined(after, regions)          # a PNG
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

from PIL import Image, ImageChops, ImageDraw

CELL: Final = 6  # pixels: 1.4 mm at 110 dots an inch; what lies closer together is one region
THRESHOLD: Final = 24  # of 255: below it lie the roundings of a renderer
MAX_REGIONS: Final = 40  # more say no more than one around them all
MARGIN: Final = 4
_MARK: Final = (255, 0, 160)  # no document's own colour
_WASH: Final = 40  # of 255


@dataclass(frozen=True, slots=True)
class RgbPicture:
    """Three octets a pixel, rows from the top."""

    width: int
    height: int
    dots_per_inch: float
    pixels: bytes = field(repr=False)

    def image(self) -> Image.Image:
        """Return it for Pillow."""
        return Image.frombytes("RGB", (self.width, self.height), self.pixels)

    def part(self, box: Region) -> Image.Image:
        """Return what lies in a box for Pillow, without a copy of all the rest."""
        left, top, right, bottom = box
        row = 3 * self.width
        rows = Image.frombytes("RGB", (self.width, bottom - top), self.pixels[top * row : bottom * row])
        return rows.crop((left, 0, right, bottom - top))


Region = tuple[int, int, int, int]  # left, top, right, bottom in pixels


def changed_regions(before: RgbPicture, after: RgbPicture) -> tuple[Region, ...]:
    """Return boxes around all pixels that differ, none when none does; the whole page when its size does."""
    if (before.width, before.height) != (after.width, after.height):
        return ((0, 0, after.width, after.height),)
    difference = ImageChops.difference(before.image(), after.image())
    most = ImageChops.lighter(
        ImageChops.lighter(difference.getchannel(0), difference.getchannel(1)), difference.getchannel(2)
    )
    marked = most.point(lambda value: 255 * (value >= THRESHOLD))
    box = marked.getbbox()
    if box is None:
        return ()
    cells = _cells(marked)
    regions = [_clipped(region, after) for region in _joined(cells)]
    return tuple(regions) if len(regions) <= MAX_REGIONS else (box,)


def _cells(marked: Image.Image) -> set[tuple[int, int]]:
    """Return the cells, by column and row, in which anything is marked."""
    padded = Image.new("L", (-(-marked.width // CELL) * CELL, -(-marked.height // CELL) * CELL))
    padded.paste(marked)
    # one white pixel of a cell lifts its mean by 7 of 255
    coarse = padded.reduce(CELL)
    octets = coarse.tobytes()
    return {(index % coarse.width, index // coarse.width) for index, value in enumerate(octets) if value}


def _joined(cells: set[tuple[int, int]]) -> list[Region]:
    """Return a box of pixels around each group of cells that touch, or nearly."""
    regions = []
    while cells:
        waiting = [cells.pop()]
        group = list(waiting)
        while waiting:
            x, y = waiting.pop()
            near = {(x + i, y + j) for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)} & cells
            cells -= near
            waiting += near
            group += near
        columns, rows = [x for x, _ in group], [y for _, y in group]
        regions.append((min(columns) * CELL, min(rows) * CELL, (max(columns) + 1) * CELL, (max(rows) + 1) * CELL))
    outer = [region for region in regions if not any(other != region and _holds(other, region) for other in regions)]
    return sorted(outer, key=lambda region: (region[1], region[0]))


def _holds(outer: Region, inner: Region) -> bool:
    return all(a <= b for a, b in zip(outer[:2], inner[:2], strict=True)) and all(
        a >= b for a, b in zip(outer[2:], inner[2:], strict=True)
    )


def _clipped(region: Region, picture: RgbPicture) -> Region:
    left, top, right, bottom = region
    return left, top, min(right, picture.width), min(bottom, picture.height)


def outlined(picture: RgbPicture, regions: tuple[Region, ...]) -> bytes:
    """Return the picture as a PNG, each region washed and outlined."""
    image = picture.image()
    if regions:
        wash = Image.new("RGBA", image.size)
        pen = ImageDraw.Draw(wash)
        for left, top, right, bottom in regions:
            box = (
                max(left - MARGIN, 0),
                max(top - MARGIN, 0),
                min(right + MARGIN, image.width - 1),
                min(bottom + MARGIN, image.height - 1),
            )
            pen.rectangle(box, fill=(*_MARK, _WASH), outline=(*_MARK, 255), width=2)
        image = Image.alpha_composite(image.convert("RGBA"), wash).convert("RGB")
    file = BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()
