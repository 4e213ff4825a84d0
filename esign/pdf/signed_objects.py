"""Whether what was signed stands on signed octets alone: no object of it may lie, end or refer beyond them.

A file can be prepared so that its signed part leans on what comes later: a cross-reference names a place behind the signed
octets, a stream runs on past them, a reference leads to an object that is not there yet (Mainka et al., NDSS 2021, go half this
way). The comparison of revisions sees none of it, since no object that was signed is written anew.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import Reference, StreamObject

from esign.pdf.generations import generations, references
from esign.pdf.lent_streams import held_payload
from esign.pdf.reader import VALUES_A_STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.pdf.reader import BoundedReader

_BLANKS: Final = b"\0\t\n\x0b\f\r \x80\xff"  # to some reader or other
_DIGITS: Final = b"0123456789"
_APART: Final = rb"(?:[\0\t\n\x0b\f\r \x80\xff]|%[^\r\n]{0,200}+[\r\n])++"
_NUMBER_DIGITS, _GENERATION_DIGITS = 40, 5
_MARK: Final = re.compile(rb"R(?![A-Za-z0-9])")  # what ends a reference is sought first: it is rare among octets
_SPELT: Final = re.compile(rb"([0-9]{1,%d})%b[0-9]{1,%d}%b\Z" % (_NUMBER_DIGITS, _APART, _GENERATION_DIGITS, _APART))
_NEAR, _FAR = 80, 500  # octets before it, without comments and with them
_LOOKED: Final = 16  # octets that are searched as quickly as one of content is read


def leaning_object(reader: BoundedReader, end: int, revision: int) -> str:
    """Return why revisions 0 to `revision`, signed up to octet `end`, need what follows; an empty text when they do not.

    It is to be asked after the revision was read whole, for only then is it known where its objects end.
    """
    return misplaced_object(reader, end, revision + 1) or _referring_on(reader, end, revision)


def misplaced_object(reader: BoundedReader, end: int, revisions: int) -> str:
    """Return why an object that the first so many revisions list is not within them and their `end`, or an empty text.

    Of objects that were read it is known where they end, of others where they begin. Raise PDF_LIMIT when that is too much work.
    """
    for number in range(revisions):
        listed = reader.xrefs.get_xref_data(number)
        reader.step((len(listed.standard_xrefs) + len(listed.xrefs_in_objstm)) // VALUES_A_STEP)
        size = reader.xrefs.get_xref_container_info(number).size
        beyond = max((*listed.standard_xrefs, *listed.xrefs_in_objstm), default=0)
        if beyond >= size:
            # ISO 32000-1 table 15: such an object "shall be ignored", which is not what readers do
            return f"a revision lists object {beyond}, beyond its own size"
        for idnum, (generation, place) in listed.standard_xrefs.items():
            if place >= end or reader.ends.get(place, place) > end:
                return f"object {idnum} lies outside the octets it belongs to"
            # one that stands elsewhere makes some readers look for all objects anew, as they think best
            if place and not reader.begins(place, idnum, generation):
                return f"object {idnum} does not stand where it is listed"
    return ""


def _referring_on(reader: BoundedReader, end: int, revision: int) -> str:
    """Return which object of a later revision the signed one refers to already, or an empty text.

    Some readers find an object by its number alone. So a number that comes later is enough, and so is a reference to
    another generation of an object than the one that is there.
    """
    known = generations(reader, revision + 1)
    listed = (reader.xrefs.get_xref_data(number) for number in range(revision + 1, reader.xrefs.total_revisions))
    later = {idnum for each in listed for idnum in (*each.standard_xrefs, *each.xrefs_in_objstm)} - known.keys()
    resolver = reader.get_historical_resolver(revision)
    if (ahead := _spelt_ahead(reader, end, revision, later)) is not None:
        return f"what was signed spells a reference to object {ahead}, which a later revision brought"
    # what pyHanko leaves out when it walks a revision (the way up) is walked here: readers inherit from there
    waiting = list(resolver.cache.values())
    seen = {(reference.idnum, reference.generation) for reference in resolver.cache}
    while waiting:
        for reference in references(waiting.pop()):
            key = (reference.idnum, reference.generation)
            if reference.idnum in later:
                return f"what was signed refers to object {reference.idnum}, which a later revision brought"
            if known.get(reference.idnum, reference.generation) != reference.generation:
                return f"what was signed refers to object {reference.idnum} by a generation that it does not have"
            if key not in seen:
                seen.add(key)
                waiting.append(resolver.get_object(reference.reference))
    return ""


def _spelt_ahead(reader: BoundedReader, end: int, revision: int, later: set[int]) -> int | None:
    """Return a number of a later object that the signed octets spell a reference to, in whatever some reader takes for a string.

    Data of streams are left out, and what streams of objects hold is looked at inflated.
    """
    if not later:
        return None
    resolver = reader.get_historical_resolver(revision)
    streams, holders = [], set[int]()
    for number in range(revision + 1):
        listed = reader.xrefs.get_xref_data(number)
        holders |= {place.obj_stream_id for place in listed.xrefs_in_objstm.values()}
        for idnum, (generation, place) in listed.standard_xrefs.items():
            held = resolver.cache.get(Reference(idnum, generation, resolver))
            if isinstance(held, StreamObject):
                payload = held_payload(held)
                start = reader.octets.find(payload, place, reader.ends.get(place, end))
                streams += [(start, start + len(payload))] if start >= 0 else []
    parts = [(begin, stop) for begin, stop in _between(sorted(streams), end) if begin < stop]
    texts = [reader.octets[begin:stop] for begin, stop in parts]
    texts += [
        each.data
        for number in holders
        if isinstance(each := reader.get_object(Reference(number, 0, reader)), StreamObject)
    ]
    for text in texts:
        reader.count_content(len(text) // _LOOKED)
        for mark in _MARK.finditer(text):
            spelt = _spelt(text, mark.start())
            if spelt is not None and spelt in later:
                return spelt
    return None


def _spelt(text: bytes, at: int) -> int | None:
    """Return the number in a reference whose R stands there, None where none ends so.

    Blanks part nearly all there are, and are taken off from behind at once; comments, which end with one, are searched for.
    """
    is_near = text.find(b"%", max(0, at - _FAR), at) < 0
    near = text[max(0, at - (_NEAR if is_near else _FAR)) : at]
    rest = near.rstrip(_BLANKS)
    if len(rest) == len(near):
        return None
    before = rest.rstrip(_DIGITS)
    number = before.rstrip(_BLANKS)
    if not is_near and (_ends_in_comment(rest) or _ends_in_comment(number)):
        found = _SPELT.search(near)
        return None if found is None else int(found[1])
    if not 0 < len(rest) - len(before) <= _GENERATION_DIGITS or len(number) == len(before):
        return None
    digits = number[len(number.rstrip(_DIGITS)) :][-_NUMBER_DIGITS:]
    return int(digits) if digits else None


def _ends_in_comment(text: bytes) -> bool:
    """Return whether a text whose last blanks were taken off may end with a comment, which a line end closed."""
    return text.find(b"%", max(text.rfind(b"\n"), text.rfind(b"\r")) + 1) >= 0


def _between(streams: list[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    at = 0
    for start, stop in streams:
        yield at, start
        at = max(at, stop)
    yield at, end
