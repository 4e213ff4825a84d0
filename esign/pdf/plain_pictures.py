"""Pictures that every program draws alike: whole, in the open or deflated, in grey or three colours, and nothing said twice.

Where data are short, masks are of other kinds or keys contradict each other, one program draws nothing and another all of it.
Compressed photographs (JPEG, CCITT, JBIG2) may be broken in ways that only their decoders tell, so they are none of these.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import Final

from pyhanko.pdf_utils.generic import BooleanObject, NumberObject, StreamObject

from esign.pdf.encodings import deflated_size
from esign.pdf.reader import entry, items, name_of

_TOLD: Final = frozenset(
    [
        "/Type",
        "/Subtype",
        "/Width",
        "/Height",
        "/ColorSpace",
        "/BitsPerComponent",
        "/Length",
        "/Filter",
        "/DecodeParms",
        "/Interpolate",
        "/Intent",
        "/Name",
    ]
)
_SPACES: Final = {"/DeviceGray": 1, "/DeviceRGB": 3}
_OCTET: Final = 8  # bits
_MAX_SIDE: Final = 10_000  # pixels
_MASKS: Final = ([0, 1], [1, 0])


def is_plain_picture(picture: StreamObject) -> bool:
    """Return whether every program draws an image XObject alike (8.9.5). Raise PDF_LIMIT when the file has had too much read."""
    if "/ImageMask" in picture:
        return _is_mask(picture)
    mask = entry(picture, "/SMask")
    return _is_plain(picture, {"/SMask"}, _SPACES) and (mask is None or _is_veil(mask))


def _is_mask(picture: StreamObject) -> bool:
    """Return whether a picture is a stencil, whose bits let paint through."""
    stencil = entry(picture, "/ImageMask")
    told = items(entry(picture, "/Decode"))
    decoded = "/Decode" not in picture or (all(isinstance(each, NumberObject) for each in told) and told in _MASKS)
    return (
        isinstance(stencil, BooleanObject)
        and bool(stencil.value)
        and decoded
        and entry(picture, "/BitsPerComponent", 1) == 1
        and not {"/ColorSpace", "/SMask", "/Mask"} & set(picture)
        and set(picture) <= _TOLD | {"/ImageMask", "/Decode"}
        and _is_whole(picture, 1, 1)
    )


def _is_veil(mask: object) -> bool:
    return isinstance(mask, StreamObject) and _is_plain(mask, set(), {"/DeviceGray": 1})


def _is_plain(picture: StreamObject, more: set[str], spaces: dict[str, int]) -> bool:
    bits = entry(picture, "/BitsPerComponent")
    colours = spaces.get(name_of(picture, "/ColorSpace") or "")
    return (
        set(picture) <= _TOLD | more
        and name_of(picture, "/Subtype") == "/Image"
        and colours is not None
        and isinstance(bits, NumberObject)
        and bits == _OCTET
        and _is_whole(picture, colours, _OCTET)
    )


def _is_whole(picture: StreamObject, colours: int, bits: int) -> bool:
    """Return whether a picture's data are all of its rows, and no more."""
    width, height = entry(picture, "/Width"), entry(picture, "/Height")
    if not all(isinstance(side, NumberObject) and 0 < side <= _MAX_SIDE for side in (width, height)):
        return False
    return deflated_size(picture) == int(height) * ((int(width) * colours * bits + 7) // 8)
