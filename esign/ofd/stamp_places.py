"""Where the seals of a signature are shown, held against the seal: one drawn larger than it is covers what others signed.

    misplaced(signature.stamps, seal.picture)        # "", or what is wrong with their places

The description of a further signature is its own signer's, and readers draw its seal above the pages that earlier ones signed, opaque
as some of its pictures are. So a seal stands at the size its maker gave it, and not many times on one page.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.geometry import read_box
from esign.ofd.draw.notes import Undrawable

if TYPE_CHECKING:
    from esign.ofd.model import StampAnnotation
    from esign.seal.model import SealPicture

_LARGER: Final = 1.1  # than the seal: some writers round, or allow for a frame
_ON_A_PAGE: Final = 6  # areas of the seal: places of one seal on one page, its slice at the edge with them


def misplaced(stamps: tuple[StampAnnotation, ...], picture: SealPicture) -> str:
    """Return what is wrong with the places of a seal, empty where nothing is."""
    covered: Counter[str] = Counter()
    sides = sorted((picture.width, picture.height))
    for each in stamps:
        try:
            box = read_box(each.boundary)
        except Undrawable:
            return "a place of the seal that cannot be read"
        shown = sorted((box.width, box.height))
        if any(side > own * _LARGER for side, own in zip(shown, sides, strict=True)):
            return f"the seal of {sides[0]} by {sides[1]} mm is shown at {shown[0]:g} by {shown[1]:g} mm"
        covered[each.page.strip().lstrip("0")] += 1
    if covered and max(covered.values()) > _ON_A_PAGE:
        return f"the seal is shown {max(covered.values())} times on one page"
    return ""
