"""What the names in a content stand for: the resources of a drawing, and what they hold of a kind (ISO 32000-1 7.8.3)."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from pyhanko.pdf_utils.generic import DictionaryObject

from esign.pdf.reader import entry


def own_resources(drawing: DictionaryObject, instead: object = None) -> DictionaryObject:
    """Return the resources of a drawing; `instead` for one that has none of its own, empty when that is none either."""
    own = entry(drawing, "/Resources")
    return own if isinstance(own, DictionaryObject) else dictionary_of(instead)


def resources_of(resources: DictionaryObject, kind: str) -> DictionaryObject:
    """Return the resources of a kind (/Font, /XObject) by name."""
    return dictionary_of(entry(resources, kind))


def resource(resources: DictionaryObject, kind: str, name: str) -> object:
    """Return the resource of a kind that a name stands for, None for no such name."""
    found: object = entry(resources_of(resources, kind), name)
    return found


def dictionary_of(value: object) -> DictionaryObject:
    """Return a dictionary as it is, an empty one for anything else."""
    return value if isinstance(value, DictionaryObject) else DictionaryObject()
