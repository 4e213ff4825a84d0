"""JBIG2 pictures by pdfium: what it cannot decode it leaves out without a word, and that is no white picture."""

from __future__ import annotations

import struct

import pytest

from esign.ofd.draw.jbig2 import split_file
from tests.unit.ofd.draw.test_pictures import jbig2, segment
from trustkit.app.jbig2_pixels import decode_jbig2

PAGE = segment(1, 48, 1, struct.pack(">IIIIBH", 64, 32, 0, 0, 0, 0))
REGION = struct.pack(">IIIIB", 64, 32, 0, 0, 0)
# a generic region of the template of 16 pixels, arithmetic code of nothing but white
WHITE = segment(2, 38, 1, REGION + b"\0\x03\xff\xfd\xff\x02\xfe\xfe\xfe" + bytes(20))


def decoded(*segments: bytes) -> bytes | None:
    width, height, page, shared = split_file(jbig2(*segments))
    return decode_jbig2(page, shared, width, height)


@pytest.mark.parametrize("segments", [(PAGE,), (PAGE, WHITE)])
def test_a_page_has_black_and_white_pixels(segments: tuple[bytes, ...]) -> None:
    found = decoded(*segments)
    assert found is not None
    assert (len(found), set(found) <= {0, 255}) == (64 * 32, True)


@pytest.mark.parametrize(
    "segments",
    [
        (PAGE, segment(2, 38, 1, b"x" * 100)),
        (PAGE, segment(2, 0, 1, b"\xff" * 500), segment(3, 6, 1, REGION + b"\xff" * 400, b"\2")),
    ],
)
def test_what_cannot_be_decoded_is_no_picture(segments: tuple[bytes, ...]) -> None:
    assert decoded(*segments) is None
