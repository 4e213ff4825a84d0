"""Pictures that readers see alike, and such as are clear to one and solid to another."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from esign.ofd.draw.budget import Budget
from esign.ofd.draw.notes import Undrawable
from esign.ofd.draw.pictures import read_picture
from esign.ofd.draw.plain_pictures import unlike, unlike_beneath
from tests.support.ses import PICTURE
from tests.unit.ofd.draw.test_pictures import GOOD, PAGE_INFO, jbig2, segment

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 16
CLEAR = (200, 0, 0, 0)


def saved(mode: str, form: str, **more: object) -> bytes:
    file = BytesIO()
    Image.new("RGBA", (31, 17), (200, 0, 0, 90)).convert(mode).save(file, form, **more)
    return file.getvalue()


def chunk(kind: bytes, body: bytes = b"", *, crc: int = 0) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) ^ crc)


def png(
    *chunks: bytes, colour: int = 3, bits: int = 8, row: bytes = bytes(SIDE), passes: int = 0, end: bytes = b""
) -> bytes:
    """Return a PNG of these chunks behind its header; one that is b"IDAT" becomes all rows."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, bits, colour, 0, 0, passes))
    rows = chunk(b"IDAT", zlib.compress((b"\0" + row) * SIDE))
    inside = b"".join(rows if each == b"IDAT" else each for each in chunks)
    return b"\x89PNG\r\n\x1a\n" + header + inside + chunk(b"IEND") + end


WHITE, CLEAR_WHITE, SOLID = chunk(b"PLTE", b"\xff\xff\xff"), chunk(b"tRNS", b"\0"), chunk(b"tRNS", b"\xff")
ROW = b"\xff\xff\xff" * SIDE


def gif(*frames: int, **more: object) -> bytes:
    file = BytesIO()
    pictures = [Image.new("P", (SIDE, SIDE), each) for each in frames]
    for each in pictures:
        each.putpalette([255, 255, 255, 200, 0, 0])
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], transparency=0, optimize=False, **more)
    return file.getvalue()


def renamed_layers(jpeg: bytes) -> bytes:
    """Return a JPEG whose layers are called R, G and B, which some readers take for what they hold."""
    frame, scan = jpeg.index(b"\xff\xc0"), jpeg.index(b"\xff\xda")
    octets = bytearray(jpeg)
    for number, letter in enumerate(b"RGB"):
        octets[frame + 10 + 3 * number] = octets[scan + 5 + 2 * number] = letter
    return bytes(octets)


ALIKE = {
    "a seal": PICTURE,
    **{f"{form} of {mode}": saved(mode, form) for mode in ("RGBA", "RGB", "P", "L", "LA", "1") for form in ("PNG",)},
    **{f"{form} of {mode}": saved(mode, form) for mode in ("RGB", "P", "L", "1") for form in ("GIF", "BMP")},
    "a photograph": saved("RGB", "JPEG"),
    "a clear GIF": gif(1),
    "a GIF with a remark": gif(1, comment=b"remark"),
    "a clear palette": png(WHITE, CLEAR_WHITE, b"IDAT"),
    "a clear colour": png(chunk(b"tRNS", struct.pack(">HHH", 255, 255, 255)), b"IDAT", colour=2, row=ROW),
    "a clear grey": png(chunk(b"tRNS", struct.pack(">H", 0)), b"IDAT", colour=0),
    "words": png(chunk(b"tEXt", b"Title\0seal"), WHITE, CLEAR_WHITE, b"IDAT", chunk(b"tIME", bytes(7))),
}
NOT_ALIKE = {
    "nothing": b"",
    "no picture": b"a picture",
    "cut short": PICTURE[:-20],
    "no chunks": PICTURE[:8],
    "a TIFF": saved("RGB", "TIFF"),
    "a vector drawing": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "samples of sixteen bits": png(chunk(b"tRNS", b"\xff\0" * 3), b"IDAT", colour=2, row=ROW),
    "wide samples in a wide picture": png(chunk(b"tRNS", b"\0\0" * 3), b"IDAT", colour=2, bits=16, row=bytes(6 * SIDE)),
    "clear twice": png(WHITE, CLEAR_WHITE, SOLID, b"IDAT"),
    "clear before the palette": png(CLEAR_WHITE, WHITE, b"IDAT"),
    "clear afterwards": png(WHITE, b"IDAT", CLEAR_WHITE),
    "clear beside a channel of it": png(chunk(b"tRNS", bytes(2)), b"IDAT", colour=4, row=bytes(2 * SIDE)),
    "more clear colours than colours": png(WHITE, chunk(b"tRNS", bytes(2)), b"IDAT"),
    "a wrong checksum": png(WHITE, chunk(b"tRNS", b"\0", crc=1), b"IDAT"),
    "no palette": png(b"IDAT"),
    "half a colour": png(chunk(b"PLTE", b"\xff\xff"), b"IDAT"),
    "colours beyond the palette": png(WHITE, CLEAR_WHITE, b"IDAT", row=bytes((1,)) * SIDE),
    "two palettes": png(WHITE, WHITE, b"IDAT"),
    "rows in two places": png(WHITE, b"IDAT", chunk(b"tEXt", b"a\0b"), b"IDAT"),
    "rows that are wanting": png(WHITE, CLEAR_WHITE, chunk(b"IDAT", zlib.compress(bytes(SIDE)))),
    "rows without an end": png(WHITE, CLEAR_WHITE, chunk(b"IDAT", zlib.compress(bytes(SIDE * (SIDE + 1)))[:-6])),
    "rows that are none": png(WHITE, chunk(b"IDAT", b"rows")),
    "rows in passes": png(WHITE, CLEAR_WHITE, b"IDAT", passes=1),
    "frames": png(WHITE, chunk(b"acTL", bytes(8)), CLEAR_WHITE, b"IDAT"),
    "an unknown part": png(WHITE, chunk(b"ABCD"), CLEAR_WHITE, b"IDAT"),
    "no rows": png(WHITE),
    "something behind": png(WHITE, CLEAR_WHITE, b"IDAT", end=chunk(b"tEXt", b"a\0b")),
    "many chunks": png(*(chunk(b"tEXt", b"a\0b"),) * 10_001, WHITE, b"IDAT"),
    "a film": gif(0, 1),
    "a GIF in a wider frame": gif(1)[:6] + b"\xff\xff" + gif(1)[8:],
    "a GIF with a picture behind it": gif(1) + gif(0),
    "a GIF of letters": gif(1)[:-1] + b"\x21\x01\x00;",
    "a GIF of other parts": gif(1)[:-1] + b"\x99\x00;",
    "a GIF without colours": gif(1)[:10] + b"\x00" + gif(1)[11:13] + gif(1)[13 + 6 :],
    "a PNG turned round": png(chunk(b"eXIf", b"MM"), WHITE, b"IDAT"),
    "a JPEG turned round": saved("RGB", "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "a JPEG of four colours": saved("CMYK", "JPEG"),
    "a JPEG that names other colours": renamed_layers(saved("RGB", "JPEG")),
    "a JPEG whose frame is wanting": saved("RGB", "JPEG")[:40],
    "a BMP with a channel of its own": saved("RGBA", "BMP"),
}


@pytest.mark.parametrize("data", ALIKE.values(), ids=ALIKE)
def test_pictures_that_all_see_alike(data: bytes) -> None:
    assert unlike(data) == ""


@pytest.mark.parametrize("data", NOT_ALIKE.values(), ids=NOT_ALIKE)
def test_pictures_that_readers_differ_about(data: bytes) -> None:
    assert unlike(data).startswith("a ")


def test_a_picture_beneath_may_be_larger_than_a_seal_and_a_scan_of_one_page() -> None:
    large = png(WHITE, chunk(b"IDAT", zlib.compress(b"\0" * 626 * 5_000)))
    size = chunk(b"IHDR", struct.pack(">IIBBBBB", 5_000, 5_000, 1, 3, 0, 0, 0))
    large = large[:8] + size + large[8 + len(size) :]
    assert (unlike(large), unlike_beneath(large)) == ("a picture that is cut short", "")
    assert unlike(jbig2(*GOOD)) != ""
    assert unlike_beneath(jbig2(*GOOD)) == ""
    assert unlike_beneath(jbig2(*GOOD[:4], segment(5, 48, 4, PAGE_INFO))) == "a JBIG2 of several pages"
    assert unlike_beneath(PICTURE[:-20]) == "a picture that is cut short"
    assert unlike_beneath(saved("RGB", "TIFF")) == "a picture of the kind unknown"


@pytest.mark.parametrize("form", [lambda: PICTURE, lambda: gif(1)])
def test_no_picture_that_is_cut_short_ends_in_anything_else(form: Callable[[], bytes]) -> None:
    data = form()
    for at in range(len(data)):
        assert unlike(data[:at]).startswith("a ")


def test_a_bitmap_that_is_cut_short_is_not_drawn() -> None:
    """Its rows are not gone through here; whoever draws it needs all of them."""
    data = saved("RGB", "BMP")
    for at in range(0, len(data) - 4, 7):
        if not unlike(data[:at]):
            with pytest.raises(Undrawable):
                read_picture(data[:at], Budget(), None)
