"""The interactive form of a PDF (ISO 32000-1 12.7): its fields by full name, for whoever wants to sign one of them."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject

from esign.pdf.reader import entry, raw_items
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FIELDS: Final = 20_000  # widgets counted; a form of a hundred pages has some thousands
MAX_FIELD_DEPTH: Final = 32  # names of parts of parts; real ones stay below five
SIGNATURE: Final = "Sig"

_READ_ONLY: Final = 1  # of /Ff (ISO 32000-1 table 221)


@dataclass(frozen=True, slots=True)
class FormField:
    """A field that has a name: its full name, its kind without the slash (inherited), whether it has a value, and whether it is read-only (inherited)."""

    name: str
    kind: str
    filled: bool
    reference: IndirectObject
    read_only: bool = False

    @property
    def is_empty_signature(self) -> bool:
        """Whether a signature may go into it."""
        return self.kind == SIGNATURE and not self.filled


def form_fields(root: DictionaryObject) -> tuple[FormField, ...]:
    """Return every named field of the form, none without one.

    Raises:
        TrustError: PDF_UNSIGNABLE for an XFA form or a name that two fields share; PDF_MALFORMED for a tree that is none;
            PDF_LIMIT.
    """
    form = entry(root, "/AcroForm")
    if form is None:
        return ()
    if not isinstance(form, DictionaryObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, "the form is no dictionary")
    if "/XFA" in form:
        # what is shown comes from the XFA packet, which readers without it do not show at all
        raise TrustError(ErrorCode.PDF_UNSIGNABLE, "an XFA form shows different readers different documents")
    found: dict[str, FormField] = {}
    for field in _walk(form):
        if field.name in found:
            raise TrustError(ErrorCode.PDF_UNSIGNABLE, "two fields have the same name", field=field.name[:64])
        found[field.name] = field
    return tuple(found.values())


def _walk(form: DictionaryObject) -> Iterator[FormField]:
    waiting = [(reference, "", "", 0, 0) for reference in _references(form, "/Fields")]
    seen: set[tuple[int, int]] = set()
    while waiting:
        reference, above, inherited, flags_above, depth = waiting.pop()
        key = (reference.idnum, reference.generation)
        if key in seen:
            raise TrustError(ErrorCode.PDF_MALFORMED, "the tree of fields is none")
        seen.add(key)
        if len(seen) > MAX_FIELDS or depth > MAX_FIELD_DEPTH:
            raise TrustError(ErrorCode.PDF_LIMIT, "fields", limit=MAX_FIELDS, depth=MAX_FIELD_DEPTH)
        node = reference.get_object()
        if not isinstance(node, DictionaryObject):
            raise TrustError(ErrorCode.PDF_MALFORMED, "a field is no dictionary")
        kind = str(entry(node, "/FT", inherited)).removeprefix("/")
        own, flags = entry(node, "/T"), entry(node, "/Ff", flags_above)
        if own is None and above:
            continue  # a widget of the field above
        name = f"{above}.{own}" if above else str(own or "")
        if own is not None:
            locked = isinstance(flags, int) and bool(flags & _READ_ONLY)
            yield FormField(name, kind, bool(entry(node, "/V")), reference, locked)
        waiting += [(kid, name, kind, flags, depth + 1) for kid in _references(node, "/Kids")]


def _references(holder: DictionaryObject, key: str) -> list[IndirectObject]:
    array = entry(holder, key, ())
    if not array:
        return []
    if not isinstance(array, ArrayObject):
        raise TrustError(ErrorCode.PDF_MALFORMED, f"{key} is no array")
    found = raw_items(array)
    if not all(isinstance(each, IndirectObject) for each in found):
        raise TrustError(ErrorCode.PDF_MALFORMED, f"{key} holds something that is no reference")
    return found
