"""Whether a value that was signed is still the same value: pyHanko takes values for equal that readers tell apart.

A name and a string of the same letters, an integer and a real number, a text in two encodings, a dictionary and a stream. To readers
a blend mode written as a string means nothing, a turn of 180.0 is none to some, and the operators in /DA are octets.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from pyhanko.sign.diff_analysis import ReferenceUpdate, SuspiciousModification, WhitelistRule

from esign.pdf.reader import entry, written_anew

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyhanko.pdf_utils.reader import HistoricalResolver

# rectangles (7.9.5): readers take numbers of either kind there, and Acrobat writes those of a page as reals
BOXES: Final = frozenset({"/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rect", "/BBox"})
# text strings and dates (7.9.2.2), which say the same in any encoding
_TEXTS: Final = frozenset(
    {"/T", "/TU", "/TM", "/V", "/DV", "/Lang", "/Contents", "/Alt", "/ActualText", "/E", "/NM", "/Subj", "/M"}
    | {"/Title", "/Author", "/Subject", "/Keywords", "/Creator", "/Producer", "/CreationDate", "/ModDate"}
    | {"/Name", "/Reason", "/Location", "/ContactInfo"}
)
_KINDS: Final = (NameObject, NumberObject, FloatObject, IndirectObject, ArrayObject, StreamObject, DictionaryObject)
_BELOW_THE_ROOT: Final = ("/AcroForm", "/Extensions", "/DSS")  # what may move out of the catalogue, or into it
_BELOW_THE_FORM: Final = ("/DR", "/DA", "/Fields")


class SameKindsRule(WhitelistRule):
    """Refuses values of objects written anew that equal the old ones and are not the same."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield nothing. Raise SuspiciousModification for a name that became a string, an integer that became a real number."""
        for reference, before, after in written_anew(old, new):
            if not _agree(before, after):
                raise SuspiciousModification(f"in object {reference.idnum} a value is of another kind than it was")
        for key in _BELOW_THE_ROOT:
            before, after = (entry(each.root, key) for each in (old, new))
            if not _agree(before, after):
                raise SuspiciousModification(f"in {key} a value is of another kind than it was")
        before, after = (entry(each.root, "/AcroForm") for each in (old, new))
        if isinstance(before, DictionaryObject) and isinstance(after, DictionaryObject):
            for key in _BELOW_THE_FORM:
                if not _agree(entry(before, key), entry(after, key), key):
                    raise SuspiciousModification(f"in {key} of the form a value is of another kind than it was")
        return ()


def _agree(before: object, after: object, key: str = "") -> bool:
    """Return whether all that two values have in common is the same; `key` is that of the dictionary they stand in."""
    if isinstance(before, DictionaryObject) and isinstance(after, DictionaryObject):
        if isinstance(before, StreamObject) != isinstance(after, StreamObject):
            return False
        common = before.keys() & after.keys()
        return all(_agree(before.raw_get(each), after.raw_get(each), each) for each in common)
    if isinstance(before, ArrayObject) and isinstance(after, ArrayObject):
        return all(_agree(*pair, key) for pair in zip(before.iterate(), after.iterate(), strict=False))
    if before != after:
        return True  # then others ask whether it may be another
    texts = TextStringObject | ByteStringObject
    if isinstance(before, texts) and isinstance(after, texts):
        return key in _TEXTS or before.original_bytes == after.original_bytes
    kinds = [next((kind for kind in _KINDS if isinstance(each, kind)), type(each)) for each in (before, after)]
    return kinds[0] is kinds[1] or (key in BOXES and all(kind in {NumberObject, FloatObject} for kind in kinds))
