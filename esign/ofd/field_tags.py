"""Which objects of the pages show which field: CustomTags, as licences in use have them (GB/T 33190-2016, custom tags).

A field's text is looked for in the texts of the pages in their order, one object after the other: laid-out text is cut where a line
ends or the font changes. Who reads the tags finds a field's value at the objects named, without knowing the template.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.xml import NAMESPACE
from esign.ofd.xml_text import DECLARATION
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_FIELDS: Final = 256
_ELEMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_BLANKS: Final = re.compile("[\\s\u200b]+")
_ROOT: Final = "eLicence"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """What the pages show of a field; `name` becomes the name of an element."""

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A text object: the identifiers of its page and its own."""

    page: int
    object: int
    text: str = field(repr=False)


def tag_fields(fields: Sequence[ShownField], objects: Sequence[Tagged]) -> bytes:
    """Return the file of tags, empty when no field is found on the pages.

    Raises:
        TrustError: OFD_LIMIT for too many fields, USAGE for a name that is none.
    """
    if len(fields) > MAX_FIELDS:
        raise TrustError(ErrorCode.OFD_LIMIT, "fields", limit=MAX_FIELDS)
    whole, starts = "", []
    for each in objects:
        starts.append(len(whole))
        whole += _BLANKS.sub("", each.text)
    taken: set[int] = set()
    parts = []
    for each_field in fields:
        if not _ELEMENT.fullmatch(each_field.name):
            raise TrustError(ErrorCode.USAGE, "a field's name is no name of an element", field=each_field.name[:64])
        found = _place(_BLANKS.sub("", each_field.text), whole, starts, taken)
        taken.update(found[:1])
        if found:
            parts.append(f"<{each_field.name}>{_references(objects[number] for number in found)}</{each_field.name}>")
    if not parts:
        return b""
    return f'{DECLARATION}<{_ROOT} xmlns:ofd="{NAMESPACE}">{"".join(parts)}</{_ROOT}>'.encode()


def _references(objects: Iterable[Tagged]) -> str:
    return "".join(f'<ofd:ObjectRef PageRef="{each.page}">{each.object}</ofd:ObjectRef>' for each in objects)


def _place(text: str, whole: str, starts: Sequence[int], taken: set[int]) -> range:
    """Return the objects that show a text: best those that show nothing else and belong to no field yet."""
    best, found = 0, range(0)
    at = whole.find(text) if text else -1
    while at >= 0:
        first, last = bisect_right(starts, at) - 1, bisect_left(starts, at + len(text)) - 1
        end = starts[last + 1] if last + 1 < len(starts) else len(whole)
        rank = _rank(begins=starts[first] == at, ends=end == at + len(text), free=first not in taken)
        if rank > best:
            best, found = rank, range(first, last + 1)
        at = whole.find(text, at + 1)
    return found


def _rank(*, begins: bool, ends: bool, free: bool) -> int:
    if begins and ends:
        return 4 if free else 2
    return 3 if begins and free else 1
