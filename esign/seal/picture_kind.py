"""What a seal's picture is by its first octets, and how large it says it is: nothing is decoded here.

    facts = picture_facts(picture.data)
    facts.kind, facts.width, facts.height

Seals name the kind of their picture as they like (``PNG``, ``png``, ``ofd``, GIF over a PNG); the octets decide.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PIXELS: Final = 8_000_000  # a seal of 58 mm at 1,200 dots to the inch has 7.5
MAX_SEGMENTS: Final = 1000  # of a JPEG before its frame; cameras write some twenty


@unique
class PictureKind(StrEnum):
    """Kinds of pictures that seals were seen to carry; the value is the usual name."""

    PNG = "PNG"
    GIF = "GIF"
    BMP = "BMP"
    JPG = "JPG"
    OFD = "ofd"  # a nested document, as in the seals of the tax administration
    SVG = "SVG"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """The kind, and the pixels as written; both sides are 0 for what is not made of pixels."""

    kind: PictureKind
    width: int = 0
    height: int = 0

    def is_called(self, name: str) -> bool:
        """Tell whether a seal names this kind, in whatever letters."""
        word = name.strip().lower()
        return word == self.kind.value.lower() or (self.kind is PictureKind.JPG and word == "jpeg")


def picture_facts(data: bytes) -> PictureFacts:
    """Return what a picture is and says of itself.

    Raises:
        TrustError: SEAL_PICTURE for a header that is cut short, and for no pixels or more than `MAX_PIXELS`.
    """
    kind = picture_kind(data)
    measure = _MEASURES.get(kind)
    if measure is None:
        return PictureFacts(kind)
    try:
        width, height = measure(data)
    except (struct.error, IndexError) as error:
        raise TrustError(ErrorCode.SEAL_PICTURE, "the picture is cut short", kind=kind.value) from error
    if not 0 < width * height <= MAX_PIXELS:
        raise TrustError(ErrorCode.SEAL_PICTURE, "pixels", width=width, height=height, limit=MAX_PIXELS)
    return PictureFacts(kind, width, height)


def picture_kind(data: bytes) -> PictureKind:
    """Return what a picture is by its first octets, whatever it says of its size."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    head = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    return PictureKind.SVG if head.startswith((b"<svg", b"<?xml")) and b"<svg" in data[:4096] else PictureKind.UNKNOWN


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp(data: bytes) -> tuple[int, int]:
    (header,) = struct.unpack_from("<I", data, 14)
    old = header == 12  # noqa: PLR2004 - BITMAPCOREHEADER, whose sides have 16 bits
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return width, abs(height)  # negative: rows from the top


def jpeg_frame(data: bytes) -> int:
    """Return the marker of a JPEG's frame, which tells how it is coded (ITU-T T.81 table B.1); 0 where there is none."""
    try:
        return data[_frame(data) + 1]
    except (struct.error, IndexError):
        return 0


def _jpg(data: bytes) -> tuple[int, int]:
    height, width = struct.unpack_from(">HH", data, _frame(data) + 5)
    return width, height


def _frame(data: bytes) -> int:
    """Walk the segments up to the frame header, and return where it stands (ITU-T T.81 B.2.2)."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # noqa: PLR2004 - fill octets, B.1.1.2
            at += 1
        marker = data[at + 1]
        if data[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
            break
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:  # noqa: PLR2004 - SOF0 to SOF15
            return at
        (length,) = struct.unpack_from(">H", data, at + 2)
        at += 2 + length
    raise IndexError(at)


_NO_FRAMES: Final = frozenset({0xC4, 0xC8, 0xCC})  # DHT, JPG, DAC
_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", PictureKind.PNG),
    (b"GIF87a", PictureKind.GIF),
    (b"GIF89a", PictureKind.GIF),
    (b"BM", PictureKind.BMP),
    (b"\xff\xd8\xff", PictureKind.JPG),
    (b"PK\x03\x04", PictureKind.OFD),
)
_MEASURES: Final[dict[PictureKind, Callable[[bytes], tuple[int, int]]]] = {
    PictureKind.PNG: _png,
    PictureKind.GIF: _gif,
    PictureKind.BMP: _bmp,
    PictureKind.JPG: _jpg,
}
