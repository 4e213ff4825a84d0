"""What a revision may bring as validation material and as announcement: nothing that leads elsewhere.

Whatever a new catalogue reaches through /DSS or /Extensions counts as explained, at every level. So streams of evidence
carry octets and no other entries (EN 319 142-1 5.4.2), and an extension says its version and nothing else (ISO 32000-1 7.12, table 50).
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    StreamObject,
    TextStringObject,
)
from pyhanko.sign.diff_analysis import ReferenceUpdate, SuspiciousModification, WhitelistRule

from esign.pdf.generations import references
from esign.pdf.reader import entry, items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyhanko.pdf_utils.reader import HistoricalResolver

_CARRIER: Final = frozenset({"/Length", "/Filter", "/DecodeParms", "/Type"})
_LISTS: Final = ("/Certs", "/OCSPs", "/CRLs")
_STORE: Final = frozenset({"/Type", "/VRI", *_LISTS})
_RELATED_LISTS: Final = ("/Cert", "/OCSP", "/CRL")
_RELATED: Final = frozenset({"/Type", "/TU", "/TS", *_RELATED_LISTS})
_EXTENSION: Final = frozenset({"/Type", "/BaseVersion", "/ExtensionLevel", "/ExtensionRevision", "/URL"})


class PlainEvidenceRule(WhitelistRule):
    """Refuses validation material and announcements that hold or name anything else."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield nothing. Raise SuspiciousModification for entries that have no meaning there."""
        store = entry(new.root, "/DSS")
        if isinstance(store, DictionaryObject):  # also when it is the same one: what it refers to may be written anew
            _require_store(store)
            for stream in _streams(store):
                described = [inside for key, inside in stream.items() if key != "/Length"]
                if not set(stream) <= _CARRIER or any(map(_names_others, described)):
                    raise SuspiciousModification("validation material holds more than octets")
        announced = entry(new.root, "/Extensions")
        if announced is not None and entry(old.root, "/Extensions") != announced and not _is_announcement(announced):
            raise SuspiciousModification("what the document announces as extensions is none")
        return ()


def _require_store(store: DictionaryObject) -> None:
    """Raise SuspiciousModification for a store that leads to anything but streams of evidence (EN 319 142-1 tables 5 and 6)."""
    if not set(store) <= _STORE or not all(map(_holds_streams, (entry(store, key) for key in _LISTS))):
        raise SuspiciousModification("the security store holds more than validation material")
    related = entry(store, "/VRI")
    if related is not None and not isinstance(related, DictionaryObject):
        raise SuspiciousModification("the security store relates its material to no signatures")
    for each in () if related is None else (entry(related, key) for key in related if key != "/Type"):
        if (
            not isinstance(each, DictionaryObject)
            or not set(each) <= _RELATED
            or not all(map(_holds_streams, (entry(each, key) for key in _RELATED_LISTS)))
            or not isinstance(entry(each, "/TU"), TextStringObject | None)
            or not isinstance(entry(each, "/TS"), StreamObject | None)
        ):
            raise SuspiciousModification("the security store relates more than validation material")


def _holds_streams(value: object) -> bool:
    return value is None or (
        isinstance(value, ArrayObject) and all(isinstance(each, StreamObject) for each in items(value))
    )


def _streams(store: DictionaryObject) -> Iterator[StreamObject]:
    """Yield the streams that a document security store leads to."""
    waiting: list[object] = [store]
    seen: set[object] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, StreamObject):
            yield each
        elif isinstance(each, DictionaryObject | ArrayObject):
            for value in each.values() if isinstance(each, DictionaryObject) else each:
                if not isinstance(value, IndirectObject):
                    waiting.append(value)
                elif value.reference not in seen:
                    seen.add(value.reference)
                    waiting.append(value.get_object())


def _names_others(value: object) -> bool:
    return next(references(value), None) is not None


def _is_announcement(value: object) -> bool:
    if not isinstance(value, DictionaryObject) or isinstance(value, StreamObject):
        return False
    for key in value:
        if key == "/Type":
            continue
        said = value[key]
        each = items(said) if isinstance(said, ArrayObject) else [said]
        if not all(
            isinstance(one, DictionaryObject) and set(one) <= _EXTENSION and not _names_others(one) for one in each
        ):
            return False
    return True
