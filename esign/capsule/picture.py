"""The QR code of a capsule as a file: PNG, SVG, or the text it says."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from esign.capsule.model import MAX_CAPSULE_TEXT
from esign.rendering.qr import qr_code

if TYPE_CHECKING:
    from esign.rendering.qr import QrCode

_PIXELS: Final = 4  # of a module's side


def capsule_svg(text: str) -> bytes:
    """Return an SVG document, its quiet zone included. Raise LICENCE_DATA for a text that is none of a capsule."""
    return _code(text).svg.encode("ascii")


def capsule_png(text: str) -> bytes:
    """Return a PNG of black and white, four pixels a module, its quiet zone included. Raise as `capsule_svg`."""
    return qr_png(_code(text))


def qr_png(code: QrCode) -> bytes:
    """Return a PNG of a QR code, black and white, four pixels a module, its quiet zone included."""
    image = Image.new("1", (code.side * _PIXELS, code.side * _PIXELS), 1)
    drawing = ImageDraw.Draw(image)
    for left, top, right, bottom in code.boxes:
        drawing.rectangle((left * _PIXELS, top * _PIXELS, right * _PIXELS - 1, bottom * _PIXELS - 1), fill=0)
    file = BytesIO()
    image.save(file, format="PNG", optimize=True)
    return file.getvalue()


def _code(text: str) -> QrCode:
    return qr_code(text, most=MAX_CAPSULE_TEXT)
