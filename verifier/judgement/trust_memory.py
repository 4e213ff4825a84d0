"""Certificates judged once where one sitting meets them again and again: an issuer's, in each of a thousand codes.

What is remembered was found on the same ground, the certificates, lists, anchors and policy judged by: the very same objects, held here so that
nothing else can take their place. A verdict is what it would be without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

MOST_REMEMBERED: Final = 256
_Found = TypeVar("_Found")


class TrustMemory:
    """What was found in one sitting; not safe to share between threads."""

    def __init__(self, limit: int = MOST_REMEMBERED) -> None:
        self._limit = limit
        self._found: dict[Hashable, tuple[tuple[object, ...], object]] = {}

    def found(
        self,
        ground: tuple[object, ...],
        question: Hashable,
        judge: Callable[[], _Found],
        *,
        lasts: Callable[[_Found], bool],
    ) -> _Found:
        """Return what `judge` finds for a question on this ground, or found before; kept where `lasts` says that it is so for every file."""
        key = (*map(id, ground), question)
        if (known := self._found.get(key)) is not None:
            return cast("_Found", known[1])
        found = judge()
        if lasts(found):
            if len(self._found) >= self._limit:
                self._found.clear()
            self._found[key] = (ground, found)
        return found
