"""The letters of one page, kept by where they stand, so that asking what lies under a box looks at few of them.

areas = LetterAreas(letters_of_page(page), charge)
areas.any_under((50, 60, 150, 75), charge)
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from esign.pdf.appearance import Box

# a piece of a line of text, as wide and high as its letters: a corner, the next one along the line, and the way up from there
Run = tuple[float, float, float, float, float, float]
_NUMBERS: Final = 6  # of a run
_READ: Final = 4  # octets of content that keeping one is counted as, beside those it is read from
_LOOK: Final = 4  # octets of content that comparing two places is counted as, some microseconds
_BAND: Final = 16.0  # units of a page, a line or two
_MANY: Final = 64  # bands; what runs through more of them is looked at each time


class LetterAreas:
    """The areas of a page's letters. Whoever asks brings `charge`, which counts octets of content and raises PDF_LIMIT."""

    def __init__(self, runs: Iterable[Run], charge: Callable[[int], None]) -> None:
        self._runs = array("d")
        self._bands: dict[int, array[int]] = {}
        self._through = array("L")  # many bands
        for run in runs:
            charge(_READ)
            self._keep(run)

    def _keep(self, run: Run) -> None:
        place = len(self._runs)
        self._runs.extend(run)
        ys = run[1], run[3], run[1] + run[5], run[3] + run[5]
        bands = _bands(min(ys), max(ys))
        if bands is None:
            self._through.append(place)
            return
        for band in bands:
            self._bands.setdefault(band, array("L")).append(place)

    def any_under(self, box: Box, charge: Callable[[int], None]) -> bool:
        """Return whether letters lie in a box, whole or in part. Raise what `charge` raises."""
        count = 0
        found = False
        for place in self._near(box):
            count += 1
            x, y, end_x, end_y, up_x, up_y = self._runs[place : place + _NUMBERS]
            if lies_in((x, y, end_x, end_y, up_x, up_y), box):
                found = True
                break
        charge(_LOOK * (1 + count))
        return found

    def _near(self, box: Box) -> Iterator[int]:
        yield from self._through
        bands = _bands(box[1], box[3])
        for band in self._bands if bands is None else bands:
            yield from self._bands.get(band, ())


def _bands(low: float, high: float) -> range | None:
    """Return the bands between two heights, None where they are many."""
    if not -_MANY * _MANY < low / _BAND <= high / _BAND < _MANY * _MANY:
        return None
    bands = range(int(low // _BAND), int(high // _BAND) + 1)
    return bands if len(bands) <= _MANY else None


def around(run: Run) -> Box:
    """Return the box around an area."""
    x, y, end_x, end_y, up_x, up_y = run
    xs, ys = (x, end_x, x + up_x, end_x + up_x), (y, end_y, y + up_y, end_y + up_y)
    return min(xs), min(ys), max(xs), max(ys)


def lies_in(run: Run, box: Box) -> bool:
    """Return whether a part of an area lies inside a box: no line parallel to a side of either keeps them apart."""
    x, y, end_x, end_y, up_x, up_y = run
    xs = x, end_x, x + up_x, end_x + up_x
    ys = y, end_y, y + up_y, end_y + up_y
    if max(xs) <= box[0] or min(xs) >= box[2] or max(ys) <= box[1] or min(ys) >= box[3]:
        return False
    return all(
        _meet(
            sorted(there_y * along_x - there_x * along_y for there_x, there_y in zip(xs, ys, strict=True)),
            sorted(there_y * along_x - there_x * along_y for there_x in box[0::2] for there_y in box[1::2]),
        )
        for along_x, along_y in ((end_x - x, end_y - y), (up_x, up_y))
    )


def _meet(some: list[float], others: list[float]) -> bool:
    return some[0] < others[-1] and others[0] < some[-1]
