"""Whether marks that a picture of a page shows can still be seen in a later one: letters of a scan under what was drawn since.

    loss = vanished(before, after, count)         # an empty text, or what became of the marks
    loss = vanished_under_seal(before, ink, laid)                        # the same of an OFD's seal, of which no reader says how it is mixed

A mark is where neighbouring pixels differ. It is still seen where they differ in the same sense, in any colour, by a good part of
what they did, and in lightness too, which is what the eye sees most of; so black letters are seen through red ink, and red ones
are not. Marks that were wiped out, or faded, to the ground they stood on, are told at once; marks that lie under something that is
seen itself, as the lines of a seal, only where nearly all of a place as large as a letter are gone. And what was added to marks in their
own colour makes other letters of them, though nothing is lost. Only what changed is compared, a tile at a time, and each is counted
before it is: so work and memory have bounds that do not hang on the clock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageChops, ImageFilter, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from esign.rendering.joined_boxes import Box

DOTS_PER_INCH: Final = 144  # of the pictures: all sizes below are reckoned by it
_SEEN: Final = 56  # of 255 between neighbours: what is fainter nobody reads, and scans are full of it
_KEPT: Final = 0.35  # of the difference, in one colour
_KEPT_LIGHTNESS: Final = 0.2  # likewise in lightness: black under seal red keeps 0.28
_WIPED: Final = 0.55  # of the way from a mark to its ground
_GROUND: Final = 12  # pixels around, by which it is told whether marks are darker than their ground
_CELL: Final = 16  # pixels of a place as large as a letter: 8 points at 144 dots an inch
_FEW: Final = 10  # pixels that may be wiped out in such a place: a point has a dozen
_SPARSE: Final = 24  # pixels of marks below which a place shows nothing that could be hidden
_MOST: Final = 0.75  # of its marks
_BESIDE: Final = 8  # pixels to marks that one seems to belong to
_ALIKE: Final = 56  # of 255, in each colour: as dark as they are
_DARK: Final = 112  # likewise under seals, whose red is lighter: dark brown or blue beside black letters looks black
_THIN: Final = 3  # pixels: what is left of a letter's edge under ink has fewer
_CROSSED: Final = 3  # places beside each other that a line of a seal may cover: it crosses a letter, and hides no word
_RULE: Final = re.compile(rb"\xff{144,}")  # pixels of a line: an inch, longer than letters
_WIPED_OUT: Final = "marks of the page are wiped out"
_ADDED: Final = "marks were added to those of the page"
_COVERED: Final = "marks of the page are covered"
_ROUND: Final = 1.3  # sides of a whole seal; a slice at the edge of a page has no middle
_RIM: Final = (
    0.28  # of each side, around where the star is: it has a third of the seal's width, and half a place around it
)
_STAR: Final = 113  # pixels, 20 mm: the star of the largest seal has 19
_EVEN: Final = 48  # of 255 between the pixels of a star, which has one colour
_EDGE: Final = 5  # pixels at the edge of a star, where it is blurred
_FAINT: Final = 16  # of 255 between pixels beside each other: what is to be read at all
_GONE: Final = 8  # likewise, where nothing is seen
_NEAR: Final = 4  # pixels to those beside each other
_LIGHT: Final = 128  # of 255: as paper is, and no ink
_INKED: Final = 40  # of 255, by which ink changes a page at least
_LINE: Final = 15  # pixels, 2.6 mm: the ring of a seal and the strokes of its letters have fewer
_CLEAR: Final = 0.6  # of a seal may be ink at most: one with ring, star and name has a third
_AROUND: Final = 32  # pixels around what changed: a place and all that its pixels are compared with
_TILE: Final = 512  # pixels of the longest side of what is compared at once, but for those around
_WAYS: Final = ((2, 0), (0, 2))  # to the neighbour whose pixel is compared


def vanished(before: Image.Image, after: Image.Image, count: Callable[[int], None] | None = None) -> str:
    """Return what became of a picture's marks in a later one, in words for operators; an empty text when all are seen as they were.

    `count` is told of pixels before they are compared. Raise what it raises.
    """
    if before.size != after.size:
        return "the page has another size"
    worst = ""
    for left, top, right, bottom in _changed(before, after):
        if count is not None:
            count((right - left) * (bottom - top))
        loss = _loss(*(each.crop((left, top, right, bottom)) for each in (before, after)))
        if loss not in {"", _ADDED}:
            return loss
        worst = worst or loss
    return worst


def _changed(before: Image.Image, after: Image.Image) -> Iterator[Box]:
    """Yield boxes around what differs in two pictures, with what stands around."""
    if min(before.size) < 1:
        return
    difference = ImageChops.difference(before, after)
    left, top, right, bottom = difference.getbbox() or (0, 0, 0, 0)
    for y in range(top, bottom, _TILE):
        for x in range(left, right, _TILE):
            found = difference.crop((x, y, min(x + _TILE, right), min(y + _TILE, bottom))).getbbox()
            if found is not None:
                yield (
                    max(0, x + found[0] - _AROUND),
                    max(0, y + found[1] - _AROUND),
                    min(before.width, x + found[2] + _AROUND),
                    min(before.height, y + found[3] + _AROUND),
                )


def _loss(before: Image.Image, after: Image.Image) -> str:
    seen, lost = _marks(before, after)
    wiped = ImageChops.lighter(ImageChops.multiply(lost, _wiped(before, after)), _faded(before, after))
    if any(count > _FEW for count, _ in _places(wiped, wiped)):
        return _WIPED_OUT
    if any(_is_hidden(gone, marks) for gone, marks in _places(lost, seen)):
        return _COVERED
    if any(count > _FEW for gained in _gained(before, after) for count, _ in _places(gained, gained)):
        return _ADDED
    return ""


def is_blank(picture: Image.Image) -> bool:
    """Return whether nothing is to be seen in a part of a page but long straight rules."""
    if min(picture.size) < 1:
        return True
    seen, _ = _marks(picture, picture)
    rest = _without_rules(_without_rules(seen).transpose(Image.Transpose.ROTATE_90))
    return not any(count > _FEW for count, _ in _places(rest, rest))


def _without_rules(marks: Image.Image) -> Image.Image:
    octets, width = marks.tobytes(), marks.width
    rows = (octets[at : at + width] for at in range(0, len(octets), width))
    rest = b"".join(_RULE.sub(lambda match: bytes(len(match[0])), row) for row in rows)
    return Image.frombytes("L", marks.size, rest)


def vanished_under_seal(before: Image.Image, ink: Image.Image, laid: Image.Image) -> str:
    """Return what of a picture can no longer be seen under a seal, mixed with it as ink or laid on as it is.

    Letters lie under the lines of a seal in many an honest file, and under the star in its middle, which is solid: mixed as ink it
    leaves them to be seen. Laid on it may cover some, there and nowhere else, if most of the seal is clear.
    """
    told = vanished(before, ink)
    if told not in {"", _ADDED} or before.tobytes() == laid.tobytes():
        return told
    star = _star(before, laid)
    seen, lost = _marks(before, laid)
    light = ImageChops.multiply(_wiped(before, laid), laid.convert("L").point(_over(_LIGHT)))
    wiped = ImageChops.multiply(lost, light)
    if any(count > _FEW for count, _ in _places(wiped, wiped)):
        return _WIPED_OUT
    changed = ImageChops.difference(before, laid).convert("L").point(_over(_INKED))
    is_clear = changed.histogram()[255] <= _CLEAR * before.width * before.height
    if _hidden_together(ImageChops.subtract(lost, star) if is_clear else lost, seen) > (_CROSSED if is_clear else 0):
        return _COVERED
    if _is_evened(before, ink, Image.new("L", before.size)) or _is_evened(before, laid, star):
        return _WIPED_OUT
    return _ADDED if any(_adds_to(before, after) for after in (ink, laid)) else ""


def _adds_to(before: Image.Image, after: Image.Image) -> bool:
    """Whether something was added to marks in their colour, or in what looks like it and is more than the edge of a letter under ink."""
    for box in _changed(before, after):
        was, now = before.crop(box), after.crop(box)
        dark = (each.filter(ImageFilter.MinFilter(_THIN)) for each in _gained(was, now, _DARK))
        if any(count > _FEW for each in (*_gained(was, now), *dark) for count, _ in _places(each, each)):
            return True
    return False


def _star(before: Image.Image, laid: Image.Image) -> Image.Image:
    """Return the middle of a seal, 255 there, where a star of one colour lies; nothing where there is none, or letters are in it."""
    found = Image.new("L", before.size)
    if max(before.size) > _ROUND * min(before.size):
        return found
    left, top = (max(round(side * _RIM), (side - _STAR) // 2) for side in before.size)
    box = (left, top, before.width - left, before.height - top)
    changed = ImageChops.difference(before, laid).convert("L").point(_over(_INKED))
    inside = _solid(changed).crop(box).filter(ImageFilter.MinFilter(_EDGE))
    ink = laid.crop(box)
    for channel in ink.split():
        levels = [level for level, times in enumerate(channel.histogram(inside)) if times]
        if levels and levels[-1] - levels[0] > _EVEN:
            return found
    found.paste(255, box)
    return found


def _is_evened(before: Image.Image, after: Image.Image, star: Image.Image) -> bool:
    """Whether something was to be seen, however faint, where all is of one colour now, but under a star."""
    was, now = (
        [ImageChops.subtract(_lightest(each, _NEAR), _darkest(each, _NEAR)) for each in picture.split()]
        for picture in (before, after)
    )
    seen, left = Image.new("L", before.size), Image.new("L", before.size)
    for one, other in zip(was, now, strict=True):
        seen = ImageChops.lighter(seen, one.point(_over(_FAINT)))
        left = ImageChops.lighter(left, other.point(_over(_GONE)))
    gone = ImageChops.subtract(ImageChops.subtract(seen, left), star)
    return any(count > _FEW for count, _ in _places(gone, gone))


def _solid(ink: Image.Image) -> Image.Image:
    """Return of ink what is broader than the lines of a seal."""
    framed = ImageOps.expand(ink, _LINE)  # a filter takes what lies beyond the edge for more of the same
    broad = framed.filter(ImageFilter.MinFilter(_LINE)).filter(ImageFilter.MaxFilter(_LINE))
    return ImageOps.crop(broad, _LINE)


def _hidden_together(lost: Image.Image, seen: Image.Image) -> int:
    """Return how many places beside each other show nothing any more of the marks that were there, at most."""
    most = 0
    for width, gone, marks in _grids(lost, seen):
        left = {at for at, each in enumerate(zip(gone, marks, strict=True)) if _is_hidden(*map(_pixels, each))}
        while left:
            waiting, size = [left.pop()], 0
            while waiting:
                at, size = waiting.pop(), size + 1
                beside = left.intersection(
                    (
                        at - width,
                        at + width,
                        *((at - 1,) if at % width else ()),
                        *((at + 1,) if (at + 1) % width else ()),
                    )
                )
                left -= beside
                waiting += beside
            most = max(most, size)
    return most


def _is_hidden(gone: int, marks: int) -> bool:
    return marks >= _SPARSE and gone > _MOST * marks


def _gained(before: Image.Image, after: Image.Image, alike: int = _ALIKE) -> Iterator[Image.Image]:
    """Yield where ground became as dark as the marks beside it, in every colour, so that it looks as one with them; or as light."""
    for was, now in ((before, after), (ImageChops.invert(before), ImageChops.invert(after))):
        found = Image.new("L", was.size, 255)
        grounds = Image.new("L", was.size)
        for one, other in zip(was.split(), now.split(), strict=True):
            low = _darkest(one, _BESIDE)
            unlike = ImageChops.subtract(other, low.point(lambda value: min(255, value + alike))).point(_over(1))
            found = ImageChops.subtract(found, unlike)
            grounds = ImageChops.lighter(grounds, ImageChops.subtract(one, low).point(_over(2 * _ALIKE)))
        yield ImageChops.multiply(found, grounds)


def _darkest(channel: Image.Image, reach: int) -> Image.Image:
    """Return of each pixel the darkest so far away in each direction: as a filter for smallest values, in a tenth of the time."""
    return _furthest(channel, reach, ImageChops.darker)


def _lightest(channel: Image.Image, reach: int) -> Image.Image:
    """Return of each pixel the lightest so far away in each direction."""
    return _furthest(channel, reach, ImageChops.lighter)


def _furthest(
    channel: Image.Image, reach: int, chosen: Callable[[Image.Image, Image.Image], Image.Image]
) -> Image.Image:
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        reached = 0
        while reached < reach:
            step = min(reached + 1, reach - reached)
            channel = chosen(channel, _shifted(channel, x * step, y * step))
            reached += step
    return channel


def _shifted(channel: Image.Image, x: int, y: int) -> Image.Image:
    """Return a picture moved to the right and down; what is left free at the edge stays as it was."""
    found = channel.copy()
    found.paste(channel, (x, y))
    return found


def _marks(before: Image.Image, after: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return where marks were seen, and where they are seen no more: 255 there, 0 elsewhere."""
    seen, kept, dimmed = (Image.new("L", before.size) for _ in range(3))
    for one, other in zip(before.split(), after.split(), strict=True):
        for was, now in zip(_slopes(one), _slopes(other), strict=True):
            shown = was.point(_over(_SEEN))
            seen = ImageChops.lighter(seen, shown)
            kept = ImageChops.lighter(kept, ImageChops.subtract(shown, _missing(was, now, _KEPT)))
    for was, now in zip(_slopes(before.convert("L")), _slopes(after.convert("L")), strict=True):
        dim = ImageChops.multiply(was.point(_over(_SEEN)), _missing(was, now, _KEPT_LIGHTNESS))
        dimmed = ImageChops.lighter(dimmed, dim)
    return seen, ImageChops.lighter(ImageChops.subtract(seen, kept), dimmed)


def _missing(was: Image.Image, now: Image.Image, part: float) -> Image.Image:
    """Return where slopes are no longer that part of what they were."""
    return ImageChops.subtract(was.point(lambda value: int(value * part)), now).point(_over(1))


def _slopes(channel: Image.Image) -> Iterator[Image.Image]:
    """Yield by how much each pixel is lighter than its neighbour, and its neighbour than it, in both directions."""
    for x, y in _WAYS:
        shifted = _shifted(channel, x, y)  # at the edge each is its own neighbour
        yield ImageChops.subtract(channel, shifted)
        yield ImageChops.subtract(shifted, channel)


def _wiped(before: Image.Image, after: Image.Image) -> Image.Image:
    """Return where marks became as their ground is: light on light paper, dark on a dark bar."""
    was, now = before.convert("L"), after.convert("L")
    light = was.filter(ImageFilter.BoxBlur(_GROUND)).point(_over(128))
    found = Image.new("L", was.size)
    for one, other, ground in ((was, now, light), (*map(ImageChops.invert, (was, now)), ImageChops.invert(light))):
        low, high = _darkest(one, 2), _lightest(one, 2)
        reached = ImageChops.subtract(_darkest(other, 1), low)
        needed = ImageChops.subtract(high, low).point(lambda value: int(value * _WIPED))
        cleared = ImageChops.invert(ImageChops.subtract(needed, reached).point(_over(1)))
        found = ImageChops.lighter(found, ImageChops.multiply(cleared, ground))
    return found


def _faded(before: Image.Image, after: Image.Image) -> Image.Image:
    """Return where dark marks became nearly as light as the paper they stand on, whatever a single colour still tells."""
    was, now = before.convert("L"), after.convert("L")
    low, high = _darkest(was, 2), _lightest(was, 2)
    contrast = ImageChops.subtract(high, low)
    dark = ImageChops.subtract(ImageChops.subtract(high, was), contrast.point(lambda value: value // 2)).point(_over(1))
    risen = ImageChops.subtract(_darkest(now, 1), low)
    enough = ImageChops.subtract(contrast.point(lambda value: int(value * _WIPED)), risen).point(_over(1))
    marks = ImageChops.multiply(contrast.point(_over(_SEEN)), dark)
    return ImageChops.subtract(marks, enough)


def _places(first: Image.Image, second: Image.Image) -> Iterator[tuple[int, int]]:
    """Yield of each place, and of those half a place further, how many pixels of two pictures are 255, where both have some."""
    for _, *counts in _grids(first, second):
        for one, other in zip(*counts, strict=True):
            if one and other:
                yield _pixels(one), _pixels(other)


def _pixels(mean: int) -> int:
    return round(mean * _CELL * _CELL / 255)


def _grids(first: Image.Image, second: Image.Image) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield how many places lie beside each other, and the mean of each place in two pictures; then of those half a place further."""
    half = _CELL // 2
    for x, y in ((0, 0), (half, 0), (0, half), (half, half)):
        counts = []
        for picture in (first, second):
            width, height = (max(_CELL, -(-(side + half) // _CELL) * _CELL) for side in picture.size)
            moved = Image.new("L", (width, height))
            moved.paste(picture, (half - x, half - y))
            counts.append(moved.point(lambda value: value and 255).reduce(_CELL))
        yield counts[0].width, counts[0].tobytes(), counts[1].tobytes()


def _over(least: int) -> Callable[[int], int]:
    return lambda value: 255 if value >= least else 0
