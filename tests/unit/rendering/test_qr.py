from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from esign.rendering.qr import MAX_QR_OCTETS, QUIET_ZONE, STAND_IN, qr_code, qr_lines, qr_svg
from trustkit.errors import ErrorCode, TrustError

URL = "https://licence.example.gov.cn/v1/licences/1.2.156.3005.2.11100000MB0143028R001.1199010000TRYQK01Q.1.001.X"


def require_readable(text: str) -> int:
    """Read the drawing as a telephone would; return how many modules wide the code is."""
    svg = ET.fromstring(qr_svg(text))  # noqa: S314 - made here
    ground, dark = svg
    assert ground.get("fill") == "#fff"
    side = int(svg.get("width", ""))
    pixels = Image.new("L", (side, side), 255)
    for box in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\3z", dark.get("d", "")):
        left, top, width, height = map(int, box)
        pixels.paste(0, (left, top, left + width, top + height))
    inked = pixels.point(lambda value: 255 - value).getbbox()
    assert inked == (QUIET_ZONE, QUIET_ZONE, side - QUIET_ZONE, side - QUIET_ZONE)
    found = zxingcpp.read_barcode(pixels.resize((side * 4, side * 4), Image.Resampling.NEAREST), is_pure=True)
    assert found is not None
    assert found.bytes == text.encode("utf-8")
    assert found.ec_level == "M"
    return side - 2 * QUIET_ZONE


@pytest.mark.parametrize("text", ["1", URL, "证照" * 40, "é", "x" * MAX_QR_OCTETS, "\\x41", "\x00"])
def test_the_drawing_is_read(text: str) -> None:
    require_readable(text)


@given(st.text(alphabet=[chr(code) for code in range(128)], min_size=1, max_size=MAX_QR_OCTETS))
@example("a" * MAX_QR_OCTETS)
def test_the_drawing_of_any_text_is_read(text: str) -> None:
    require_readable(text)


@pytest.mark.parametrize("size", range(10, MAX_QR_OCTETS, 10))
def test_the_drawing_is_read_in_every_version(size: int) -> None:
    require_readable((URL * 3)[:size])


def test_modes_are_changed_where_that_saves_modules() -> None:
    assert require_readable("KEY-7" * 40) < require_readable("key-7" * 40)


@pytest.mark.parametrize("size", [1, 90, MAX_QR_OCTETS])
def test_what_stands_in_for_a_code_is_as_large_and_lies_where_every_code_is_quiet(size: int) -> None:
    code = qr_code((URL * 3)[:size])
    drawn, standing = (ET.fromstring(svg) for svg in (code.svg, code.stand_in))  # noqa: S314 - made here
    assert [standing.get(key) for key in ("viewBox", "width", "height")] == [
        drawn.get(key) for key in ("viewBox", "width", "height")
    ]
    assert standing[0].attrib == drawn[0].attrib
    assert all(left < QUIET_ZONE and top < QUIET_ZONE for left, top, _, _ in STAND_IN)
    assert all(left >= QUIET_ZONE and top >= QUIET_ZONE for left, top, _, _ in code.boxes)


@pytest.mark.parametrize("size", [1, 30, 90, 200, MAX_QR_OCTETS])
def test_the_lines_of_a_terminal_are_read(size: int) -> None:
    text = (URL * 3)[:size]
    lines = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in qr_lines(text)]
    pixels = Image.new("L", (len(lines[0]), 2 * len(lines)), 255)
    for y, line in enumerate(lines):
        for x, block in enumerate(line):
            pixels.putpixel((x, 2 * y), 0 if block in "▀█" else 255)
            pixels.putpixel((x, 2 * y + 1), 0 if block in "▄█" else 255)
    wide, high = pixels.size
    found = zxingcpp.read_barcode(pixels.resize((wide * 4, high * 4), Image.Resampling.NEAREST))
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize("text", ["", "x" * (MAX_QR_OCTETS + 1), "证" * 101])
def test_refused(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        qr_svg(text)
    assert caught.value.code is ErrorCode.LICENCE_DATA
