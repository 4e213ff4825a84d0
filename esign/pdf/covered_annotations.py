"""Whether a box lies over what an annotation of the signed page shows: its drawing, or what readers draw of themselves.

An annotation without a drawing at rest is drawn by each reader in its own way: a note by its icon, a line struck through by its
corners, a field by its value. Such a one counts as letters all over its box, wherever readers may put that.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject, NumberObject, TextStringObject
from pyhanko.sign.diff_analysis import SuspiciousModification

from esign.pdf.drawings import FAR, drawings_at_rest, is_drawn
from esign.pdf.letter_areas import lies_in
from esign.pdf.letters import letters_of_drawing
from esign.pdf.pages import EDGES
from esign.pdf.reader import charge, entry, name_of, numbers, raw_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyhanko.pdf_utils.generic import Reference, StreamObject

    from esign.pdf.appearance import Box

_UNSEEN: Final = 2 | 32  # flags of an annotation that keep it from the screen: Hidden, NoView (table 165)
_TURNED: Final = 8 | 16  # NoZoom, NoRotate: about the upper left corner of the box, and as large as the reader likes
_LOOK: Final = 4  # octets of content that comparing two places is counted as
_SHARE: Final = 0.1  # of a drawing that may lie under all others together: neighbours touch
_TOUCH: Final = (
    1.0  # points, and of a small box a tenth of its side: what readers draw themselves does not reach its edge
)
_UNDRAWN: Final = frozenset({"/Link", "/Popup"})  # shown as a frame, or when somebody opens it
_MAX_PARENTS: Final = 16  # of a field


def listed_annotations(page: DictionaryObject) -> tuple[Reference, ...]:
    """Return what a page lists as annotations, by reference."""
    listed = raw_items(entry(page, "/Annots"))
    return tuple(each.reference for each in listed if isinstance(each, IndirectObject))


def box_of(annotation: DictionaryObject) -> Box | None:
    """Return the box of an annotation on its page, None without one. Raise SuspiciousModification for one that is none."""
    if "/Rect" not in annotation:
        return None
    edges = numbers(annotation["/Rect"], EDGES)
    if edges is None or max(map(abs, edges)) > FAR:
        raise SuspiciousModification("the box of an annotation is not four numbers")
    left, bottom, right, top = edges
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def is_upright(annotation: DictionaryObject) -> bool:
    """Return whether an annotation is turned and scaled as its page is, and so stays in its box."""
    return not _flags(annotation) & _TURNED


def refuse_over_annotations(page: DictionaryObject, boxes: Mapping[Reference, Box]) -> None:
    """Raise SuspiciousModification when a box, other than an annotation's own, lies over what one of a page shows.

    Raise UnknownLettersError where it cannot be told what a drawing shows.
    """
    listed = raw_items(entry(page, "/Annots"))
    charge(page, _LOOK * len(listed) * len(boxes))
    for named in listed:
        reference = named.reference if isinstance(named, IndirectObject) else None
        annotation = named.get_object()
        others = [other for each, other in boxes.items() if each != reference]
        if isinstance(annotation, DictionaryObject) and _is_covered(annotation, others):
            raise SuspiciousModification("the drawing of a new signature or field covers one that was signed")


def annotations_under(page: DictionaryObject, box: Box, own: Reference) -> tuple[bool, bool]:
    """Return whether a box lies over drawings of a page's annotations, but for `own`, and over what readers draw themselves."""
    is_drawing = is_undrawn = False
    for named in raw_items(entry(page, "/Annots")):
        annotation = named.get_object()
        is_own = isinstance(named, IndirectObject) and named.reference == own
        charge(page, _LOOK)
        if is_own or not isinstance(annotation, DictionaryObject) or _flags(annotation) & _UNSEEN:
            continue
        other = box_of(annotation)
        if other is None or not _overlap(box, other if is_upright(annotation) else _around(other)):
            continue
        is_drawing = is_drawing or is_drawn(annotation)
        is_undrawn = is_undrawn or (not is_drawn(annotation) and _is_drawn_by_readers(annotation))
    return is_drawing, is_undrawn


def _is_covered(annotation: DictionaryObject, others: list[Box]) -> bool:
    if _flags(annotation) & _UNSEEN or (box := box_of(annotation)) is None:
        return False
    upright = is_upright(annotation)
    near = [other for other in others if _overlap(box if upright else _around(box), other)]
    if not near:
        return False
    if not upright:
        return is_drawn(annotation) or _is_drawn_by_readers(annotation)
    if _is_drawn_by_readers(annotation) and any(_overlap(_inside(box), other) for other in near):
        return True
    if any(_hides_letters(drawing, box, near) for drawing in drawings_at_rest(annotation)):
        return True
    return is_drawn(annotation) and sum(_overlap(box, other) for other in near) > _SHARE


def _hides_letters(drawing: StreamObject, box: Box, others: list[Box]) -> bool:
    """Return whether letters of an annotation's drawing lie in other boxes."""
    for run in letters_of_drawing(drawing, box):
        charge(drawing, _LOOK * len(others))
        if any(lies_in(run, other) for other in others):
            return True
    return False


def _is_drawn_by_readers(annotation: DictionaryObject) -> bool:
    """Return whether readers show something of an annotation that brings no drawing at rest."""
    if any(True for _ in drawings_at_rest(annotation)):
        return False
    kind = name_of(annotation, "/Subtype")
    if kind != "/Widget":
        return kind not in _UNDRAWN
    match _inherited(annotation, "/FT"):
        case "/Sig":
            return False  # a frame at most, which `is_drawn` knows
        case "/Tx" | "/Ch":
            value = _inherited(annotation, "/V")
            return value is not None and not (isinstance(value, TextStringObject) and str(value) == "")
        case _:
            return True


def _inherited(field: DictionaryObject, key: str) -> object:
    """Return the value of a key of a field, or of the fields above it (12.7.3.1); it stays unknown above too many."""
    node: object = field
    for _ in range(_MAX_PARENTS):
        if not isinstance(node, DictionaryObject):
            return None
        if key in node:
            return entry(node, key)
        node = entry(node, "/Parent")
    return ""


def _flags(annotation: DictionaryObject) -> int:
    flags = entry(annotation, "/F", 0)
    return int(flags) if isinstance(flags, NumberObject) else 0


def _around(box: Box) -> Box:
    """Return where a box may come to lie that is turned about its upper left corner, and shown at half the size of the page."""
    reach = 2 * max(box[2] - box[0], box[3] - box[1])
    return box[0] - reach, box[3] - reach, box[0] + reach, box[3] + reach


def _inside(box: Box) -> Box:
    across, up = (min(_TOUCH, (high - low) / 10) for low, high in ((box[0], box[2]), (box[1], box[3])))
    return box[0] + across, box[1] + up, box[2] - across, box[3] - up


def _overlap(box: Box, other: Box) -> float:
    """Return which part of a box lies under another."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return width * height / area if min(width, height) > 0 and area > 0 else 0
