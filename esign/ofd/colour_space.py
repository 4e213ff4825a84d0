"""How many parts a colour has in the colour spaces that typst's pages use: one of grey, three of red, green and blue (ISO 32000-1 8.6)."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import Final

from esign.ofd.content_scan import unreadable
from esign.pdf.reader import entry, items

GREY, RGB = 1, 3
_PARTS: Final = {"/DeviceGray": GREY, "/CalGray": GREY, "/DeviceRGB": RGB, "/CalRGB": RGB}


def colour_parts(space: object) -> int:
    """Return 1 or 3 for a colour space, by its name or its array. Raise RENDERING_FAILED for every other."""
    listed = items(space)
    if len(listed) > 1 and listed[0] == "/ICCBased":
        found = int(entry(listed[1], "/N", 0))
    else:
        found = _PARTS.get(str(listed[0] if listed else space), 0)
    if found not in {GREY, RGB}:
        raise unreadable(b"a colour space")
    return found
