"""Whether every reader sees a picture as it is drawn here: PNG and GIF are taken apart, for each may be clear to one and solid to another.

    unlike(data)        # of a seal: "", or what readers differ about
    unlike_beneath(data)        # of a page, which was read before

A second picture in the file, transparency told twice, in the wrong place, in samples wider than those of the picture or under a wrong
checksum: one reader lets the page shine through where the next covers it. What has no transparency covers all it lies on, whoever draws it.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final, cast

from PIL import Image

from esign.ofd.draw.jbig2 import JBIG2_MARK, has_one_page
from esign.seal.picture_kind import PictureKind, picture_facts, picture_kind
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL.JpegImagePlugin import JpegImageFile

_MAX_CHUNKS: Final = 10_000  # of a PNG; a picture of A4 at 600 dots an inch has some thousand
_CRITICAL: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_ANIMATED: Final = frozenset({b"acTL", b"fcTL", b"fdAT", b"eXIf"})  # the last says which side is up
_ONCE: Final = (b"IHDR", b"PLTE", b"tRNS", b"IEND")
_GREY, _COLOUR, _PALETTE = 0, 2, 3  # colour types that may have a tRNS (PNG 11.3.2.1)
_SAMPLES: Final = {_GREY: 1, _COLOUR: 3}
_CHANNELS: Final = {_COLOUR: 3, 4: 2, 6: 4}
_NARROW: Final = frozenset({1, 2, 4, 8})  # bits of a sample; what tRNS says of sixteen is read in several ways
_CONTROL, _TEXT = 0xF9, 0x01  # extensions of GIF
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def unlike(data: bytes) -> str:
    """Return what readers differ about in a picture, empty where nothing is known."""
    try:
        kind = picture_facts(data).kind
        check = _KINDS.get(kind)
        return f"a picture of the kind {kind.value}" if check is None else check(data)
    except (TrustError, IndexError, struct.error, zlib.error):
        return "a picture that is cut short"


def unlike_beneath(data: bytes) -> str:
    """Return what readers differ about in a picture of a page, which may be larger than a seal's and a scan in JBIG2.

    It was decoded before, within the bounds of `esign.ofd.draw.pictures`.
    """
    if data.startswith(JBIG2_MARK):
        return "" if has_one_page(data) else "a JBIG2 of several pages"
    kind = picture_kind(data)
    check = _KINDS.get(kind)
    try:
        return f"a picture of the kind {kind.value}" if check is None else check(data)
    except (IndexError, struct.error, zlib.error):
        return "a picture that is cut short"


def _is_beyond_palette(data: bytes) -> bool:
    """Whether a picture has pixels of colours that its palette does not hold, or cannot be decoded."""
    try:
        with Image.open(BytesIO(data), formats=("PNG", "GIF")) as image:
            image.load()
            if image.mode != "P" or image.palette is None:
                return False
            return 3 * (max(image.tobytes(), default=0) + 1) > len(image.palette.palette)
    except Exception:  # noqa: BLE001 - Pillow fails in every way a parser can
        return True


def _png(data: bytes) -> str:
    chunks: list[tuple[bytes, bytes]] = []
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body, (crc,) = data[at + 8 : at + 8 + length], struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(kind + body) != crc:
            return "a PNG with a wrong checksum"
        chunks.append((kind, body))
        at += 12 + length
        if len(chunks) > _MAX_CHUNKS:
            return "a PNG of too many chunks"
    told = _order([kind for kind, _ in chunks]) or _transparency(dict(chunks))
    if told:
        return told
    rows = b"".join(body for kind, body in chunks if kind == b"IDAT")
    if not _is_whole(dict(chunks)[b"IHDR"], rows) or _is_beyond_palette(data):
        return "a PNG of which not all is there"
    return ""


def _order(kinds: Sequence[bytes]) -> str:
    """Return what is wrong with the chunks of a PNG and their order (PNG 5.6)."""
    if kinds[:1] != [b"IHDR"] or kinds[-1] != b"IEND" or any(kinds.count(each) > 1 for each in _ONCE):
        return "a PNG of chunks that stand there twice, or not in their place"
    if not _ANIMATED.isdisjoint(kinds) or any(each[:1].isupper() and each not in _CRITICAL for each in kinds):
        return "a PNG of several pictures, or of parts that not every reader knows"
    first, count = kinds.index(b"IDAT") if b"IDAT" in kinds else 0, kinds.count(b"IDAT")
    told = [kinds.index(each) for each in (b"PLTE", b"tRNS") if each in kinds]
    if (
        not count
        or kinds[first : first + count] != [b"IDAT"] * count
        or sorted(told) != told
        or max(told, default=0) > first
    ):
        return "a PNG of chunks that stand there twice, or not in their place"
    return ""


def _is_whole(header: bytes, packed: bytes) -> bool:
    """Whether all rows of a PNG are there, one after the other, and nothing behind them."""
    width, height, bits, colour, _, _, passes = struct.unpack(">IIBBBBB", header)
    wanted = height * (1 + (width * bits * _CHANNELS.get(colour, 1) + 7) // 8)
    unpacking = zlib.decompressobj()
    found = len(unpacking.decompress(packed, wanted + 1))
    return not passes and found == wanted and unpacking.eof and not unpacking.unused_data


def _transparency(chunks: dict[bytes, bytes]) -> str:
    """Return what is wrong with the colours that let the ground through (PNG 11.3.2.1)."""
    bits, colour = chunks[b"IHDR"][8:10]
    palette, clear = chunks.get(b"PLTE", b""), chunks.get(b"tRNS")
    if len(palette) % 3 or len(palette) > 3 << bits or (colour == _PALETTE and not palette):
        return "a PNG of a palette that is none"
    if clear is None:
        return ""
    if colour == _PALETTE:
        fits = 3 * len(clear) <= len(palette)
    else:
        count = _SAMPLES.get(colour, 0)
        fits = bool(count) and bits in _NARROW and len(clear) == 2 * count
        fits = fits and all(each >> bits == 0 for each in struct.unpack(f">{count}H", clear))
    return "" if fits else "a PNG of transparency that readers take in different ways"


def _gif(data: bytes) -> str:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, images, controls = 13 + _table(flags), 0, 0
    while data[at] != _TRAILER:
        if data[at] == _EXTENSION:
            controls += data[at + 1] == _CONTROL
            if data[at + 1] == _TEXT:
                return "a GIF with a text of its own"
            at += 2
        elif data[at] == _IMAGE:
            images += 1
            left, top, across, down, flags = struct.unpack_from("<HHHHB", data, at + 1)
            if (left, top, across, down) != (0, 0, width, height):
                return "a GIF whose picture does not fill it"
            at += 11 + _table(flags)
        else:
            return "a GIF of parts that not every reader knows"
        at = _behind_blocks(data, at)
    once = images == 1 and controls <= 1 and at + 1 == len(data)
    if not once:
        return "a GIF of several pictures"
    return "a GIF of which not all is there" if _is_beyond_palette(data) else ""


def _table(flags: int) -> int:
    """Return how many octets the colours have that flags announce."""
    return 3 << (flags % 8) + 1 if flags & 0x80 else 0


def _behind_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _bmp(data: bytes) -> str:
    (bits,) = struct.unpack_from("<H", data, 28)
    return "a BMP that some readers take for clear" if bits not in {1, 4, 8, 24} else ""


def _jpg(data: bytes) -> str:
    """Return what is wrong with a JPEG: it covers all it lies on, but some turn it as Exif says, and colours are told in several ways."""
    if b"Exif\0" in data:
        return "a JPEG that some readers turn round"
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as image:
            layers = [each[0] for each in cast("JpegImageFile", image).layer]
            is_rgb = image.info.get("adobe_transform") == 0 or bytes(layers) == b"RGB"  # others take it for YCbCr
    except Exception:  # noqa: BLE001 - Pillow fails in every way a parser can
        return "a JPEG that is cut short"
    return "a JPEG of colours that readers take in different ways" if len(layers) not in {1, 3} or is_rgb else ""


_KINDS: Final[dict[PictureKind, Callable[[bytes], str]]] = {
    PictureKind.PNG: _png,
    PictureKind.GIF: _gif,
    PictureKind.BMP: _bmp,
    PictureKind.JPG: _jpg,
}
