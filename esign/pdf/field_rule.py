"""What may become of a form field after a signature: what its signer saw stays, and what is new hides nothing.

Form filling is the way of the shadow attacks called replace (Mainka et al., NDSS 2021): a field's value, or only what is shown
of it, changes after the signature, or an empty field is filled with something that covers the text behind it. So a value and
what is shown of it change together, in every place where the field is shown; what is shown are letters of outlines, and where
more than dark letters are, nothing that was signed may lie under them; and where nobody certified the file for filling in, a
field that showed something to the signer stays as it was, and a box stays ticked or not.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    GenericFieldModificationRule,
    ModificationLevel,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.constants import VALUE_UPDATE_KEYS

from esign.pdf.covering import hiding_box, note_overlays, note_writing, refuse_covering
from esign.pdf.drawings import has_area, is_bounded, normal_drawing, read_content
from esign.pdf.field_fonts import is_foreign
from esign.pdf.field_layout import require_legible
from esign.pdf.field_marks import PLAIN, hides, is_of_one_ink, is_well_nested, may_hide, writes_outlines
from esign.pdf.field_words import fonts_of, words_of
from esign.pdf.operators import PAINTING, SHOWING, Operation
from esign.pdf.overwriting import overwriting_nothing
from esign.pdf.reader import entry, items, name_of, raw_entries, raw_items

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyhanko.pdf_utils.generic import Reference
    from pyhanko.pdf_utils.reader import HistoricalResolver

    from esign.pdf.reader import BoundedReader

_FIXED: Final = ("/F", "/DA", "/Q", "/MK", "/Rect")  # where, how and whether a field is shown
_CHOSEN: Final = "/I"  # which options of a choice are its value (table 231)
_TOUCHED: Final = ("/R", "/D")  # drawings under the pointer, and pressed
_READ_ONLY: Final = 1  # the only flag of /Ff whose change shows nothing (table 221)
_PASSWORD: Final = 1 << 13  # table 228: asterisks are shown
_OFF: Final = "/Off"


@dataclass(frozen=True, slots=True)
class _Widget:
    """One place where a field is shown, as it was and as it is: the field itself, or one of its kids without a name."""

    was: Reference
    now: Reference
    old: DictionaryObject
    new: DictionaryObject
    index: int | None = None  # among the kids

    @property
    def is_changed(self) -> bool:
        return (_raw(self.old, "/AS"), _shown(self.old)) != (_raw(self.new, "/AS"), _shown(self.new))

    def drawing(self) -> StreamObject | None:
        """Return what is shown now: the drawing at rest, that of the state where there are several."""
        states = _states(self.new)
        found = normal_drawing(self.new) if states is None else entry(states, name_of(self.new, "/AS") or _OFF)
        return found if isinstance(found, StreamObject) else None


class ShownFieldRule(GenericFieldModificationRule):
    """pyHanko's rule for fields, and what it leaves open. `refill`: a certifier allowed filling in (DocMDP P of 2 or 3)."""

    def __init__(self, *, refill: bool) -> None:
        keys = VALUE_UPDATE_KEYS | {_CHOSEN}
        super().__init__(allow_in_place_appearance_stream_changes=False, value_update_keys=keys)
        self._refill = refill

    def check_form_field(
        self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates of one field and its widgets. Raise SuspiciousModification for a change that shows or hides."""
        old, new = spec.old_field, spec.new_field
        yield from overwriting_nothing(super().check_form_field(fq_name, spec, context), context.old, old)
        references = spec.old_field_ref, spec.new_field_ref
        if spec.field_type == "/Sig" or old is None or new is None or references[0] is None or references[1] is None:
            return
        widgets = _widgets(str(fq_name), _Widget(references[0], references[1], old, new))
        hiding = _hiding(str(fq_name), str(spec.field_type), old, new, widgets, refill=self._refill)
        drawn = {each.now: (box, each.new, True) for each in hiding if (box := hiding_box(each.new)) is not None}
        refuse_covering(context, {reference: box for reference, (box, *_) in drawn.items()})
        note_overlays(context, drawn)
        note_writing(context, {each.now: each.new for each in widgets if each.is_changed})
        if any(_is_unread(each, context.old) for each in widgets if each.is_changed):
            cast("BoundedReader", context.old.reader).unread.setdefault(context.old.revision, set()).add(str(fq_name))
        for widget in widgets:
            if widget.index is not None:
                updates = super().check_form_field(fq_name, _as_field(spec, widget), context)
                yield from overwriting_nothing(updates, context.old, widget.old)


def _is_unread(widget: _Widget, signed: HistoricalResolver) -> bool:
    """Return whether nobody here can tell what is shown: letters cannot be read, or are of a font that the filler has chosen."""
    drawing, operations = normal_drawing(widget.new), _operations(widget.new)
    if drawing is None or not any(each.name in SHOWING for each in operations) or _flags(widget.new) & _PASSWORD:
        return False
    before = normal_drawing(widget.old)
    return words_of(operations, drawing) is None or any(
        is_foreign(font, before, signed) for font in fonts_of(operations, drawing)
    )


def _as_field(spec: FieldComparisonSpec, widget: _Widget) -> FieldComparisonSpec:
    """Return what pyHanko compares of a widget below its field, as if it were one: it knows fields with names alone."""
    path = spec.old_canonical_path
    return FieldComparisonSpec(
        field_type=spec.field_type,
        old_field_ref=widget.was,
        new_field_ref=widget.now,
        old_canonical_path=None if path is None or widget.index is None else path + "/Kids" + widget.index,
    )


def _widgets(name: str, field: _Widget) -> tuple[_Widget, ...]:
    """Return where a field is shown; nowhere when it is a group of fields. Raise SuspiciousModification for other kids."""
    kids = _kids(field.old), _kids(field.new)
    if kids[0] != kids[1]:
        raise SuspiciousModification(f"the field {name!r} has other kids")
    if not kids[0]:
        return (field,)
    found = []
    for index, (was, now) in enumerate(zip(*kids, strict=True)):
        old, new = was.get_object(), now.get_object()
        if isinstance(old, DictionaryObject) and isinstance(new, DictionaryObject) and "/T" not in old:
            found.append(_Widget(was.reference, now.reference, old, new, index))
    return tuple(found)


def _kids(field: DictionaryObject) -> list[IndirectObject]:
    return [each for each in raw_items(entry(field, "/Kids")) if isinstance(each, IndirectObject)]


def _hiding(
    name: str, kind: str, old: DictionaryObject, new: DictionaryObject, widgets: tuple[_Widget, ...], *, refill: bool
) -> tuple[_Widget, ...]:
    """Raise SuspiciousModification for what no field may do; return the widgets whose new drawing may hide what is under it."""
    for before, after in ((old, new), *((each.old, each.new) for each in widgets)):
        for key in _FIXED:
            if _raw(before, key) != _raw(after, key):
                raise SuspiciousModification(f"{key} of the field {name!r} changed")
        if _raw(before, _CHOSEN) != _raw(after, _CHOSEN) and (kind != "/Ch" or not _is_chosen(after)):
            raise SuspiciousModification(f"{_CHOSEN} of the field {name!r} is not what its value says")
    if (_flags(old) ^ _flags(new)) & ~_READ_ONLY:
        raise SuspiciousModification(f"the flags of the field {name!r} changed")
    changed = tuple(each for each in widgets if each.is_changed)
    if not all(is_bounded(each.new) for each in changed):
        raise SuspiciousModification(f"a drawing of the field {name!r} says no bounds")
    if _raw(old, "/V") == _raw(new, "/V") and not changed:
        return ()
    if kind == "/Btn":
        _refuse_button(name, new, widgets, refill=refill)
        drawn = ((each, each.drawing()) for each in changed)
        return tuple(each for each, drawing in drawn if drawing is not None and may_hide(drawing))
    if not widgets:
        raise SuspiciousModification(f"the field {name!r} is shown nowhere, and its value changed")
    asked = changed if _raw(old, "/V") == _raw(new, "/V") else widgets
    return tuple(each for each in asked if _refuse_text(name, old, new, each, refill=refill))


def _has_ground(field: DictionaryObject) -> bool:
    """Return whether a field has a ground of its own to be written on (table 189), which was signed."""
    look = entry(field, "/MK")
    return isinstance(look, DictionaryObject) and "/BG" in look


def _is_chosen(field: DictionaryObject) -> bool:
    """Return whether /I of a field, if it has one, names those of its options that its value is."""
    if _CHOSEN not in field:
        return True
    value, chosen = entry(field, "/V"), items(entry(field, _CHOSEN))
    values = items(value) if isinstance(value, ArrayObject) else [] if value is None else [value]
    options = [(items(each) or [each])[0] for each in items(entry(field, "/Opt"))]
    if not all(isinstance(each, NumberObject) and 0 <= each < len(options) for each in chosen):
        return False
    texts = [*values, *(options[each] for each in chosen)]
    named = sorted(str(options[each]) for each in chosen)
    return all(isinstance(each, TextStringObject) for each in texts) and named == sorted(map(str, values))


def _refuse_button(name: str, field: DictionaryObject, widgets: tuple[_Widget, ...], *, refill: bool) -> None:
    """A box may be ticked where filling in is allowed, by the drawings that were signed. An empty box says something too."""
    if not refill:
        raise SuspiciousModification(f"the button {name!r} was set after the signature")
    value = (name_of(field, "/V") or "") if "/V" in field else _OFF
    is_seen = value == _OFF
    for widget in widgets:
        if _shown(widget.old) != _shown(widget.new):
            raise SuspiciousModification(f"the drawings of the button {name!r} changed")
        states = _states(widget.new)
        has_value = states is not None and value in states
        is_seen = is_seen or has_value
        if (name_of(widget.new, "/AS") or _OFF) != (value if has_value else _OFF):
            raise SuspiciousModification(f"the button {name!r} shows another state than its value")
    if not is_seen:
        raise SuspiciousModification(f"the button {name!r} has no drawing of its value")


def _refuse_text(name: str, old: DictionaryObject, new: DictionaryObject, widget: _Widget, *, refill: bool) -> bool:
    """Return whether what a field of text now shows in one place may hide what is under it."""
    if _shown(widget.new) and normal_drawing(widget.new) is None:
        raise SuspiciousModification(f"the field {name!r} has drawings for states, which text has not, or none")
    before, drawing = _operations(widget.old), normal_drawing(widget.new)
    if not refill and (_is_filled(old) or any(each.name in SHOWING for each in before)):
        raise SuspiciousModification(f"the field {name!r} showed something else when it was signed")
    shown = _shown(widget.old), _shown(widget.new)
    if (_raw(old, "/V") == _raw(new, "/V")) != (shown[0] == shown[1]) and any(shown):
        raise SuspiciousModification(f"of the field {name!r} only the value changed, or only what is shown of it")
    if any(shown[0].get(key) != shown[1].get(key) for key in _TOUCHED):
        raise SuspiciousModification(f"the field {name!r} shows something else under the pointer")
    if drawing is None:
        if any(shown) or "/Rect" not in widget.new:
            raise SuspiciousModification(f"the field {name!r} does not show its value")
        return True  # readers draw it, each in its own way
    operations = tuple(read_content(drawing))
    if _is_filled(new) and not has_area(drawing):
        raise SuspiciousModification(f"the field {name!r} does not show its value")
    _refuse_drawing(name, before, operations)
    is_read = _refuse_other_words(name, new, operations, drawing)
    if not is_well_nested(operations, drawing):
        raise SuspiciousModification(f"the field {name!r} is drawn in a way that readers take apart")
    require_legible(name, operations, drawing, widget.new, in_order=is_read)
    if not is_of_one_ink(operations) and not _has_ground(new):
        raise SuspiciousModification(f"letters of the field {name!r} are light, or of several colours")
    return hides(operations, drawing)


def _refuse_drawing(name: str, before: tuple[Operation, ...], operations: tuple[Operation, ...]) -> None:
    paint = [each.name for each in operations if each.name in PAINTING]
    if len(paint) > len([each for each in before if each.name in PAINTING]) or b"Do" in paint:
        raise SuspiciousModification(f"the field {name!r} shows more than text")
    if not all(each.is_proper for each in operations):
        raise SuspiciousModification(f"the field {name!r} is drawn with operators that readers take in several ways")
    if strange := {each.name for each in operations} - PLAIN - PAINTING:
        raise SuspiciousModification(f"the field {name!r} is drawn with {min(strange)!r}")
    if any(each.name == b"Tr" and each.numbers != (0.0,) for each in operations):
        raise SuspiciousModification(f"the field {name!r} is written in another mode than filled letters")


def _refuse_other_words(
    name: str, field: DictionaryObject, operations: tuple[Operation, ...], drawing: StreamObject
) -> bool:
    """Refuse letters that are not the value. Return whether they can be read."""
    if not writes_outlines(operations, drawing):
        raise SuspiciousModification(f"the field {name!r} is written in a font of drawings, or in none of its own")
    shown = b"".join(b"".join(text for each in operations if each.name in SHOWING for text in each.texts).split())
    if _is_filled(field) and not shown:
        raise SuspiciousModification(f"the field {name!r} does not show its value")
    value = _worded(field)
    if _flags(field) & _PASSWORD:
        return False
    read = words_of(operations, drawing)
    if read is not None and "".join(read.split()) != "".join(value.split()):
        raise SuspiciousModification(f"the field {name!r} shows something else than its value")
    return read is not None


def _worded(field: DictionaryObject) -> str:
    """Return the text that shows a field's value: of a choice whose options have two words, the second (table 231)."""
    value = _text(entry(field, "/V"))
    pairs = [pair for each in items(entry(field, "/Opt")) if len(pair := items(each)) > 1]
    return next((_text(pair[1]) for pair in pairs if _text(pair[0]) == value), value)


def _operations(field: DictionaryObject) -> tuple[Operation, ...]:
    drawing = normal_drawing(field)
    return () if drawing is None else tuple(read_content(drawing))


def _states(field: DictionaryObject) -> DictionaryObject | None:
    """Return the drawings of a button by state, None where there is one drawing or none."""
    appearance = entry(field, "/AP")
    found = entry(appearance, "/N") if isinstance(appearance, DictionaryObject) else None
    return found if isinstance(found, DictionaryObject) and not isinstance(found, StreamObject) else None


def _shown(field: DictionaryObject) -> dict[str, object]:
    """Return the appearance dictionary as it refers to drawings: equal when it refers to the same ones."""
    return raw_entries(entry(field, "/AP"))


def _raw(field: DictionaryObject, key: str) -> object:
    return field.raw_get(key) if key in field else None


def _is_filled(field: DictionaryObject) -> bool:
    value = entry(field, "/V")
    return value is not None and (not isinstance(value, TextStringObject) or str(value) != "")


def _text(value: object) -> str:
    return str(value) if isinstance(value, TextStringObject) else ""


def _flags(field: DictionaryObject) -> int:
    value = entry(field, "/Ff", 0)
    return int(value) if isinstance(value, NumberObject) else 0
