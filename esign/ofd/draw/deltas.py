"""The queues DeltaX and DeltaY: how far each character lies from the one before (GB/T 33190-2016, TextCode).

``g 3 4.2`` means 4.2 three times. A queue that is shorter than its text goes on with its last value, as writers rely on.
"""

from __future__ import annotations

from esign.ofd.draw.geometry import read_number
from esign.ofd.draw.notes import Lack, Undrawable


def read_deltas(text: str, most: int) -> tuple[float, ...]:
    """Return the distances, `most` at most; more are cut off, since no character is left for them. Raise Undrawable."""
    words = iter(text.replace(",", " ").split())
    found: list[float] = []
    for word in words:
        if len(found) >= most:
            break
        if word not in {"g", "G"}:
            found.append(read_number(word))
            continue
        count, value = next(words, ""), next(words, "")
        if not (count.isascii() and count.isdigit()) or not value:
            raise Undrawable(Lack.NUMBER, text)
        found += [read_number(value)] * min(int(count[:9]), most - len(found))
    return tuple(found)


def delta(queue: tuple[float, ...], index: int) -> float:
    """Return the distance before the character after `index`; 0 of an empty queue."""
    if not queue:
        return 0.0
    return queue[min(index, len(queue) - 1)]
