"""Pictures brought for a seal: what is taken as it is, what becomes a PNG, and what is refused before anybody signs for it."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from esign.rendering.vector_picture import MAX_ELEMENTS
from esign.seal.model import SealPicture
from tests.support.ofd_drawings import SONG, files_of, path_object, text_object, zipped
from trustkit.app.seal_file import picture_png
from trustkit.app.seal_picture import PictureWish
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{}</svg>'
RING = '<circle cx="50" cy="50" r="40" fill="none" stroke="#cc0000" stroke-width="6"/>'
_NOTES = '<note xmlns="http://example.com/drawing-program">drawn on Monday</note>'


def _wish(place: Path, data: bytes | str, **sides: float) -> PictureWish:
    file = place / "picture"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return PictureWish(file=file, **sides)  # type: ignore[arg-type]


def _ofd(objects: str, *, pages: int = 1) -> bytes:
    files = files_of(objects, resources=SONG, size="0 0 40 40")
    page = b'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
    more = b"".join(page.replace(b'"1"', b'"%d"' % (90 + each)) for each in range(1, pages))
    files["Doc_0/Document.xml"] = files["Doc_0/Document.xml"].replace(page, page + more)
    return zipped(files)


def _path(data: str, boundary: str = "0 0 40 40") -> str:
    return path_object(data).replace("0 0 100 50", boundary)


def test_an_svg_becomes_a_png_of_the_seals_size(tmp_path: Path) -> None:
    picture = _wish(tmp_path, SVG.format(_NOTES + RING), width_mm=40, height_mm=30).picture(NOW)
    assert (picture.type, picture.width, picture.height) == ("PNG", 40, 30)
    drawn = Image.open(BytesIO(picture.data)).convert("RGBA")
    assert abs(drawn.width / drawn.height - 40 / 30) < 0.01
    assert drawn.width == pytest.approx(40 / 25.4 * 300, abs=2)
    middle = drawn.height // 2
    ring = drawn.width // 2 - round(drawn.height * 0.4)
    assert drawn.getpixel((ring, middle)) == (204, 0, 0, 255)  # as large as it fits, and not stretched
    assert drawn.getpixel((2, 2))[3] == drawn.getpixel((drawn.width // 2, middle))[3] == 0  # type: ignore[index]


def test_an_ofd_of_one_page_is_taken_as_it_is_and_shown_drawn(tmp_path: Path) -> None:
    data = _ofd(_path("M 1 1 L 30 1 L 30 30 C"))
    picture = _wish(tmp_path, data, width_mm=40).picture(NOW)
    assert picture == SealPicture(type="ofd", data=data, width=40, height=40)
    assert Image.open(BytesIO(picture_png(picture))).getextrema() != ((255, 255),) * 3


REFUSED = {
    "letters": (SVG.format('<text x="1" y="9">章</text>'), "letters have to be outlines"),
    "a picture in it": (SVG.format('<image href="seal.png" width="9" height="9"/>'), "not drawn"),
    "a program": (SVG.format("<script>1</script>"), "not drawn"),
    "what is drawn elsewhere": (SVG.format('<use href="other.svg#a"/>'), "not drawn"),
    "a reference": (SVG.format('<linearGradient href="other.svg#a"/>'), "refers to elsewhere"),
    "an entity": ('<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"), "document type"),
    "torn": (SVG.format(RING)[:-9], "no SVG that can be read"),
    "not UTF-8": (SVG.format(RING).encode() + b"<!-- \xff -->", "no SVG that can be read"),
    "too many": (SVG.format("<path/>" * (2 * MAX_ELEMENTS)), "more than a seal has"),
    "no side": ('<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>', "cannot be drawn"),
    "a GIF": (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "a PNG, an SVG or an OFD"),
    "a torn package": (b"PK\x03\x04" + bytes(50), "cannot be read"),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_picture_of_a_seal_is_refused(tmp_path: Path, data: bytes | str, why: str) -> None:
    with pytest.raises(TrustError) as caught:
        _wish(tmp_path, data).picture(NOW)
    assert caught.value.code is ErrorCode.SEAL_PICTURE
    assert why in caught.value.detail


def test_an_ofd_that_is_more_or_less_than_a_seal_is_refused(tmp_path: Path) -> None:
    rows = {
        "2 pages": _ofd(_path("M 0 0 L 9 9"), pages=2),
        "glyph U+E000": _ofd(text_object("\ue000").replace("10 20 50 8", "1 1 30 8")),
        "draws beyond the seal": _ofd(_path("M 0 0 L 9 9", "0 0 300 300")),
    }
    for why, data in rows.items():
        with pytest.raises(TrustError) as caught:
            _wish(tmp_path, data).picture(NOW)
        assert caught.value.code is ErrorCode.SEAL_PICTURE
        assert why in caught.value.detail
