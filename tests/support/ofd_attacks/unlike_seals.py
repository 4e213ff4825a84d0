"""Seals of a second signer that are clear to one reader and solid to another, or shown here by one and there by another."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.shown_seals import AMOUNT, BLANK, CLEAR, WHITE, over, png
from tests.support.ofd_attacks.verdicts import COVERED, PASSED, SPREAD

if TYPE_CHECKING:
    from collections.abc import Callable

_SIDE: Final = 80
_PLACE: Final = 'ID="1" PageRef="11" Boundary="{}"'


def _chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _made(*chunks: bytes, colour: int, row: bytes, behind: bytes = b"") -> bytes:
    """Return a PNG of one colour, with these chunks before its rows and others behind them."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, colour, 0, 0, 0))
    rows = _chunk(b"IDAT", zlib.compress((b"\0" + row) * _SIDE))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + rows + behind + _chunk(b"IEND")


_PALETTE: Final = _chunk(b"PLTE", b"\xff\xff\xff")
_LETS_THROUGH, _SOLID = _chunk(b"tRNS", b"\0"), _chunk(b"tRNS", b"\xff")


def _clear_palette(*chunks: bytes, behind: bytes = b"") -> bytes:
    return _made(*chunks, colour=3, row=bytes(_SIDE), behind=behind)


def _wide_samples() -> bytes:
    """Return one that is clear where the low octets of sixteen bits count, and solid where all of them do."""
    return _made(_chunk(b"tRNS", b"\1\xff" * 3), colour=2, row=b"\xff\xff\xff" * _SIDE)


def _film(form: str) -> bytes:
    """Return a clear picture with a solid one behind it."""
    file = BytesIO()
    frames = [Image.new("RGBA", (_SIDE, _SIDE), each) for each in (CLEAR, WHITE)]
    frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=[20, 60_000])
    return file.getvalue()


def _channel_of_a_bitmap() -> bytes:
    """Return a BMP of 32 bits whose fourth octet is a channel of its own to some (BITMAPV4HEADER)."""
    pixels = b"\xff\xff\xff\0" * _SIDE**2
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 108, _SIDE, _SIDE, 1, 32, 3, len(pixels), 0, 0, 0, 0) + masks
    header = (header + b"BGRs").ljust(108, b"\0")
    return struct.pack("<2sIHHI", b"BM", 14 + 108 + len(pixels), 0, 0, 14 + 108) + header + pixels


PICTURES: Final[dict[str, Callable[[], bytes]]] = {
    "wide-samples": _wide_samples,
    "clear-twice": lambda: _clear_palette(_PALETTE, _SOLID, _LETS_THROUGH),
    "clear-before-the-palette": lambda: _clear_palette(_LETS_THROUGH, _PALETTE),
    "clear-afterwards": lambda: _clear_palette(_PALETTE, behind=_LETS_THROUGH),
    "wrong-checksum": lambda: _clear_palette(_PALETTE, _LETS_THROUGH[:-1] + b"\0"),
    "frames-of-a-png": lambda: _film("PNG"),
    "frames-of-a-gif": lambda: _film("GIF"),
    "bitmap-with-a-channel": _channel_of_a_bitmap,
}
_PLACES: Final = {
    "comma": "50,180 44 40",
    "two-blanks": "120  180 40 40",
    "blank-of-another-kind": "50\u00a0180 44 40",
    "reference": "50&#32;180 40 40",
}
ROWS: Final = (
    *(Row(f"unlike-{name}", "twice", over(picture), COVERED) for name, picture in PICTURES.items()),
    Row("unlike-not-clear-palette", "twice", over(lambda: _clear_palette(_PALETTE, _LETS_THROUGH)), PASSED),
    Row("unlike-begins-left-of-the-page", "twice", over(lambda: png(WHITE), _PLACE.format("-39 45 40 40")), COVERED),
    Row("unlike-begins-above-the-page", "twice", over(lambda: png(WHITE), _PLACE.format("50 -60 40 40")), COVERED),
    *(
        Row(f"unlike-place-by-{name}", "twice", over(lambda: png(WHITE), _PLACE.format(each)), SPREAD)
        for name, each in _PLACES.items()
    ),
    Row("unlike-page-by-reference", "twice", over(lambda: png(WHITE), BLANK.replace('"11"', '"1&#49;"')), SPREAD),
    Row(
        "unlike-not-place-with-zeros", "twice", over(lambda: png(CLEAR), AMOUNT.replace("50 45", "50.0 45.00")), PASSED
    ),
)
