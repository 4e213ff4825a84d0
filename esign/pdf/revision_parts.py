"""What a revision changed, in parts a person knows: a page's content, an annotation, a form field and so on.

An object is told by what leads to it from the catalogue of its revision, and only where nothing known does by what it says it
is: a hostile file may lie about the latter, and the former is what a reader follows.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject, StreamObject

from esign.pdf.pages import page_tree
from esign.pdf.reader import entry, raw_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyhanko.pdf_utils.generic import PdfObject, Reference
    from pyhanko.pdf_utils.reader import HistoricalResolver

    from esign.pdf.reader import BoundedReader

MAX_LISTED: Final = 500  # references of one array or dictionary that are looked at by name: annotations, certificates

Key: TypeAlias = tuple[int, int]


class Part(StrEnum):
    """A kind of object, in the order in which it is told."""

    CATALOG = "catalog"
    PAGES = "pages"
    PAGE = "page-content"
    RESOURCE = "resource"
    ANNOTATION = "annotation"
    FIELD = "form-field"
    SIGNATURE = "signature"
    EVIDENCE = "evidence"
    ATTACHMENT = "attachment"
    METADATA = "metadata"
    STRUCTURE = "structure"
    OTHER = "other"


class Way(StrEnum):
    """What happened to an object."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PartChange:
    """So many objects of a kind; `page` counts from 1, 0 where they belong to no single page."""

    part: Part
    way: Way
    page: int
    objects: int


@dataclass(frozen=True, slots=True)
class RevisionParts:
    """The view of a revision, and where the objects belong that its catalogue leads to, by their numbers."""

    resolver: HistoricalResolver
    places: dict[Key, tuple[Part, int]]


def parts_of(reader: BoundedReader, number: int) -> RevisionParts:
    """Return the view of revision `number` (from 0). Raise as `changed_parts`."""
    resolver = reader.get_historical_resolver(number)
    return RevisionParts(resolver, _places(resolver))


def changed_parts(before: RevisionParts, view: RevisionParts) -> tuple[PartChange, ...]:
    """Return what a revision changed against the one before it.

    Raises:
        TrustError: PDF_MALFORMED or PDF_LIMIT; pyHanko's failures pass, for the caller to translate.
    """
    resolver = view.resolver
    reader, number = resolver.reader, resolver.revision
    touched = {(ref.idnum, ref.generation): ref for ref in reader.xrefs.explicit_refs_in_revision(number)}
    freed = {(ref.idnum, ref.generation) for ref in reader.xrefs.refs_freed_in_revision(number)}
    counted: Counter[tuple[Part, Way, int]] = Counter()
    appearances = _appearances(resolver, touched, view)
    for key, reference in touched.items():
        known = key not in freed and _exists(before.resolver, reference)
        new = resolver.get_object(reference)
        old = before.resolver.get_object(reference) if known else None
        if old is not None and _octets(old) == _octets(new):
            continue  # written again as it was
        part, page = appearances.get(key) or _told(key, old, new, view)
        counted[part, Way.ADDED if old is None else Way.CHANGED, page] += 1
    for key in freed - touched.keys():
        part, page = before.places.get(key, (Part.OTHER, 0))
        counted[part, Way.REMOVED, page] += 1
    for part in _led_elsewhere(before.resolver, resolver):
        counted[part, Way.CHANGED, 0] += 1
    return tuple(
        sorted(
            (PartChange(part=p, way=w, page=n, objects=count) for (p, w, n), count in counted.items()),
            key=lambda change: (list(Part).index(change.part), change.page, change.way),
        )
    )


def _led_elsewhere(before: HistoricalResolver, resolver: HistoricalResolver) -> Iterator[Part]:
    """Yield what the trailer leads to another object for, though that object may have been there all the time."""
    views = (before.trailer_view, resolver.trailer_view)
    for key, part in (("/Root", Part.CATALOG), ("/Info", Part.METADATA)):
        if len({_octets(view.raw_get(key)) if key in view else b"" for view in views}) > 1:
            yield part


def _exists(resolver: HistoricalResolver, reference: Reference) -> bool:
    try:
        introduced: int = resolver.reader.xrefs.get_introducing_revision(reference)
    except KeyError:
        return False
    return introduced <= int(resolver.revision)


def _octets(value: PdfObject) -> bytes:
    out = BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


def _places(resolver: HistoricalResolver) -> dict[Key, tuple[Part, int]]:
    """Return where objects belong that the catalogue leads to, what comes first having the word."""
    places: dict[Key, tuple[Part, int]] = {}

    def put(references: Iterable[PdfObject], part: Part, page: int = 0) -> None:
        for reference in references:
            if isinstance(reference, IndirectObject):
                places.setdefault((reference.idnum, reference.generation), (part, page))

    trailer, root = resolver.trailer_view, resolver.root
    put([trailer.raw_get(key) for key in ("/Root",) if key in trailer], Part.CATALOG)
    put([trailer.raw_get(key) for key in ("/Info",) if key in trailer], Part.METADATA)
    number = 0
    for node in page_tree(root):
        if not node.is_page:
            put([node.reference], Part.PAGES)
            continue
        number += 1
        put([node.reference], Part.PAGE, number)
        put(_listed(node.dictionary, "/Contents"), Part.PAGE, number)
        put(_listed(node.dictionary, "/Annots"), Part.ANNOTATION, number)
        put(_named(node.dictionary, "/Resources"), Part.RESOURCE, number)
    for key, part in (("/AcroForm", Part.FIELD), ("/DSS", Part.EVIDENCE), ("/Metadata", Part.METADATA)):
        put([root.raw_get(key)] if key in root else [], part)
    put(_form(root), Part.FIELD)
    put(_store(root), Part.EVIDENCE)
    put([*_listed(root, "/AF"), *_named(root, "/Names")], Part.ATTACHMENT)
    return places


def _listed(holder: DictionaryObject, key: str) -> Iterator[PdfObject]:
    """Yield the reference under a key, and those of the array it may lead to."""
    if key not in holder:
        return
    yield holder.raw_get(key)
    yield from raw_items(holder[key])[:MAX_LISTED]


def _named(holder: DictionaryObject, key: str) -> Iterator[PdfObject]:
    """Yield the reference under a key, and those of the dictionary of dictionaries it may lead to."""
    if key not in holder:
        return
    yield holder.raw_get(key)
    outer = holder[key]
    for name in list(outer)[:MAX_LISTED] if isinstance(outer, DictionaryObject) else ():
        yield outer.raw_get(name)
        inner = outer[name]
        if isinstance(inner, DictionaryObject):
            yield from (inner.raw_get(each) for each in list(inner)[:MAX_LISTED])


def _form(root: DictionaryObject) -> Iterator[PdfObject]:
    form = entry(root, "/AcroForm")
    if isinstance(form, DictionaryObject):
        yield from _listed(form, "/Fields")


def _store(root: DictionaryObject) -> Iterator[PdfObject]:
    """Yield what the document security store leads to (EN 319 142-1 5.4.2)."""
    store = entry(root, "/DSS")
    if not isinstance(store, DictionaryObject):
        return
    for key in ("/Certs", "/CRLs", "/OCSPs"):
        yield from _listed(store, key)
    yield from _named(store, "/VRI")


def _appearances(
    resolver: HistoricalResolver, touched: dict[Key, Reference], view: RevisionParts
) -> dict[Key, tuple[Part, int]]:
    """Return the drawings that touched annotations and fields lead to: they belong to them."""
    found: dict[Key, tuple[Part, int]] = {}
    for key, reference in touched.items():
        value = resolver.get_object(reference)
        if isinstance(value, DictionaryObject) and "/AP" in value:
            part, page = _told(key, None, value, view)
            for each in _named(value, "/AP"):
                if isinstance(each, IndirectObject) and (each.idnum, each.generation) not in view.places:
                    found[each.idnum, each.generation] = part, page
    return found


_CATALOG_PARTS: Final = {
    "/AcroForm": Part.FIELD,
    "/DSS": Part.EVIDENCE,
    "/Extensions": Part.EVIDENCE,
    "/Pages": Part.PAGES,
    "/Metadata": Part.METADATA,
    "/AF": Part.ATTACHMENT,
}
_TYPES: Final = {
    "/Annot": Part.ANNOTATION,
    "/Catalog": Part.CATALOG,
    "/DSS": Part.EVIDENCE,
    "/DocTimeStamp": Part.SIGNATURE,
    "/EmbeddedFile": Part.ATTACHMENT,
    "/ExtGState": Part.RESOURCE,
    "/Filespec": Part.ATTACHMENT,
    "/Font": Part.RESOURCE,
    "/FontDescriptor": Part.RESOURCE,
    "/Metadata": Part.METADATA,
    "/ObjStm": Part.STRUCTURE,
    "/Page": Part.PAGE,
    "/Pages": Part.PAGES,
    "/Sig": Part.SIGNATURE,
    "/XObject": Part.RESOURCE,
    "/XRef": Part.STRUCTURE,
}
_FIELD_ENTRIES: Final = frozenset({"/FT", "/V"})


def _told(key: Key, old: PdfObject | None, new: PdfObject, view: RevisionParts) -> tuple[Part, int]:
    """Return what part an object is."""
    part, page = view.places.get(key, (Part.OTHER, 0))
    if part is Part.OTHER:
        return _by_type(new), 0
    if not isinstance(new, DictionaryObject):
        return part, page
    if part is Part.ANNOTATION and (_FIELD_ENTRIES & set(new) or entry(new, "/Subtype") == "/Widget"):
        return Part.FIELD, page
    if isinstance(old, DictionaryObject) and part in {Part.CATALOG, Part.PAGE} and not isinstance(new, StreamObject):
        differing = _differing(old, new)
        if part is Part.PAGE:
            return (Part.ANNOTATION if differing == {"/Annots"} else Part.PAGE), page
        parts = {_CATALOG_PARTS.get(name, Part.CATALOG) for name in differing}
        return (parts.pop() if len(parts) == 1 else Part.CATALOG), 0
    return part, page


def _differing(old: DictionaryObject, new: DictionaryObject) -> set[str]:
    """Return the keys under which two dictionaries hold something else."""
    return {
        key
        for key in old.keys() | new.keys()
        if key not in old or key not in new or _octets(old.raw_get(key)) != _octets(new.raw_get(key))
    }


def _by_type(value: PdfObject) -> Part:
    if not isinstance(value, DictionaryObject):
        return Part.OTHER
    kind = entry(value, "/Type")
    if "/ByteRange" in value or kind in {"/Sig", "/DocTimeStamp"}:
        return Part.SIGNATURE
    if "/FT" in value:
        return Part.FIELD
    if kind is None and isinstance(value, StreamObject) and "/Subtype" in value:
        return Part.RESOURCE  # an image or form without its type, which is optional
    return _TYPES.get(str(kind), Part.OTHER)
