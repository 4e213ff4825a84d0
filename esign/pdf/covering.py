"""Whether what is drawn later covers what was signed: the sneaky signature attack on files nobody certified.

Rohlmann et al. (IEEE S&P 2021) lay the appearance of a further signature field over the text. Several parties sign a contract
side by side, each with a drawing of his own, so a new visible field is allowed after an approval signature, unless it is
opaque and letters of the signed page, or what an annotation or an earlier signature shows, lie under it. A field that was
there and empty may have been laid over the text by whoever prepared the file (Mainka et al., NDSS 2021), so it is asked the
same when it is signed. Ink (blend mode Multiply, as our seals) replaces nothing that it lies on and may lie anywhere, though a
large black stain can be seen to blot it out. What a page draws in pictures is not known to be text.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final, cast

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, NumberObject
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    ModificationLevel,
    SuspiciousModification,
)

from esign.pdf.drawings import EDGES, is_bounded, is_drawn, is_opaque, normal_drawing
from esign.pdf.letters import UnknownLettersError, letters_of_drawing, letters_of_page
from esign.pdf.new_fields import PlainFieldRule, widgets_of
from esign.pdf.pages import page_tree
from esign.pdf.reader import charge, entry, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyhanko.pdf_utils.generic import Reference, StreamObject

    from esign.pdf.appearance import Box
    from esign.pdf.letters import Run
    from esign.pdf.pages import TreeNode
    from esign.pdf.reader import BoundedReader

_SHOWN: Final = ("/AP", "/AS", "/F")  # whether and how a field is shown
_UNSEEN: Final = 2 | 32  # flags of an annotation that keep it from the screen: Hidden, NoView (table 165)
_RUN: Final = 4  # numbers
_READ: Final = 4  # octets of content that finding one is counted as, beside those it is read from
_LOOK: Final = 2  # octets of content that comparing two places is counted as
_SHARE: Final = 0.1  # of a drawing that may lie under another: neighbours touch


class InkRule(PlainFieldRule):
    """The rule for new signature fields, and what drawings of signatures may not lie on."""

    def apply(self, context: FieldComparisonContext) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates. Raise SuspiciousModification for an opaque drawing over something that was signed."""
        yield from super().apply(context)
        widgets = [pair for spec in context.field_specs.values() for pair in _drawn_anew(spec)]
        refuse_covering(
            context, {ref: box for ref, each in widgets if is_opaque(each) and (box := hiding_box(each)) is not None}
        )


def _drawn_anew(spec: FieldComparisonSpec) -> Iterator[tuple[Reference, DictionaryObject]]:
    """Yield the widgets of a signature field that is new, or shows something else than it did."""
    old, new = spec.old_field, spec.new_field
    if spec.field_type != "/Sig" or new is None or spec.new_field_ref is None:
        return
    if old is None:
        yield from widgets_of(spec.new_field_ref)
    elif any(_told(old, key) != _told(new, key) for key in _SHOWN):
        yield spec.new_field_ref, new


def _told(field: DictionaryObject, key: str) -> object:
    value = entry(field, key)
    return {name: value.raw_get(name) for name in value} if isinstance(value, DictionaryObject) else value


def box_of(annotation: DictionaryObject) -> Box | None:
    """Return the box of an annotation on its page, None without one. Raise SuspiciousModification for one that is none."""
    if "/Rect" not in annotation:
        return None
    edges = numbers(annotation["/Rect"], EDGES)
    if edges is None:
        raise SuspiciousModification("the box of an annotation is not four numbers")
    left, bottom, right, top = edges
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def hiding_box(annotation: DictionaryObject) -> Box | None:
    """Return `box_of` an opaque drawing. Raise SuspiciousModification for one that need not stay in its box."""
    if not is_bounded(annotation):
        raise SuspiciousModification("the drawing of a new signature or field says no bounds")
    return box_of(annotation)


def refuse_covering(context: FieldComparisonContext, boxes: Mapping[Reference, Box]) -> None:
    """Raise SuspiciousModification when something that was signed lies under a box; annotations are named by reference."""
    try:
        _refuse_covering(context, boxes)
    except UnknownLettersError as error:
        raise SuspiciousModification(
            "it cannot be told whether the drawing of a new signature covers letters"
        ) from error


def _refuse_covering(context: FieldComparisonContext, boxes: Mapping[Reference, Box]) -> None:
    if not boxes:
        return
    for node in page_tree(context.old.root):
        page = context.new.get_object(node.reference.reference) if node.is_page else None
        shown = _annotations(page) if isinstance(page, DictionaryObject) else ()
        here = {each: boxes[each] for each in shown if each in boxes}
        if not here:
            continue
        if any(_covers_letters(context, node, box) for box in here.values()):
            raise SuspiciousModification("the drawing of a new signature or field covers what was signed")
        _refuse_over_annotations(node.dictionary, here)


def _covers_letters(context: FieldComparisonContext, page: TreeNode, box: Box) -> bool:
    """Return whether letters of a page lie in a box. It is asked once for each revision whose page that is."""
    reader = cast("BoundedReader", context.old.reader)
    key = context.old.revision, page.reference.idnum, page.reference.generation
    if (*key, box) not in reader.covered:
        runs = _letters(reader, key, page)
        reader.count_content(_LOOK * (1 + len(runs) // _RUN))
        numbers = iter(runs)
        lines = zip(numbers, numbers, numbers, numbers, strict=True)
        reader.covered[*key, box] = any(_lies_in(run, box) for run in lines)
    return reader.covered[*key, box]


def _letters(reader: BoundedReader, key: tuple[int, int, int], page: TreeNode) -> array[float]:
    """Return the runs of letters of a page, four numbers each. They are read once a revision."""
    if key not in reader.letters:
        runs = array("d")
        for run in letters_of_page(page):
            reader.count_content(_READ)
            runs.extend(run)
        reader.letters[key] = runs
    return reader.letters[key]


def _refuse_over_annotations(page: DictionaryObject, boxes: Mapping[Reference, Box]) -> None:
    annotations = _annotations(page)
    charge(page, _LOOK * len(annotations) * len(boxes))
    for reference in annotations:
        annotation = reference.get_object()
        if not isinstance(annotation, DictionaryObject) or not _is_seen(annotation):
            continue
        box = box_of(annotation)
        others = [other for each, other in boxes.items() if each != reference and box and _overlap(box, other)]
        if box is None or not others:
            continue
        drawing = normal_drawing(annotation)
        if (drawing is not None and _hide_letters(drawing, box, others)) or (
            is_drawn(annotation) and any(_overlap(box, other) > _SHARE for other in others)
        ):
            raise SuspiciousModification("the drawing of a new signature or field covers one that was signed")


def _hide_letters(drawing: StreamObject, box: Box, others: list[Box]) -> bool:
    """Return whether letters of an annotation's drawing lie in other boxes."""
    for run in letters_of_drawing(drawing, box):
        charge(drawing, _LOOK * len(others))
        if any(_lies_in(run, other) for other in others):
            return True
    return False


def _annotations(page: DictionaryObject) -> tuple[Reference, ...]:
    array = entry(page, "/Annots")
    listed = (array.raw_get(index) for index in range(len(array))) if isinstance(array, ArrayObject) else ()
    return tuple(each.reference for each in listed if isinstance(each, IndirectObject))


def _is_seen(annotation: DictionaryObject) -> bool:
    flags = entry(annotation, "/F", 0)
    return not (isinstance(flags, NumberObject) and int(flags) & _UNSEEN)


def _overlap(box: Box, other: Box) -> float:
    """Return which part of a box lies under another."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return width * height / area if min(width, height) > 0 and area > 0 else 0


def _lies_in(run: Run, box: Box) -> bool:
    """Return whether a part of a line lies inside a box (Liang and Barsky)."""
    x, y, end_x, end_y = run
    begin, end = 0.0, 1.0
    for step, low, high in ((end_x - x, box[0] - x, box[2] - x), (end_y - y, box[1] - y, box[3] - y)):
        if step == 0:
            if not low < 0 < high:
                return False
            continue
        near, far = sorted((low / step, high / step))
        begin, end = max(begin, near), min(end, far)
    return begin < end
