"""What a signature field made after a signature may be: a field to sign in, which does, shows and moves nothing else.

Every level allows such fields (a document time stamp needs one), and pyHanko asks little of them. So a new field could be a note
or a white square by its /Subtype, run a script by its /AA, show a text nobody signed, or change the order in which the page's
annotations lie over each other.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    ModificationLevel,
    SigFieldCreationRule,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.rules import form_field_rules

from esign.pdf.drawings import is_drawn
from esign.pdf.pages import EDGES, page_tree
from esign.pdf.reader import entry, raw_entries, raw_items, written_anew
from esign.pdf.same_kinds import BOXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyhanko.pdf_utils.generic import PdfObject, Reference
    from pyhanko.pdf_utils.reader import HistoricalResolver

Listed: TypeAlias = tuple[int, int] | bytes  # an annotation, as a page lists it
_NAME: Final = re.compile(r"[^\x00-\x1f.\x7f-\x9f\ufeff\ufffe]+")
_MAX_WIDGETS: Final = 64  # of the new fields of one revision
_ACTING: Final = frozenset({"/A", "/AA"})
_DEMANDING: Final = ("/SV", "/Lock")  # what a field asks of its signer (table 232)
_OF_TEXT: Final = frozenset({"/DV", "/RV", "/DS", "/Opt", "/I", "/TI", "/MaxLen"})
_OF_FIELDS: Final = frozenset({"/V", "/DA", "/Q", "/T", "/Kids", "/Lock", "/SV"})  # not of a widget below one
_SHOWN: Final = ("/AP", "/AS", "/F")  # whether and how a field is shown
_MOVED: Final = "annotations that were signed lie in another order"


class PlainFieldRule(SigFieldCreationRule):
    """pyHanko's rule for new signature fields, and what else they may not bring."""

    def apply(self, context: FieldComparisonContext) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates. Raise SuspiciousModification for a field that is more than a place to sign in."""
        yield from super().apply(context)
        fields = [
            spec.new_field_ref
            for spec in context.field_specs.values()
            if spec.old_field_ref is None and spec.new_field_ref is not None
        ]
        count = 0
        for reference in fields:
            field = cast("DictionaryObject", reference.get_object())  # pyHanko's rule has seen to that
            signed = entry(field, "/V") is not None
            if signed and not isinstance(entry(field, "/V"), DictionaryObject):
                raise SuspiciousModification("the value of a new signature field is no signature")
            _require_own_name(field)
            for place, widget in widgets_of(reference):
                count += 1
                _require_of_signature(widget, is_field=place == reference)
                if count > _MAX_WIDGETS:
                    raise SuspiciousModification("more new signature fields than anybody signs at once")
                _require_plain(widget, signed=signed)
        if fields:
            _require_order(context.old, context.new)
        for spec in context.field_specs.values():
            is_stamped = isinstance(spec.new_field, DictionaryObject) and _is_stamped(spec.new_field)
            if is_stamped and any(is_drawn(widget) for _, widget in drawn_anew(spec)):
                raise SuspiciousModification("a document time stamp shows something")


class BareFieldRule(PlainFieldRule):
    """The rule for files that nobody may change: a field that is new, or signed later, shows nothing.

    pyHanko tells so by the level of the objects that a drawing brings, and a drawing may be one that was signed.
    """

    def apply(self, context: FieldComparisonContext) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates. Raise SuspiciousModification for a field that shows something it did not show."""
        yield from super().apply(context)
        for spec in context.field_specs.values():
            if any(is_drawn(widget) for _, widget in drawn_anew(spec)):
                raise SuspiciousModification("a signature field shows something in a file that nobody may change")


def drawn_anew(spec: FieldComparisonSpec) -> Iterator[tuple[Reference, DictionaryObject]]:
    """Yield the widgets of a signature field that is new, or shows something else than it did."""
    old, new = spec.old_field, spec.new_field
    if spec.field_type != "/Sig" or new is None or spec.new_field_ref is None:
        return
    if old is None:
        yield from widgets_of(spec.new_field_ref)
    elif any(_told(old, key) != _told(new, key) for key in _SHOWN):
        yield spec.new_field_ref, new


def _is_stamped(field: DictionaryObject) -> bool:
    """Return whether a field holds a document time stamp (ETSI EN 319 142-1 5.4.3), which anybody can have made."""
    value = entry(field, "/V")
    told = {key: entry(value, key) for key in ("/Type", "/SubFilter")} if isinstance(value, DictionaryObject) else {}
    return told.get("/Type") == "/DocTimeStamp" or told.get("/SubFilter") == "/ETSI.RFC3161"


def _told(field: DictionaryObject, key: str) -> object:
    value = entry(field, key)
    return raw_entries(value) if isinstance(value, DictionaryObject) else value


def widgets_of(reference: Reference) -> Iterator[tuple[Reference, DictionaryObject]]:
    """Yield the field itself, which is its own widget as a rule, and the widgets below it."""
    field = reference.get_object()
    if isinstance(field, DictionaryObject):
        yield reference, field
        for kid in raw_items(entry(field, "/Kids")):
            widget = kid.get_object()
            if isinstance(widget, DictionaryObject):
                yield kid.reference, widget


def _require_own_name(field: DictionaryObject) -> None:
    """Refuse a field without a name of its own: some readers take it for one more place where another field is shown (12.7.3.1)."""
    name = entry(field, "/T")
    if "/Parent" in field or not isinstance(name, TextStringObject) or not _NAME.fullmatch(str(name)):
        raise SuspiciousModification("a new signature field has no name of its own")


def _require_of_signature(widget: DictionaryObject, *, is_field: bool) -> None:
    """Refuse what belongs to fields of text and choices, from which readers draw a value of their own (12.7.4)."""
    strange = _OF_TEXT if is_field else _OF_TEXT | _OF_FIELDS
    if not strange.isdisjoint(widget) or entry(widget, "/FT", "/Sig") != "/Sig":
        raise SuspiciousModification("a new signature field has what fields of other kinds have")


def _require_plain(widget: DictionaryObject, *, signed: bool) -> None:
    if entry(widget, "/Subtype", "/Widget") != "/Widget":
        raise SuspiciousModification("a new signature field is an annotation of another kind")
    if _ACTING & set(widget):
        raise SuspiciousModification("a new signature field brings an action")
    if not all(_is_closed(entry(widget, key)) for key in _DEMANDING):
        raise SuspiciousModification("what a new signature field asks of its signer leads to other objects")
    if "/Rect" in widget and not _is_box(widget.raw_get("/Rect")):
        raise SuspiciousModification("the box of a new signature field is not four numbers")
    if not signed and is_drawn(widget):
        raise SuspiciousModification("a new field that nobody signed shows something")


def _is_closed(value: object) -> bool:
    """Return whether a value holds no reference and no stream: what it led to would have its place in the file by it alone."""
    inside = [value]
    while inside:
        each = inside.pop()
        if isinstance(each, IndirectObject | StreamObject):
            return False
        if isinstance(each, DictionaryObject):
            inside += [each.raw_get(key) for key in each]
        elif isinstance(each, ArrayObject):
            inside += [each.raw_get(index) for index in range(len(each))]
    return True


def _is_box(value: object) -> bool:
    """Return whether a value is four numbers that stand there: pyHanko takes others for no area, readers for what they say."""
    return (
        isinstance(value, ArrayObject)
        and len(value) == EDGES
        and all(isinstance(edge, NumberObject | FloatObject) for edge in value)
    )


def _require_order(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse annotations in another order than they were signed in, or listed again: what lies over what would change.

    Only what the revision wrote anew is looked at: pages, and the arrays that hold their annotations. Other arrays, such as those
    of validation material, may be written in any order.
    """
    moved: set[tuple[int, int]] = set()
    for reference, before, after in written_anew(old, new):
        if isinstance(before, DictionaryObject) and isinstance(after, DictionaryObject):
            if _is_moved(entry(before, "/Annots"), entry(after, "/Annots")):
                raise SuspiciousModification(_MOVED)
        elif _is_moved(before, after):
            moved.add((reference.idnum, reference.generation))
    if moved and moved & _annotation_arrays(old):
        raise SuspiciousModification(_MOVED)


def _is_moved(before: object, after: object) -> bool:
    if not isinstance(before, ArrayObject) or not isinstance(after, ArrayObject):
        return False
    signed = _listed(before)
    known = set(signed)
    return [each for each in _listed(after) if each in known] != signed


def _annotation_arrays(old: HistoricalResolver) -> set[tuple[int, int]]:
    """Return the numbers of the arrays that the pages' /Annots refer to."""
    nodes = (node.dictionary for node in page_tree(old.root))
    listed = (node.raw_get("/Annots") for node in nodes if "/Annots" in node)
    return {(each.idnum, each.generation) for each in listed if isinstance(each, IndirectObject)}


def _listed(array: ArrayObject) -> list[Listed]:
    return [found for each in array.iterate() if (found := listed(each)) is not None]


def listed(annotation: PdfObject) -> Listed | None:
    """Return what an annotation is known by: its number and generation, or the octets and kinds of one that stands in the array.

    None for null. Two values may be written alike that are not the same to every reader: flags as integers and as reals.
    """
    if isinstance(annotation, IndirectObject):
        return annotation.idnum, annotation.generation
    if isinstance(annotation, NullObject):
        return None
    octets = BytesIO()
    annotation.write_to_stream(octets)
    return octets.getvalue() + b"\0" + b" ".join(_kinds(annotation))


def _kinds(value: PdfObject, key: str = "") -> Iterator[bytes]:
    """Yield of what kind each number in a value is, and the octets of each string; rectangles are numbers of either kind."""
    if isinstance(value, DictionaryObject):
        for name in value:
            yield from _kinds(value.raw_get(name), name)
    elif isinstance(value, ArrayObject):
        for each in value.iterate():
            yield from _kinds(each, key)
    elif isinstance(value, TextStringObject | ByteStringObject):
        yield value.original_bytes.hex().encode()
    elif isinstance(value, NumberObject | FloatObject) and key not in BOXES:
        yield b"i" if isinstance(value, NumberObject) else b"r"


def _annotations_of(
    page: object, failure: Callable[[str], Exception]
) -> tuple[set[Reference | bytes], Reference | None]:
    """Return what pyHanko's function of that name does, which refuses annotations that stand in the array; Adobe allows them."""
    if not isinstance(page, DictionaryObject):
        raise failure("Page objects should be dictionaries")
    raw = page.raw_get("/Annots")
    array = raw.get_object()
    if not isinstance(array, ArrayObject):
        raise failure("Not an array object")
    found: set[Reference | bytes] = set()
    for each in array.iterate():
        known = listed(each)
        if isinstance(each, IndirectObject):
            found.add(each.reference)
        elif isinstance(known, bytes):
            found.add(known)
    return found, raw.reference if isinstance(raw, IndirectObject) else None


form_field_rules._extract_annots_from_page = _annotations_of  # noqa: SLF001 - pyHanko offers no argument for it
