"""Whether a value that was signed is still of its kind: pyHanko takes a name and a string of the same letters for equal.

Readers do not; nor do all take an integer and a real, two spellings of a name, or two encodings of a text for the same. A blend mode, a layer's state or a type written anew as a string means nothing to them, so the page is drawn without.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from pyhanko.sign.diff_analysis import ReferenceUpdate, SuspiciousModification, WhitelistRule

from esign.pdf.reader import written_anew

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyhanko.pdf_utils.reader import HistoricalResolver


class SameKindsRule(WhitelistRule):
    """Refuses values of objects written anew that equal the old ones and are of another kind."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield nothing. Raise SuspiciousModification for a name that became a string, or a string that became a name."""
        for reference, before, after in written_anew(old, new):
            if not _agree(before, after):
                raise SuspiciousModification(f"in object {reference.idnum} a value is of another kind than it was")
        return ()


def _agree(before: object, after: object) -> bool:
    """Return whether all that two values have in common is of one kind."""
    if isinstance(before, DictionaryObject) and isinstance(after, DictionaryObject):
        shared = before.keys() & after.keys()
        return all(str(key).isascii() and _agree(before.raw_get(key), after.raw_get(key)) for key in shared)
    if isinstance(before, ArrayObject) and isinstance(after, ArrayObject):
        return all(_agree(before.raw_get(at), after.raw_get(at)) for at in range(min(len(before), len(after))))
    if isinstance(before, str | bytes) and isinstance(after, str | bytes) and before == after:
        # names that are not in ASCII are read in several encodings, and so are texts
        if isinstance(before, NameObject) or isinstance(after, NameObject):
            return type(before) is type(after) and before.isascii()
        return _octets(before) == _octets(after)
    if isinstance(before, NumberObject | FloatObject) and isinstance(after, NumberObject | FloatObject):
        return before != after or isinstance(before, NumberObject) == isinstance(after, NumberObject)
    return True


def _octets(text: object) -> object:
    return text.original_bytes if isinstance(text, TextStringObject | ByteStringObject) else text
