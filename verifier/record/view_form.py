"""What looks at pages told, written down and read back: a renderer is not asked again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from esign.ofd.model import LaterSeals
from esign.pdf.model import Overlay
from verifier.material import Doubt
from verifier.record.codes import code_named
from verifier.record.members import Members, malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

_MAX_TEXT: Final = 4_096
_MAX_NAMES: Final = 4_096
_MAX_OFFSET: Final = 2**40
_SIDES: Final = 4  # left, top, right, bottom


def views_to_json(views: Mapping[Overlay | LaterSeals, Doubt | None]) -> list[JsonValue]:
    """Return each look and what it leaves in doubt."""
    return [
        {
            **({"overlay": _overlay(look)} if isinstance(look, Overlay) else {"seals": _seals(look)}),
            "doubt": None if doubt is None else {"code": doubt.code.value, "detail": doubt.detail},
        }
        for look, doubt in views.items()
    ]


def read_views(values: list[JsonValue]) -> dict[Overlay | LaterSeals, Doubt | None]:
    """Return what `views_to_json` wrote. Raise RECORD_MALFORMED."""
    found: dict[Overlay | LaterSeals, Doubt | None] = {}
    for value in values:
        members = Members(value, "view")
        look = (
            _read_overlay(members.inner("overlay"))
            if "overlay" in members.names()
            else _read_seals(members.inner("seals"))
        )
        doubt = members.optional("doubt")
        found[look] = None if doubt is None else _read_doubt(doubt)
        members.close()
    return found


def _overlay(look: Overlay) -> dict[str, JsonValue]:
    return {
        "signed": look.signed,
        "page": look.page,
        "part": [float(side).hex() for side in look.part],  # exact: JSON of ours has no fractions
        "alike": look.is_alike,
        "placed": look.is_placed,
    }


def _seals(look: LaterSeals) -> dict[str, JsonValue]:
    return {"kept": list(look.kept), "over": list(look.over), "absent": list(look.absent)}


def _read_overlay(members: Members) -> Overlay:
    part = [_side(each) for each in members.listed("part", _SIDES)]
    if len(part) != _SIDES:
        raise malformed("overlay.part", "four numbers")
    found = Overlay(
        signed=members.whole("signed", _MAX_OFFSET),
        page=members.whole("page", _MAX_OFFSET),
        part=(part[0], part[1], part[2], part[3]),
        is_alike=members.flag("alike"),
        is_placed=members.flag("placed"),
    )
    members.close()
    return found


def _side(value: JsonValue) -> float:
    try:
        side = float.fromhex(value) if isinstance(value, str) else math.nan
    except (ValueError, OverflowError) as error:
        raise malformed("overlay.part", "a number in hexadecimal") from error
    if not math.isfinite(side):
        raise malformed("overlay.part", "a finite number")
    return side


def _read_seals(members: Members) -> LaterSeals:
    found = LaterSeals(kept=_names(members, "kept"), over=_names(members, "over"), absent=_names(members, "absent"))
    members.close()
    return found


def _names(members: Members, name: str) -> tuple[str, ...]:
    values = members.listed(name, _MAX_NAMES)
    if not all(isinstance(each, str) and len(each) <= _MAX_TEXT for each in values):
        raise malformed(f"seals.{name}", "names")
    return tuple(str(each) for each in values)


def _read_doubt(members: Members) -> Doubt:
    found = Doubt(code=code_named(members.text("code", _MAX_TEXT)), detail=members.text("detail", _MAX_TEXT))
    members.close()
    return found
