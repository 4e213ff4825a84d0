"""Whether the drawing of a further signature covers what was signed: the sneaky signature attack on files nobody certified.

Rohlmann et al. (IEEE S&P 2021) lay the appearance of a further signature field over the text. Several parties sign a contract
side by side, each with a drawing of his own, so a new visible field is allowed after an approval signature, unless it is
opaque and letters of the signed page lie under it. Ink (blend mode Multiply, as our seals) replaces nothing that it lies on and
may lie anywhere, though a large black stain can be seen to blot it out. How far letters reach is estimated; what a page draws in
pictures is not known to be text.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, StreamObject
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FormUpdate,
    ModificationLevel,
    SigFieldCreationRule,
    SuspiciousModification,
)

from esign.pdf.letters import letters_of_page
from esign.pdf.operators import PAINTING, SHOWING, read_operations
from esign.pdf.pages import page_tree
from esign.pdf.reader import entry, items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyhanko.pdf_utils.generic import Reference

    from esign.pdf.appearance import Box

_MARKS: Final = (PAINTING - {b"Do"}) | SHOWING  # a white line hides as well as a white box, and letters replace letters
_MAX_DEPTH: Final = 4  # forms inside forms: Adobe's appearances have three layers
_MAX_WIDGETS: Final = 64  # of the new fields of one revision
_INK: Final = frozenset({"/Multiply", "/Darken", "/ColorBurn"})  # dark stays dark (ISO 32000-1 table 136)


class InkRule(SigFieldCreationRule):
    """pyHanko's rule for new signature fields, and what their drawings may not do."""

    def apply(self, context: FieldComparisonContext) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates. Raise SuspiciousModification for an opaque drawing over letters that were signed."""
        yield from super().apply(context)
        specs = context.field_specs.values()
        new = [spec.new_field_ref for spec in specs if spec.old_field_ref is None and spec.new_field_ref is not None]
        widgets = [widget for reference in new for widget in _widgets(reference)]
        if len(widgets) > _MAX_WIDGETS:
            raise SuspiciousModification("more new signature fields than anybody signs at once")
        opaque = {ref: _box(entry(widget, "/Rect")) for ref, widget in widgets if _covers(widget)}
        if opaque:
            _refuse_over_letters(context, opaque)


def _widgets(reference: Reference) -> Iterator[tuple[Reference, DictionaryObject]]:
    """Yield the field itself, which is its own widget as a rule, and the widgets below it."""
    field = reference.get_object()
    if isinstance(field, DictionaryObject):
        yield reference, field
        kids = entry(field, "/Kids")
        for index in range(len(kids) if isinstance(kids, ArrayObject) else 0):
            kid = kids.raw_get(index)
            widget = kid.get_object()
            if isinstance(widget, DictionaryObject):
                yield kid.reference, widget


def _box(value: object) -> Box:
    left, bottom, right, top = (float(edge) for edge in items(value))
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _covers(widget: DictionaryObject) -> bool:
    appearance = entry(widget, "/AP")
    drawing = entry(appearance, "/N") if isinstance(appearance, DictionaryObject) else None
    if isinstance(drawing, StreamObject):
        return _is_opaque(drawing, 0)
    return isinstance(drawing, DictionaryObject)  # one drawing a state: a signature field has no states to choose from


def _is_opaque(drawing: StreamObject, depth: int) -> bool:
    """Return whether a form XObject may hide what is under it; what cannot be told counts as opaque."""
    if depth > _MAX_DEPTH:
        return True
    found = entry(drawing, "/Resources")
    resources = found if isinstance(found, DictionaryObject) else DictionaryObject()
    ink, saved = False, list[bool]()
    for operation in read_operations(drawing.read_data(DecodePurpose.GENERIC)):
        name = operation.names[0].decode("latin-1") if operation.names else ""
        if operation.name == b"gs":
            state = _resource(resources, "/ExtGState", name)
            ink = entry(state, "/BM") in _INK if isinstance(state, DictionaryObject) and "/BM" in state else ink
        elif operation.name == b"q":
            saved.append(ink)
        elif operation.name == b"Q":
            ink = saved.pop() if saved else False
        elif not ink and (
            operation.name in _MARKS
            or (operation.name == b"Do" and _shows_opaque(_resource(resources, "/XObject", name), depth))
        ):
            return True
    return False


def _shows_opaque(shown: object, depth: int) -> bool:
    if not isinstance(shown, StreamObject):
        return False
    if entry(shown, "/Subtype") == "/Image":
        return True  # a mask may let nothing through
    return _is_opaque(shown, depth + 1)


def _resource(resources: DictionaryObject, kind: str, name: str) -> object:
    found = entry(resources, kind)
    return entry(found, name) if isinstance(found, DictionaryObject) else None


def _refuse_over_letters(context: FieldComparisonContext, opaque: dict[Reference, Box]) -> None:
    for node in page_tree(context.new.root):
        annotations = entry(node.dictionary, "/Annots", ArrayObject()) if node.is_page else ArrayObject()
        count = len(annotations) if isinstance(annotations, ArrayObject) else 0
        shown = {getattr(annotations.raw_get(index), "reference", None) for index in range(count)}
        boxes = [box for reference, box in opaque.items() if reference in shown]
        if boxes and any(_lies_in(point, box) for point in letters_of_page(node) for box in boxes):
            raise SuspiciousModification("the drawing of a new signature covers what was signed")


def _lies_in(point: tuple[float, float], box: Box) -> bool:
    return box[0] < point[0] < box[2] and box[1] < point[1] < box[3]
