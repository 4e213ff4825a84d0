"""Pictures of seals: ours from the drawing that PDF seals have, and the reading of those that others put in.

    picture_of(draw_seal(design))        # a PNG with a transparent ground, for SealOrder
    seal_drawing(seal)                   # any seal's own picture, for PDF
    read_picture(seal.picture)           # its pixels

A picture is the maker's, and often a stranger's: it is measured before anything is unpacked, and what it says of itself is not
believed. Nested OFD documents are not drawn here; who draws OFD hands in how.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from esign.rendering.drawing import POINTS_PER_MM, UNITS, PlacedPicture, drawn
from esign.rendering.handwriting import handwriting_of
from esign.rendering.raster import png_of
from esign.seal.model import SealPicture
from esign.seal.order import MAX_PICTURE_OCTETS, MAX_SIDE_MM
from esign.seal.picture_kind import PictureKind, picture_facts
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.rendering.drawing import SealDrawing
    from esign.rendering.handwriting import Handwriting
    from esign.seal.model import UnverifiedSeal

_FORMATS: Final = {
    PictureKind.PNG: "PNG",
    PictureKind.GIF: "GIF",
    PictureKind.BMP: "BMP",
    PictureKind.JPG: "JPEG",
}
_FAILURES: Final = (  # of Pillow, on damaged files
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    MemoryError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def picture_of(drawing: SealDrawing) -> SealPicture:
    """Return a drawing as the picture of a seal: a PNG, its sides in whole millimetres. Raise RENDERING_FAILED."""
    width, height = (max(1, round(side / POINTS_PER_MM)) for side in (drawing.width, drawing.height))
    return SealPicture(type=PictureKind.PNG.value, data=png_of(drawing), width=width, height=height)


def read_picture(picture: SealPicture, nested: Callable[[bytes], bytes] | None = None) -> Handwriting:
    """Return the pixels of a seal's picture, opaque where its format knows no transparency.

    `nested` draws an OFD document and returns a PNG.

    Raises:
        TrustError: SEAL_PICTURE for a kind that is not read, a nested document without `nested`, a damaged picture, or one
            larger than the bounds; what `nested` raises.
    """
    if len(picture.data) > MAX_PICTURE_OCTETS:
        raise TrustError(ErrorCode.SEAL_PICTURE, "the picture is too large", octets=len(picture.data))
    facts = picture_facts(picture.data)
    if facts.kind is PictureKind.OFD and nested is not None:
        return read_picture(SealPicture(type="PNG", data=nested(picture.data), width=1, height=1))
    if facts.kind not in _FORMATS:
        raise TrustError(ErrorCode.SEAL_PICTURE, "a picture of this kind is not drawn", kind=facts.kind.value)
    return handwriting_of(_pixels(picture.data, facts.kind, (facts.width, facts.height)))


def seal_drawing(seal: UnverifiedSeal, nested: Callable[[bytes], bytes] | None = None) -> SealDrawing:
    """Return a seal's own picture as a drawing of its true size, to be put on a page.

    Raises:
        TrustError: SEAL_PICTURE for sides that no page has, and what `read_picture` raises.
    """
    picture = seal.picture
    if not (0 < picture.width <= MAX_SIDE_MM and 0 < picture.height <= MAX_SIDE_MM):
        raise TrustError(ErrorCode.SEAL_PICTURE, "millimetres", width=picture.width, height=picture.height)
    across, up = UNITS / 2, UNITS / 2 * picture.height / picture.width
    placed = PlacedPicture(handwriting=read_picture(picture, nested), box=(-across, -up, across, up))
    return drawn((), title=seal.name, width_mm=picture.width, height_mm=picture.height, picture=placed)


def _pixels(data: bytes, kind: PictureKind, said: tuple[int, int]) -> Image.Image:
    """Return the first frame as RGBA. What it turns out to measure must be what its header said, by which memory was reckoned."""
    try:
        with Image.open(BytesIO(data), formats=(_FORMATS[kind],)) as picture:
            measured = picture.size
            if measured == said:
                return picture.convert("RGBA")
    except _FAILURES as error:
        raise TrustError(ErrorCode.SEAL_PICTURE, f"the picture is damaged: {type(error).__name__}") from error
    raise TrustError(ErrorCode.SEAL_PICTURE, "the picture is of another size than it says", pixels=str(measured))
