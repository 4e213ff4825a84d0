"""Pictures of a document, decoded: PNG, JPEG, GIF, BMP and TIFF by Pillow, JBIG2 by a decoder that is handed in.

Everything is decoded here, within bounds that hold before anything is unpacked, so that no picture that lies about itself
reaches whoever opens the drawing. A JPEG of the usual kinds that was decoded without complaint is kept as it came, since packed anew it
would lose or grow; of the others (arithmetic coding) a PDF's reader shows nothing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final, Protocol

from PIL import Image

from esign.ofd.draw.budget import Exhausted
from esign.ofd.draw.jbig2 import JBIG2_MARK, split_file
from esign.ofd.draw.limits import MAX_DEEP_PIXELS, MAX_IMAGE_OCTETS, MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE
from esign.ofd.draw.notes import Lack, Undrawable
from esign.seal.picture_kind import jpeg_frame

if TYPE_CHECKING:
    from esign.ofd.draw.budget import Budget


_FORMATS: Final = ("PNG", "JPEG", "GIF", "BMP", "TIFF")
_FLAT: Final = frozenset({"1", "L", "P", "RGB", "CMYK", "YCbCr"})  # at most four octets a pixel, and none of them alpha
_JPEG_START: Final = b"\xff\xd8\xff"
_USUAL_FRAMES: Final = frozenset(
    {0xC0, 0xC1, 0xC2}
)  # baseline, extended, progressive: by Huffman codes (ISO 32000-1 7.4.8)


class Jbig2Decoder(Protocol):
    """What makes pixels of a JBIG2 page."""

    def __call__(self, page: bytes, shared: bytes, width: int, height: int) -> bytes | None:
        """Return one octet a pixel (0 black, 255 white), rows from the top; None for what cannot be decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture for a PDF: samples in `space` (DeviceRGB or DeviceGray), `bits` each; one octet of `alpha` a pixel."""

    width: int
    height: int
    space: str
    bits: int = 8
    samples: bytes = field(repr=False)
    alpha: bytes | None = field(default=None, repr=False)
    is_jpeg: bool = False


def read_picture(data: bytes, budget: Budget, jbig2: Jbig2Decoder | None) -> Picture:
    """Return a decoded picture. Raise Undrawable for what is none, damaged or too large; Exhausted."""
    if len(data) > MAX_IMAGE_OCTETS:
        raise Undrawable(Lack.IMAGE, f"{len(data)} octets")
    if data.startswith(JBIG2_MARK):
        return _read_jbig2(data, budget, jbig2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            return _read(data, budget)
    except (Undrawable, Exhausted):
        raise
    except Exception as error:  # Pillow fails in every way a parser can
        raise Undrawable(Lack.IMAGE, type(error).__name__) from error


def _read(data: bytes, budget: Budget) -> Picture:
    with Image.open(BytesIO(data), formats=_FORMATS) as image:
        width, height = image.size
        flat = image.mode in _FLAT and "transparency" not in image.info
        _require_size(width, height, budget, most=MAX_IMAGE_PIXELS if flat else MAX_DEEP_PIXELS)
        image.load()
        if data.startswith(_JPEG_START) and image.mode in {"L", "RGB"} and jpeg_frame(data) in _USUAL_FRAMES:
            space = "DeviceGray" if image.mode == "L" else "DeviceRGB"
            return Picture(width=width, height=height, space=space, samples=data, is_jpeg=True)
        return picture_of(image)


def _require_size(width: int, height: int, budget: Budget, *, most: int = MAX_IMAGE_PIXELS) -> None:
    if not 0 < width <= MAX_IMAGE_SIDE or not 0 < height <= MAX_IMAGE_SIDE or width * height > most:
        raise Undrawable(Lack.IMAGE, f"{width} × {height} pixels")
    budget.take("pixels", width * height)


def picture_of(image: Image.Image) -> Picture:
    """Return an image of Pillow's as samples."""
    width, height = image.size
    if image.mode == "1":
        return Picture(width=width, height=height, space="DeviceGray", bits=1, samples=image.tobytes())
    alpha = None
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        channel = rgba.getchannel("A")
        alpha = channel.tobytes() if channel.getextrema() != (255, 255) else None
        image = rgba.convert("RGB")
    if image.mode == "L":
        return Picture(width=width, height=height, space="DeviceGray", samples=image.tobytes(), alpha=alpha)
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    plain = image if image.mode == "RGB" else image.convert("RGB")
    return Picture(width=width, height=height, space="DeviceRGB", samples=plain.tobytes(), alpha=alpha)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return grey levels of sixteen bits as eight; `convert` would cut them off at 255."""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def masked(picture: Picture, mask: Picture) -> Picture:
    """Return a picture through which the ground shines where the mask is dark. Raise Undrawable for one too large to be had so."""
    if picture.width * picture.height > MAX_DEEP_PIXELS:
        raise Undrawable(Lack.IMAGE, f"{picture.width} × {picture.height} pixels behind a mask")
    shown = picture_of(_image_of(picture)) if picture.is_jpeg else picture
    grey = _image_of(mask).convert("L").resize((picture.width, picture.height))
    return Picture(
        width=shown.width,
        height=shown.height,
        space=shown.space,
        bits=shown.bits,
        samples=shown.samples,
        alpha=grey.tobytes(),
    )


def _image_of(picture: Picture) -> Image.Image:
    if picture.is_jpeg:
        with Image.open(BytesIO(picture.samples), formats=("JPEG",)) as image:
            image.load()
            return image
    mode = {("DeviceRGB", 8): "RGB", ("DeviceGray", 8): "L"}.get((picture.space, picture.bits), "1")
    return Image.frombytes(mode, (picture.width, picture.height), picture.samples)


def _read_jbig2(data: bytes, budget: Budget, decode: Jbig2Decoder | None) -> Picture:

    width, height, page, shared = split_file(data)
    _require_size(width, height, budget)
    pixels = decode(page, shared, width, height) if decode is not None else None
    if pixels is None or len(pixels) != width * height:
        raise Undrawable(Lack.IMAGE, "JBIG2")
    image = Image.frombytes("L", (width, height), pixels).convert("1", dither=Image.Dither.NONE)
    return picture_of(image)
