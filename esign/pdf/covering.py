"""Whether what is drawn later covers what was signed: the sneaky signature attack on files nobody certified.

Rohlmann et al. (IEEE S&P 2021) lay the appearance of a further signature field over the text. Several parties sign a contract
side by side, each with a drawing of his own, so a new visible field is allowed after an approval signature, unless it is
opaque and letters of the signed page, or what an annotation or an earlier signature shows (`esign.pdf.covered_annotations`), lie
under it. A field that was
there and empty may have been laid over the text by whoever prepared the file (Mainka et al., NDSS 2021), so it is asked the
same when it is signed. Ink (blend mode Multiply, as our seals) replaces no letters that it lies on, unless it is as dark as they are,
which several inks of one place are together. So all that a page shows under a new drawing, but for letters under an opaque one,
may be hidden or not: it is noted where that is (`BoundedReader.overlaid`), for whoever can look (ADR 0027).
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FormUpdate,
    ModificationLevel,
    SuspiciousModification,
)

from esign.pdf.covered_annotations import (
    annotations_under,
    box_of,
    is_upright,
    listed_annotations,
    refuse_over_annotations,
)
from esign.pdf.drawings import is_bounded, is_drawn, is_opaque, normal_drawing
from esign.pdf.letter_areas import LetterAreas, around
from esign.pdf.letters import UnknownLettersError, letters_of_drawing, letters_of_page
from esign.pdf.marks import Marks
from esign.pdf.new_fields import PlainFieldRule, drawn_anew
from esign.pdf.pages import page_of, page_tree
from esign.pdf.plain_drawing import is_drawn_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyhanko.pdf_utils.generic import Reference

    from esign.pdf.appearance import Box
    from esign.pdf.letter_areas import Run
    from esign.pdf.pages import TreeNode
    from esign.pdf.reader import BoundedReader


class InkRule(PlainFieldRule):
    """The rule for new signature fields, and what drawings of signatures may not lie on."""

    def apply(self, context: FieldComparisonContext) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates. Raise SuspiciousModification for an opaque drawing over something that was signed."""
        yield from super().apply(context)
        widgets = [pair for spec in context.field_specs.values() for pair in drawn_anew(spec)]
        drawn = {ref: (box, each) for ref, each in widgets if is_drawn(each) and (box := hiding_box(each)) is not None}
        opaque = {ref: box for ref, (box, each) in drawn.items() if is_opaque(each)}
        refuse_covering(context, opaque)
        note_overlays(context, {ref: (*pair, ref in opaque) for ref, pair in drawn.items()})


def hiding_box(annotation: DictionaryObject) -> Box | None:
    """Return `box_of` a new drawing. Raise SuspiciousModification for one that need not stay in its box."""
    if not is_bounded(annotation):
        raise SuspiciousModification("the drawing of a new signature or field says no bounds")
    if not is_upright(annotation):
        raise SuspiciousModification("the drawing of a new signature or field is turned or sized by who shows it")
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
        shown = listed_annotations(page) if isinstance(page, DictionaryObject) else ()
        here = {each: boxes[each] for each in shown if each in boxes}
        if not here:
            continue
        if not node.is_tied:
            raise UnknownLettersError
        if any(_covers_letters(context, node, box) for box in here.values()):
            raise SuspiciousModification("the drawing of a new signature or field covers what was signed")
        refuse_over_annotations(node.dictionary, here)


def note_overlays(
    context: FieldComparisonContext, drawn: Mapping[Reference, tuple[Box, DictionaryObject, bool]]
) -> None:
    """Note where new drawings, in their boxes, opaque or ink, lie over what they may hide and need not. Raise what reading raises."""
    if not drawn:
        return
    noted = cast("BoundedReader", context.old.reader).overlaid.setdefault(context.old.revision, {})
    pages = (node for node in page_tree(context.old.root) if node.is_page)
    for number, node in enumerate(pages):
        page = context.new.get_object(node.reference.reference)
        here = (
            [each for each in listed_annotations(page) if each in drawn] if isinstance(page, DictionaryObject) else []
        )
        for reference in here:
            box, annotation, opaque = drawn[reference]
            is_drawing, is_undrawn = annotations_under(node.dictionary, box, reference)
            if not (is_drawing or is_undrawn or _may_hide(context, node, box, opaque=opaque)):
                continue
            shown = page_of(number, node)
            is_placed = not is_undrawn and node.is_tied and shown.unit == 1
            part = shown.fractions(box)
            alike, placed = noted.get((number, part), (True, True))
            noted[number, part] = alike and is_drawn_alike(annotation), placed and is_placed


def note_writing(context: FieldComparisonContext, written: Mapping[Reference, DictionaryObject]) -> None:
    """Note where letters of filled fields stand over letters of the page, which they make others of: no look tells them apart."""
    texts = {ref: (each, drawing) for ref, each in written.items() if (drawing := normal_drawing(each)) is not None}
    if not texts:
        return
    noted = cast("BoundedReader", context.old.reader).overlaid.setdefault(context.old.revision, {})
    shown = _shown_on(context)
    for reference, (annotation, drawing) in texts.items():
        box = box_of(annotation)
        for number, node in shown.get(reference, ()):
            if box is not None and _writes_over(context, node, letters_of_drawing(drawing, box)):
                noted[number, page_of(number, node).fractions(box)] = False, False


def _shown_on(context: FieldComparisonContext) -> dict[Reference, list[tuple[int, TreeNode]]]:
    """Return on which pages annotations are shown. It is asked once for two revisions: there may be many fields and pages."""
    reader = cast("BoundedReader", context.old.reader)
    key = context.old.revision, context.new.revision
    if key not in reader.shown:
        found: dict[Reference, list[tuple[int, TreeNode]]] = {}
        for number, node in enumerate(each for each in page_tree(context.old.root) if each.is_page):
            page = context.new.get_object(node.reference.reference)
            for each in listed_annotations(page) if isinstance(page, DictionaryObject) else ():
                found.setdefault(each, []).append((number, node))
        reader.shown[key] = found
        return found
    known: dict[Reference, list[tuple[int, TreeNode]]] = reader.shown[key]
    return known


def _writes_over(context: FieldComparisonContext, page: TreeNode, runs: Iterable[Run]) -> bool:
    try:
        boxes = [around(run) for run in runs]
        return any(_covers_letters(context, page, box) for box in boxes)
    except UnknownLettersError:
        return True


def _may_hide(context: FieldComparisonContext, page: TreeNode, box: Box, *, opaque: bool) -> bool:
    """Return whether marks of a page lie in a box, black letters only under ink, or may."""
    reader = cast("BoundedReader", context.old.reader)
    key = context.old.revision, page.reference.idnum, page.reference.generation
    if not page.is_tied or (not opaque and not _is_read(reader, key, page)):
        return True
    areas = [reader.others[key]] if key in reader.others else []
    areas += [] if opaque else [reader.letters[key]]
    return any(each.any_under(box, reader.count_content) for each in areas)


def _is_read(reader: BoundedReader, key: tuple[int, int, int], page: TreeNode) -> bool:
    """Return whether a page's letters are known, read apart: what ink may lie over is no reason to refuse a large file."""
    if key in reader.letters or reader.leaves_unread:
        return key in reader.letters
    try:
        with reader.read_apart():
            _read_letters(reader, key, page)
    except UnknownLettersError:
        return False
    return key in reader.letters


def _read_letters(reader: BoundedReader, key: tuple[int, int, int], page: TreeNode) -> None:
    marks = Marks()
    reader.letters[key] = LetterAreas(letters_of_page(page, marks), reader.count_content)
    reader.others[key] = LetterAreas(marks.runs, reader.count_content)


def _covers_letters(context: FieldComparisonContext, page: TreeNode, box: Box) -> bool:
    """Return whether letters of a page lie in a box. It is asked once for each revision whose page that is."""
    reader = cast("BoundedReader", context.old.reader)
    key = context.old.revision, page.reference.idnum, page.reference.generation
    if (*key, box) not in reader.covered:
        if key not in reader.letters:
            _read_letters(reader, key, page)
        reader.covered[*key, box] = reader.letters[key].any_under(box, reader.count_content)
    return reader.covered[*key, box]
