"""Whether references name objects by the generation they have: some readers look at the number alone (ISO 32000-1 7.3.10).

What is nothing to one reader is the object to another, so such a reference may be what nobody compared.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject
from pyhanko.sign.diff_analysis import ReferenceUpdate, SuspiciousModification, WhitelistRule

from esign.pdf.reader import VALUES_A_STEP, written_anew

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyhanko.pdf_utils.reader import HistoricalResolver

    from esign.pdf.reader import BoundedReader


class KnownGenerationsRule(WhitelistRule):
    """Refuses objects written anew that refer to another generation of an object than there is."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield nothing. Raise SuspiciousModification for such a reference."""
        known = generations(cast("BoundedReader", new.reader), new.revision + 1)
        for reference, _, after in written_anew(old, new):
            for each in references(after):
                if known.get(each.idnum, each.generation) != each.generation:
                    told = (
                        f"object {reference.idnum} refers to object {each.idnum} by a generation that it does not have"
                    )
                    raise SuspiciousModification(told)
        return ()


def generations(reader: BoundedReader, revisions: int) -> dict[int, int]:
    """Return the numbers of the objects that are in use in the last of so many revisions, with their generations."""
    found: dict[int, int] = {}
    for number in range(revisions):
        listed = reader.xrefs.get_xref_data(number)
        found.update((idnum, generation) for idnum, (generation, _) in listed.standard_xrefs.items())
        found.update(dict.fromkeys(listed.xrefs_in_objstm, 0))
        for idnum in listed.freed:
            found.pop(idnum, None)
        reader.step((len(listed.standard_xrefs) + len(listed.xrefs_in_objstm)) // VALUES_A_STEP)
    return found


def references(value: object) -> Iterator[IndirectObject]:
    """Yield the references inside an object."""
    inside = [value]
    while inside:
        each = inside.pop()
        if isinstance(each, IndirectObject):
            yield each
        elif isinstance(each, DictionaryObject):
            inside.extend(each.values())
        elif isinstance(each, ArrayObject):
            inside.extend(each)
