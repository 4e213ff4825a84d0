"""A picture of a handwritten signature, as its owner gives it: a PNG, best with a transparent background.

What is not ink is cut away around it, and what is finer than print shows is reduced, so that a photograph of twelve megapixels
does not travel with every contract.

    read_handwriting(png)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

from PIL import Image

from trustkit.errors import ErrorCode, TrustError

MAX_OCTETS: Final = 4 * 1024 * 1024
MAX_PIXELS: Final = 16_000_000  # a scan of A5 at 600 dpi; four octets each while it is read
KEPT_SIDE: Final = 900  # pixels: 60 mm at 380 dpi
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = struct.Struct(">8sI4sII")
_FAILURES: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    MemoryError,
)  # of Pillow, on damaged files


@dataclass(frozen=True, slots=True, kw_only=True)
class Handwriting:
    """The ink: `colours` three octets a pixel and `alpha` one, rows from the top; `png` is the same as a file."""

    width: int
    height: int
    colours: bytes = field(repr=False)
    alpha: bytes = field(repr=False)
    png: bytes = field(repr=False, compare=False)


def read_handwriting(data: bytes) -> Handwriting:
    """Return the ink of a PNG.

    Raises:
        TrustError: SEAL_PICTURE for what is no PNG, is damaged, has nothing on it, or is larger than the bounds above.
    """
    if len(data) > MAX_OCTETS:
        raise TrustError(ErrorCode.SEAL_PICTURE, "the picture is too large", octets=len(data), limit=MAX_OCTETS)
    if len(data) < _HEADER.size or not data.startswith(_SIGNATURE):
        raise TrustError(ErrorCode.SEAL_PICTURE, "the picture is no PNG")
    _, _, _, width, height = _HEADER.unpack_from(data)
    if not 0 < width * height <= MAX_PIXELS:  # before anything is unpacked
        raise TrustError(ErrorCode.SEAL_PICTURE, "pixels", width=width, height=height, limit=MAX_PIXELS)
    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as picture:
            ink = picture.convert("RGBA")
    except _FAILURES as error:
        raise TrustError(ErrorCode.SEAL_PICTURE, f"the picture is damaged: {type(error).__name__}") from error
    box = ink.getchannel("A").getbbox()
    if box is None:
        raise TrustError(ErrorCode.SEAL_PICTURE, "the picture is wholly transparent")
    ink = ink.crop(box)
    ink.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    return handwriting_of(ink)


def handwriting_of(ink: Image.Image) -> Handwriting:
    """Return the pixels of a picture in RGBA, all of them."""
    file = BytesIO()
    ink.save(file, format="PNG")
    return Handwriting(
        width=ink.width,
        height=ink.height,
        colours=ink.convert("RGB").tobytes(),
        alpha=ink.getchannel("A").tobytes(),
        png=file.getvalue(),
    )
