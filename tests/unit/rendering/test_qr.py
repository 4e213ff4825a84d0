from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
import segno
from hypothesis import example, given
from hypothesis import strategies as st

from esign.rendering.qr import MAX_QR_OCTETS, QUIET_ZONE, qr_svg
from trustkit.errors import ErrorCode, TrustError

URL = "https://licence.example.gov.cn/v1/licences/1.2.156.3005.2.11100000MB0143028R001.1199010000TRYQK01Q.1.001.X"


def require_matrix(text: str) -> None:
    """Hold the boxes of a drawing against the modules segno makes."""
    svg = ET.fromstring(qr_svg(text))  # noqa: S314 - made here
    ground, dark = svg
    assert ground.get("fill") == "#fff"
    dark_modules = set()
    for box in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\3z", dark.get("d", "")):
        left, top, width, height = map(int, box)
        dark_modules |= {(left + x - QUIET_ZONE, top + y - QUIET_ZONE) for x in range(width) for y in range(height)}
    code = segno.make(text, error="m", micro=False, boost_error=False, mask=3)
    wanted = {(x, y) for y, row in enumerate(code.matrix) for x, module in enumerate(row) if module}
    assert dark_modules == wanted
    assert svg.get("width") == str(len(code.matrix) + 2 * QUIET_ZONE)
    assert code.error == "M"


@pytest.mark.parametrize("text", ["1", URL, "证照" * 40, "x" * MAX_QR_OCTETS])
def test_the_path_is_the_matrix(text: str) -> None:
    require_matrix(text)


@given(st.text(alphabet=[chr(code) for code in range(128)], min_size=1, max_size=MAX_QR_OCTETS))
@example("a" * MAX_QR_OCTETS)
def test_the_path_is_the_matrix_of_any_text(text: str) -> None:
    require_matrix(text)


@pytest.mark.parametrize("size", range(10, MAX_QR_OCTETS, 10))
def test_the_path_is_the_matrix_in_every_version(size: int) -> None:
    require_matrix((URL * 3)[:size])


@pytest.mark.parametrize("text", ["", "x" * (MAX_QR_OCTETS + 1), "证" * 101])
def test_refused(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        qr_svg(text)
    assert caught.value.code is ErrorCode.LICENCE_DATA
