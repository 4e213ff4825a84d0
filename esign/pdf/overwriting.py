"""No later revision writes an object anew that was signed, unless somebody looked at what it then is.

pyHanko clears what a field brings without asking whether it was there before: the parameters of a new signature's /Reference may
be any object of the file, the content of a page for one, and a document time stamp may be added to every file. An appearance
dictionary may be one that the page uses as well.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING

from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.sign.diff_analysis import FormUpdate, SigFieldModificationRule, SuspiciousModification
from pyhanko.sign.diff_analysis.rules_api import Context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyhanko.pdf_utils.generic import DictionaryObject, Reference
    from pyhanko.pdf_utils.reader import HistoricalResolver
    from pyhanko.sign.diff_analysis import FieldComparisonContext, FieldComparisonSpec, ModificationLevel

    Updates = Iterable[tuple[ModificationLevel, FormUpdate]]


class SignedFieldRule(SigFieldModificationRule):
    """pyHanko's rule for signature fields that are signed later, and nothing but the field is written anew."""

    def __init__(self) -> None:
        super().__init__(allow_in_place_appearance_stream_changes=False)

    def check_form_field(self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext) -> Updates:
        """Yield pyHanko's updates of one field. Raise SuspiciousModification for one of an object that was signed."""
        updates = super().check_form_field(fq_name, spec, context)
        yield from overwriting_nothing(updates, context.old, spec.old_field)


def overwriting_nothing(updates: Updates, old: HistoricalResolver, field: DictionaryObject | None) -> Updates:
    """Yield the updates of a field. Raise SuspiciousModification for one that clears a signed object wherever it is used."""
    own = None if field is None or "/AP" not in field else field.raw_get("/AP")
    appearance = own.reference if isinstance(own, IndirectObject) else None
    for level, update in updates:
        reference = update.updated_ref
        everywhere = update.context_checked is None and not old.is_ref_unassignable(reference)
        if everywhere and (reference != appearance or _is_shared(old, reference)):
            raise SuspiciousModification(f"what a field brings writes over object {reference.idnum}")
        yield level, update


def _is_shared(old: HistoricalResolver, reference: Reference) -> bool:
    paths = old._get_usages_of_ref(reference)  # noqa: SLF001 - pyHanko's own rules ask it so
    return len({Context.from_absolute(old, path).relative_view for path in paths}) > 1
