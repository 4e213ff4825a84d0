"""What may become of a form field after a signature: what its signer saw stays, and what is new hides nothing.

Form filling is the way of the shadow attacks called replace (Mainka et al., NDSS 2021): a field's value, or only what is shown
of it, changes after the signature, or an empty field is filled with something that covers the text behind it. So a value and
what is shown of it change together; what is shown are letters and nothing painted; and where nobody certified the file for
filling in, a field that showed something to the signer stays as it was, and a box stays ticked or not.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject, TextStringObject
from pyhanko.sign.diff_analysis import (
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    GenericFieldModificationRule,
    ModificationLevel,
    SuspiciousModification,
)

from esign.pdf.covering import hiding_box, refuse_covering
from esign.pdf.drawings import LETTER_FONTS, normal_drawing, read_content
from esign.pdf.field_marks import marks_of
from esign.pdf.operators import PAINTING, SHOWING, Operation
from esign.pdf.overwriting import overwriting_nothing
from esign.pdf.reader import entry, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIXED: Final = ("/F", "/DA", "/Q", "/MK", "/Rect")  # where, how and whether a field is shown
_TOUCHED: Final = ("/R", "/D")  # drawings under the pointer, and pressed
_READ_ONLY: Final = 1  # the only flag of /Ff whose change shows nothing (table 221)
_PASSWORD: Final = 1 << 13  # table 228: asterisks are shown
_LETTERS: Final = frozenset(  # text, and the state it is written in; clipping makes less visible, never more
    b"q Q cm BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T* Tj TJ ' \" g G rg RG k K cs CS sc SC w J j M d i ri "
    b"BMC BDC EMC MP DP re m l h W W* n".split()
)


class ShownFieldRule(GenericFieldModificationRule):
    """pyHanko's rule for fields, and what it leaves open. `refill`: a certifier allowed filling in (DocMDP P of 2 or 3)."""

    def __init__(self, *, refill: bool) -> None:
        super().__init__(allow_in_place_appearance_stream_changes=False)
        self._refill = refill

    def check_form_field(
        self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates of one field. Raise SuspiciousModification for a change that shows or hides."""
        old, new = spec.old_field, spec.new_field
        if spec.field_type != "/Sig" and old is not None and new is not None and spec.new_field_ref is not None:
            may_hide = _refuse_change(str(fq_name), str(spec.field_type), old, new, refill=self._refill)
            box = hiding_box(new) if may_hide else None
            refuse_covering(context, {} if box is None else {spec.new_field_ref: box})
        yield from overwriting_nothing(super().check_form_field(fq_name, spec, context), context.old, old)


def _refuse_change(name: str, kind: str, old: DictionaryObject, new: DictionaryObject, *, refill: bool) -> bool:
    """Raise SuspiciousModification for what no field may do; return whether the new drawing may hide what is under it."""
    for key in _FIXED:
        if _raw(old, key) != _raw(new, key):
            raise SuspiciousModification(f"{key} of the field {name!r} changed")
    if (_flags(old) ^ _flags(new)) & ~_READ_ONLY:
        raise SuspiciousModification(f"the flags of the field {name!r} changed")
    states = tuple((_raw(field, "/V"), _raw(field, "/AS"), _shown(field)) for field in (old, new))
    if states[0] == states[1]:
        return False
    if kind == "/Btn":
        _refuse_button(name, old, new, refill=refill)
        return False
    if _shown(new) and normal_drawing(new) is None:
        raise SuspiciousModification(f"the field {name!r} has drawings for states, which text has not")
    drawn = _operations(old), _operations(new)
    _refuse_text(name, old, new, drawn, refill=refill)
    before, after = (marks_of(each) for each in drawn)
    return after.has_light_letters or not after.paint <= before.paint


def _refuse_button(name: str, old: DictionaryObject, new: DictionaryObject, *, refill: bool) -> None:
    """A box may be ticked where filling in is allowed, by the drawings that were signed. An empty box says something too."""
    if not refill:
        raise SuspiciousModification(f"the button {name!r} was set after the signature")
    if _shown(old) != _shown(new):
        raise SuspiciousModification(f"the drawings of the button {name!r} changed")


def _refuse_text(
    name: str,
    old: DictionaryObject,
    new: DictionaryObject,
    drawn: tuple[tuple[Operation, ...], tuple[Operation, ...]],
    *,
    refill: bool,
) -> None:
    before, operations = drawn
    if not refill and (_is_filled(old) or any(each.name in SHOWING for each in before)):
        raise SuspiciousModification(f"the field {name!r} showed something else when it was signed")
    value_kept, drawing_kept = _raw(old, "/V") == _raw(new, "/V"), _shown(old) == _shown(new)
    if value_kept != drawing_kept and (_shown(old) or _shown(new)):
        raise SuspiciousModification(f"of the field {name!r} only the value changed, or only what is shown of it")
    if any(_shown(old).get(key) != _shown(new).get(key) for key in _TOUCHED):
        raise SuspiciousModification(f"the field {name!r} shows something else under the pointer")
    paint = [each.name for each in operations if each.name in PAINTING]
    if len(paint) > len([each for each in before if each.name in PAINTING]) or b"Do" in paint:
        raise SuspiciousModification(f"the field {name!r} shows more than text")
    if not all(each.is_proper for each in operations):
        raise SuspiciousModification(f"the field {name!r} is drawn with operators that readers take in several ways")
    if strange := {each.name for each in operations} - _LETTERS - PAINTING:
        raise SuspiciousModification(f"the field {name!r} is drawn with {min(strange)!r}")
    if any(each.name == b"Tr" and each.numbers != (0.0,) for each in operations):
        raise SuspiciousModification(f"the field {name!r} is written in another mode than filled letters")
    _refuse_other_words(name, new, operations)


def _refuse_other_words(name: str, field: DictionaryObject, operations: tuple[Operation, ...]) -> None:
    """Refuse letters that are not the value, where letters can be read: a value in ASCII, fonts of one octet a letter."""
    value = _text(entry(field, "/V"))
    fonts = _fonts(field)
    if any(name_of(font, "/Subtype") not in LETTER_FONTS for font in fonts):
        raise SuspiciousModification(f"the field {name!r} is written in a font of drawings")
    if not operations or not value.isascii() or _flags(field) & _PASSWORD or not all(map(_is_plain, fonts)):
        return
    shown = b"".join(text for each in operations if each.name in SHOWING for text in each.texts)
    if b"".join(shown.split()) != b"".join(value.encode("ascii").split()):
        raise SuspiciousModification(f"the field {name!r} shows something else than its value")


def _is_plain(font: DictionaryObject) -> bool:
    named = not isinstance(entry(font, "/Encoding"), DictionaryObject)
    return named and name_of(font, "/Subtype") != "/Type0"


def _fonts(field: DictionaryObject) -> tuple[DictionaryObject, ...]:
    drawing = normal_drawing(field)
    resources = entry(drawing, "/Resources") if drawing is not None else None
    fonts = entry(resources, "/Font") if isinstance(resources, DictionaryObject) else None
    if not isinstance(fonts, DictionaryObject):
        return ()
    found = (entry(fonts, key) for key in fonts)
    return tuple(font for font in found if isinstance(font, DictionaryObject))


def _operations(field: DictionaryObject) -> tuple[Operation, ...]:
    drawing = normal_drawing(field)
    return () if drawing is None else tuple(read_content(drawing))


def _shown(field: DictionaryObject) -> dict[str, object]:
    """Return the appearance dictionary as it refers to drawings: equal when it refers to the same ones."""
    appearance = entry(field, "/AP")
    return {key: appearance.raw_get(key) for key in appearance} if isinstance(appearance, DictionaryObject) else {}


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
