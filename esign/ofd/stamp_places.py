"""Where the seals of a signature are shown, held against the seal: one drawn larger than it is covers what others signed.

    misplaced(signature.stamps, seal.picture, signature.description)        # "", or what is wrong with their places
    crowded(stamps_of_others)                        # "", or what is wrong with all of them together

The description of a further signature is its own signer's, and readers draw its seal above the pages that earlier ones signed, opaque
as some of its pictures are. So a seal stands at the size its maker gave it, which is that of a seal, not many times on one page; and what
others show on a page together leaves most of it free.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.geometry import read_box
from esign.ofd.draw.notes import Undrawable
from esign.ofd.nested_picture import is_nested, reaches_beyond

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esign.ofd.model import StampAnnotation
    from esign.seal.model import SealPicture

LARGER: Final = 1.1  # than the seal: some writers round, or allow for a frame
MAX_SIDE_MM: Final = 80  # official seals have 42 to 60, their frames some more
MAX_SHOWN_MM2: Final = 16_000  # on one page by all others: a quarter of A4, nine official seals
_ON_A_PAGE: Final = 6  # places of one seal on one page, its slice at the edge with them
_PAGE: Final = re.compile("[0-9]{1,10}")  # readers take signs and digits of other scripts for the same page
_PLACE: Final = re.compile("[+-]?[0-9.]+(?: [+-]?[0-9.]+){3}")  # some readers cut at each blank, and at nothing else
_REFERRING: Final = re.compile(rb"<[\w:.-]{0,64}StampAnnot\b[^<>]*&")  # to what not every reader puts there


def misplaced(stamps: tuple[StampAnnotation, ...], picture: SealPicture, description: bytes = b"") -> str:
    """Return what is wrong with the places of a seal, empty where nothing is; `description` is the Signature.xml they stand in."""
    places: Counter[int] = Counter()
    sides = sorted((picture.width, picture.height))
    if stamps and sides[-1] > MAX_SIDE_MM:
        return f"the seal is {sides[0]} by {sides[1]} mm large"
    if _REFERRING.search(description):
        return "a place of the seal that is not spelt as it is meant"
    for each in stamps:
        told = _told(each, sides)
        if told:
            return told
        places[int(each.page)] += 1
    if places and max(places.values()) > _ON_A_PAGE:
        return f"the seal is shown {max(places.values())} times on one page"
    return reaches_beyond(picture.data, sides[-1] * LARGER) if stamps and is_nested(picture) else ""


def _told(stamp: StampAnnotation, sides: list[int]) -> str:
    """Return what is wrong with one place of a seal of these sides."""
    try:
        box = read_box(stamp.boundary)
    except Undrawable:
        return "a place of the seal that cannot be read"
    if not all(_PLACE.fullmatch(each) for each in (stamp.boundary, stamp.clip) if each):
        return f"a place of the seal that is read in several ways: {stamp.boundary[:60]!r}"
    if not _PAGE.fullmatch(stamp.page):
        return f"a place of the seal on page {stamp.page[:40]!r}"
    shown = sorted((box.width, box.height))
    if any(side > own * LARGER for side, own in zip(shown, sides, strict=True)):
        return f"the seal of {sides[0]} by {sides[1]} mm is shown at {shown[0]:g} by {shown[1]:g} mm"
    return ""


def crowded(stamps: Iterable[StampAnnotation]) -> str:
    """Return what is wrong with places that are each in order, empty where nothing is."""
    shown: Counter[int] = Counter()
    for each in stamps:
        box = read_box(each.boundary)
        shown[int(each.page)] += round(box.width * box.height)
    most = max(shown.values(), default=0)
    return f"seals of others take {most} square millimetres of one page" if most > MAX_SHOWN_MM2 else ""
