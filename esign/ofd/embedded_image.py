"""A picture inside typst's PDF as the file it came from or a PNG of the same points (ISO 32000-1 8.9.5)."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import StreamObject

from esign.ofd.colour_space import GREY, colour_parts
from esign.ofd.content_scan import unreadable
from esign.ofd.layout import LaidImage
from esign.pdf.reader import entry, items, name_of
from trustkit.errors import ErrorCode, TrustError

MAX_POINTS: Final = 16_000_000  # of one picture
_BITS: Final = 8


def read_image(image: StreamObject) -> LaidImage:
    """Return the picture. Raise RENDERING_FAILED for what is neither JPEG nor eight bits of grey or RGB; PDF_*."""
    filters = [str(each) for each in items(entry(image, "/Filter"))] or [name_of(image, "/Filter") or ""]
    mask = entry(image, "/SMask")
    if filters == ["/DCTDecode"]:
        if mask is not None:
            raise unreadable(b"a JPEG with a mask")
        return LaidImage(octets=bytes(image.encoded_data), suffix="jpg")
    if "/Mask" in image or "/Decode" in image:
        raise unreadable(b"a picture with a mask")
    picture = _picture(image)
    if isinstance(mask, StreamObject):
        alpha = _picture(mask)
        if alpha.mode != "L" or alpha.size != picture.size:
            raise unreadable(b"a mask of another size")
        picture.putalpha(alpha)
    file = BytesIO()
    picture.save(file, "PNG")
    return LaidImage(octets=file.getvalue(), suffix="png")


def _picture(image: StreamObject) -> Image.Image:
    width, height = int(entry(image, "/Width", 0)), int(entry(image, "/Height", 0))
    if not 0 < width * height <= MAX_POINTS:
        raise TrustError(ErrorCode.RENDERING_FAILED, "points of a picture", limit=MAX_POINTS)
    parts = colour_parts(entry(image, "/ColorSpace"))
    points: bytes = image.read_data(DecodePurpose.GENERIC)
    if int(entry(image, "/BitsPerComponent", 0)) != _BITS or len(points) != width * height * parts:
        raise unreadable(b"a picture of other depth")
    return Image.frombytes("L" if parts == GREY else "RGB", (width, height), points)
