"""Reading one element: by local names, since writers differ in namespaces and prefixes; values that are cut before they are read.

Elements of a namespace that is neither OFD's nor the one around them are not looked at: readers that go by namespaces do not show them
(`esign.ofd.draw.audit` tells of them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.draw.geometry import read_number
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.xml import KNOWN_NAMESPACES, split_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

MAX_VALUE: Final = 64 * 1024  # characters of one attribute


def children(element: _Element | None, *names: str) -> Iterator[_Element]:
    """Yield the children with these local names, all elements when none is given; nothing of no element."""
    if element is None or not len(element):
        return
    own = None
    for child in element:
        space, name = split_name(child)
        if name and (not names or name in names):
            if space not in KNOWN_NAMESPACES:
                own = split_name(element)[0] if own is None else own
                if space != own:
                    continue
            yield child


def child(element: _Element | None, name: str) -> _Element | None:
    """Return the first child of a local name."""
    return next(children(element, name), None)


def text_of(element: _Element | None) -> str:
    """Return the text directly in an element, comments left out, up to `MAX_VALUE` characters; nothing of no element."""
    return whole_text(element) if element is not None else ""


def attribute(element: _Element | None, name: str) -> str | None:
    """Return an attribute; None where it is absent or blank. Raise Undrawable for one too long to mean anything."""
    value = element.get(name) if element is not None else None
    if value is None or not value.strip():
        return None
    if len(value) > MAX_VALUE:
        raise Undrawable(Lack.NUMBER, name)
    return str(value).strip()


def identifier(element: _Element | None, name: str) -> str | None:
    """Return an ID, or a reference to one, as `same_id` has it; None where it is absent or blank. Raise Undrawable."""
    value = attribute(element, name)
    return None if value is None else same_id(value)


def same_id(value: str) -> str:
    """Return what identifiers share that are one number (ST_ID is a number; 011 is 11 to readers that count)."""
    plain = value.strip()
    return plain.lstrip("0") or "0" if plain.isascii() and plain.isdigit() else plain


def number(element: _Element, name: str, default: float) -> float:
    """Return a number of an attribute. Raise Undrawable."""
    value = attribute(element, name)
    return default if value is None else read_number(value)


def flag(element: _Element, name: str, *, default: bool) -> bool:
    """Return a truth of an attribute; what is neither true nor false is the default."""
    value = (attribute(element, name) or "").lower()
    return {"true": True, "1": True, "false": False, "0": False}.get(value, default)


def opacity(element: _Element) -> float:
    """Return an Alpha, 0 to 255, as 0 to 1; where it is absent, nothing shines through. Raise Undrawable."""
    return max(0.0, min(255.0, number(element, "Alpha", 255.0))) / 255.0


def whole_text(element: _Element, *, limit: int | None = MAX_VALUE) -> str:
    """Return all text directly in an element, comments and elements in between left out, up to so many characters."""
    return "".join([element.text or "", *(each.tail or "" for each in element)])[:limit]
