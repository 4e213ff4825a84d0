"""Places of seals as JSON: what processes that sign are told, and what an order is known by in a journal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from esign.pdf.places import Corner, FieldPlace, KeywordPlace, PagePlace, Side, UsualPlace
from esign.pdf.riding_edge import Edge, RidingEdge

if TYPE_CHECKING:
    from esign.pdf.places import Place

_KINDS: Final = {PagePlace: "page", FieldPlace: "field", KeywordPlace: "keyword", UsualPlace: "usual"}


def place_to_json(place: Place | None) -> dict[str, object] | None:
    """Return what `place_from_json` reads again."""
    return None if place is None else {"kind": _KINDS[type(place)], **asdict(place)}


def place_from_json(value: object) -> Place | None:
    """Return what `place_to_json` wrote."""
    if not isinstance(value, dict):
        return None
    kind = value["kind"]
    rest = {key: each for key, each in value.items() if key != "kind"}
    if kind == "page":
        return PagePlace(**rest | {"corner": Corner(str(value["corner"]))})
    if kind == "usual":
        return UsualPlace()
    if kind == "field":
        return FieldPlace(name=str(value["name"]))
    return KeywordPlace(**rest | {"side": Side(str(value["side"]))})


def riding_to_json(riding: RidingEdge | None) -> dict[str, object] | None:
    """Return what `riding_from_json` reads again."""
    return None if riding is None else asdict(riding)


def riding_from_json(value: object) -> RidingEdge | None:
    """Return what `riding_to_json` wrote."""
    return RidingEdge(**value | {"edge": Edge(value["edge"])}) if isinstance(value, dict) else None
