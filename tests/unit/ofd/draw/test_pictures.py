from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from esign.ofd.draw import limits, pictures
from esign.ofd.draw.budget import Budget, Exhausted
from esign.ofd.draw.jbig2 import JBIG2_MARK, split_file
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.pictures import Picture, read_picture
from tests.support.ofd_attacks.beneath_seals import ARITHMETIC_JPEG
from tests.support.ofd_drawings import picture


def read(data: bytes, budget: Budget | None = None) -> Picture:
    return read_picture(data, budget or Budget(), None)


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "TIFF", "JPEG"])
def test_pictures_of_all_kinds(form: str) -> None:
    found = read(picture((255, 0, 0), form=form))
    assert (found.width, found.height, found.space, found.bits) == (4, 2, "DeviceRGB", 8)
    assert found.alpha is None
    if found.is_jpeg:
        assert found.samples == picture((255, 0, 0), form=form)  # as it came
    else:
        assert found.samples == bytes((255, 0, 0)) * 8


@pytest.mark.parametrize(
    ("mode", "colour", "space", "bits", "samples"),
    [
        ("L", (7,), "DeviceGray", 8, bytes([7]) * 8),
        ("1", (1,), "DeviceGray", 1, b"\xf0\xf0"),
        ("I;16", (0x0700,), "DeviceRGB", 8, bytes([7]) * 24),
        ("RGBA", (1, 2, 3, 255), "DeviceRGB", 8, bytes((1, 2, 3)) * 8),
    ],
)
def test_pictures_of_all_depths(mode: str, colour: tuple[int, ...], space: str, bits: int, samples: bytes) -> None:
    found = read(picture(colour, mode=mode))
    assert (found.space, found.bits, found.samples, found.alpha) == (space, bits, samples, None)


def test_what_shines_through_is_kept() -> None:
    found = read(picture((1, 2, 3, 128), mode="RGBA"))
    assert (found.samples, found.alpha) == (bytes((1, 2, 3)) * 8, bytes([128]) * 8)
    palette = Image.new("P", (4, 2), 0)
    palette.putpalette([9, 9, 9, 1, 1, 1])
    out = io.BytesIO()
    palette.save(out, "GIF", transparency=0)
    assert read(out.getvalue()).alpha == bytes(8)


def test_a_picture_in_inks_is_turned_into_light() -> None:
    found = read(picture((0, 255, 255, 0), form="JPEG", mode="CMYK"))
    assert not found.is_jpeg
    assert found.samples[0] > 200 > found.samples[1]


def lying_png(width: int, height: int) -> bytes:
    """Return a PNG whose header promises other pixels than there are."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        picture()[:40],
        picture(form="JPEG")[:-30],
        picture(form="TIFF")[:60],
        lying_png(100_000, 100_000),
        lying_png(limits.MAX_IMAGE_SIDE + 1, 1),
        lying_png(60, 60),
        lying_png(0, 5),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",  # Pillow would call another program
    ],
)
def test_what_is_no_picture_or_lies_about_itself_is_refused(data: bytes) -> None:
    with pytest.raises(Undrawable) as caught:
        read(data)
    assert caught.value.lack is Lack.IMAGE


def test_a_picture_too_large_in_octets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_IMAGE_OCTETS", 50)
    with pytest.raises(Undrawable):
        read(picture())


@pytest.mark.parametrize(
    ("mode", "colour", "flat"),
    [
        ("RGB", (1, 2, 3), True),
        ("L", (9,), True),
        ("1", (1,), True),
        ("RGBA", (1, 2, 3, 4), False),
        ("I;16", (900,), False),
    ],
)
def test_a_picture_with_alpha_or_sixteen_bits_may_have_fewer_pixels(
    mode: str, colour: tuple[int, ...], *, flat: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its pixels takes thirteen octets while it is read, and a kilobyte promises seventy million."""
    monkeypatch.setattr(pictures, "MAX_DEEP_PIXELS", 7)
    data = picture(colour, mode=mode)  # 4 × 2 pixels
    if flat:
        assert read(data).width == 4
        return
    with pytest.raises(Undrawable) as caught:
        read(data)
    assert caught.value.lack is Lack.IMAGE


def test_a_mask_is_not_laid_on_a_picture_too_large_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = read(picture())
    assert pictures.masked(flat, flat).alpha is not None
    monkeypatch.setattr(pictures, "MAX_DEEP_PIXELS", 7)
    with pytest.raises(Undrawable):
        pictures.masked(flat, flat)


def test_all_pictures_together_have_so_many_pixels_and_no_more() -> None:
    budget = Budget(pixels=12)
    read(picture(), budget)
    with pytest.raises(Exhausted):
        read(picture(), budget)


def test_a_jpeg_is_kept_where_readers_of_pdf_decode_it() -> None:
    kept = read_picture(picture(form="JPEG"), Budget(), None)
    assert kept.is_jpeg
    decoded = read_picture(ARITHMETIC_JPEG, Budget(), None)
    assert not decoded.is_jpeg
    assert len(decoded.samples) == decoded.width * decoded.height
    assert min(decoded.samples) < 64
    assert max(decoded.samples) > 192


def segment(number: int, kind: int, page: int, body: bytes, referred: bytes = b"", *, size: int | None = None) -> bytes:
    length = len(body) if size is None else size
    return (
        struct.pack(">IBB", number, kind, len(referred) << 5)
        + referred
        + bytes([page])
        + struct.pack(">I", length)
        + body
    )


PAGE_INFO = struct.pack(">IIIIBH", 100, 50, 0, 0, 0, 0)


def jbig2(*segments: bytes, flags: int = 1, pages: bytes = b"\0\0\0\1") -> bytes:
    return JBIG2_MARK + bytes([flags]) + pages + b"".join(segments)


GOOD = (
    segment(0, 0, 0, b"dict"),
    segment(1, 48, 3, PAGE_INFO),
    segment(2, 38, 3, b"region", b"\0"),
    segment(3, 49, 3, b""),
    segment(4, 51, 0, b""),
)


def test_a_jbig2_file_is_taken_apart() -> None:
    width, height, page, shared = split_file(jbig2(*GOOD))
    assert (width, height) == (100, 50)
    assert shared == segment(0, 0, 0, b"dict")
    assert page == segment(1, 48, 1, PAGE_INFO) + segment(2, 38, 1, b"region", b"\0")  # renumbered, without end marks
    assert split_file(jbig2(*GOOD, flags=3, pages=b"")) == (width, height, page, shared)


def test_segments_of_other_pages_and_long_headers() -> None:
    large = struct.pack(">IBB", 2, 38 | 0x40, 0) + struct.pack(">II", 3, 3) + b"abc"
    many = struct.pack(">IBI", 3, 38, 0xE0000000 | 5) + b"\0" + bytes(5) + b"\3" + struct.pack(">I", 1) + b"x"
    _, _, page, _ = split_file(jbig2(GOOD[1], segment(9, 38, 4, b"other"), large, many))
    assert page.endswith(struct.pack(">I", 1) + b"x")
    assert struct.pack(">II", 1, 3) + b"abc" in page
    assert b"other" not in page


@pytest.mark.parametrize(
    "data",
    [
        JBIG2_MARK,
        jbig2(flags=0),
        jbig2(),
        jbig2(GOOD[0]),
        jbig2(GOOD[1], segment(2, 38, 3, b"", size=0xFFFFFFFF)),
        jbig2(GOOD[1], segment(2, 38, 3, b"abc", size=9)),
        jbig2(segment(1, 48, 3, PAGE_INFO[:5])),
        jbig2(segment(1, 48, 3, struct.pack(">II", 100, 0xFFFFFFFF))),
        jbig2(GOOD[1], struct.pack(">IBB", 2, 38, 5 << 5)),
        jbig2(GOOD[1], struct.pack(">IBI", 2, 38, 0xFFFFFFFF)),
        jbig2(*GOOD)[:40],
        jbig2(GOOD[1], *(segment(number, 38, 3, b"") for number in range(5000))),
    ],
)
def test_a_jbig2_file_that_makes_no_sense_is_refused(data: bytes) -> None:
    with pytest.raises(Undrawable) as caught:
        split_file(data)
    assert caught.value.lack is Lack.IMAGE


def test_jbig2_is_left_to_the_decoder_that_is_handed_in() -> None:
    asked = []

    def decode(page: bytes, shared: bytes, width: int, height: int) -> bytes | None:
        asked.append((len(page), shared, width, height))
        return bytes([0, 255]) * (width * height // 2)

    found = read_picture(jbig2(*GOOD), Budget(), decode)
    assert (found.width, found.height, found.bits, found.samples[:1]) == (100, 50, 1, b"\x55")
    assert asked[0][1:] == (GOOD[0], 100, 50)
    for other in (None, lambda *_: None, lambda *_: b"short"):
        with pytest.raises(Undrawable):
            read_picture(jbig2(*GOOD), Budget(), other)
    huge = struct.pack(">IIIIBH", 30_000, 30_000, 0, 0, 0, 0)
    with pytest.raises(Undrawable):
        read_picture(jbig2(segment(1, 48, 3, huge)), Budget(), decode)
    assert len(asked) == 1
