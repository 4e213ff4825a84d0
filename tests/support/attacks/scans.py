"""What lies over pictures of text, and ink over letters that are not black: nothing but a look tells what is still seen.

A scanned contract is one picture to the syntax. Whoever countersigns may draw over any part of it, and ink replaces letters of its own
colour. The honest rows are what offices do to scans: seals with a transparent ground, seals in ink, handwriting, stamps in the blank.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from tests.support.attacks.additions import DRAWING, with_field
from tests.support.attacks.documents import CONTENT, RESOURCES, contract, stream, text
from tests.support.attacks.model import CHANGED, HIDDEN, NOT_COMPARED, PASSED, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

_SCAN: Final = 60
_PICTURE: Final = DRAWING + 1
_ALPHA: Final = DRAWING + 2
_LINE: Final = b"[60 740 540 790]"
_BLANK: Final = b"[60 300 540 350]"
_DOTS: Final = 2  # of the scan in a point
_WORDS: Final = "Contract No. 2026-001: the price is 1.000 yuan."
_NEW: Final = b"BT /F1 14 Tf 12 20 Td (The price is 9999999 yuan.) Tj ET"
_RING: Final = (
    b"2 w 55 25 m 55 38.8 43.8 50 30 50 c 16.2 50 5 38.8 5 25 c 5 11.2 16.2 0 30 0 c 43.8 0 55 11.2 55 25 c S"
)
_STROKES: Final = b"1.2 w 20 5 m 40 45 50 45 45 10 c 70 40 90 10 110 30 c 140 5 170 45 200 20 c S"
PAGE: Final = RESOURCES.replace(b"/Font", b"/XObject << /Im 60 0 R >> /Font")


def image(picture: Image.Image, entries: bytes = b"") -> bytes:
    """Return the body of an image XObject."""
    space = b"/DeviceGray" if picture.mode == "L" else b"/DeviceRGB"
    told = b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s /BitsPerComponent 8 /Filter /FlateDecode %s"
    return stream(zlib.compress(picture.tobytes()), told % (*picture.size, space, entries))


def written(
    size: tuple[int, int], words: str, at: tuple[int, int], *, ground: int = 255, points: int = 14
) -> Image.Image:
    """Return a grey picture of a line, at points from its upper left corner."""
    found = Image.new("L", (size[0] * _DOTS, size[1] * _DOTS), ground)
    pen = ImageDraw.Draw(found)
    font = ImageFont.load_default(points * _DOTS)
    pen.text((at[0] * _DOTS, at[1] * _DOTS), words, fill=255 - ground, font=font)
    return found


def scan(library: Library, words: str = _WORDS) -> bytes:
    """Return a contract whose first page is a picture, signed."""
    page = written((595, 842), words, (72, 65))
    return library.approve(contract({_SCAN: image(page), CONTENT: stream(b"q 595 0 0 842 0 0 cm /Im Do Q")}, page=PAGE))


def _large_scan(library: Library) -> bytes:
    """The page is half a metre wide and high: more pixels than are compared of one page."""
    page = PAGE.replace(b"[0 0 595 842]", b"[0 0 1400 1400]")
    shown = image(written((595, 842), _WORDS, (72, 65)))
    return library.approve(contract({_SCAN: shown, CONTENT: stream(b"q 1400 0 0 1400 0 0 cm /Im Do Q")}, page=page))


def drawing(operators: bytes, more: bytes = b"") -> bytes:
    entries = (
        b"/Type /XObject /Subtype /Form /BBox [0 0 480 50] /Resources << /Font << /F1 7 0 R >> /XObject << /Im %d 0 R >>"
        b" /ExtGState << /Ink << /BM /Multiply >> /Dark << /BM /Darken >> >> >> %s"
    )
    return stream(operators, entries % (_PICTURE, more))


def signed_over(
    operators: bytes,
    box: bytes = _LINE,
    *,
    more: Mapping[int, bytes] | None = None,
    base: Callable[[Library], bytes] = scan,
    flags: int = 4,
) -> Callable[[Library], bytes]:
    """Return what has another trusted signer sign with a drawing."""

    def build(library: Library) -> bytes:
        objects = {DRAWING: drawing(operators), **(more or {})}
        octets = with_field(base(library), b"/Subtype /Widget /F %d" % flags, box=box, more=objects)
        return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)

    return build


def _laid(colour: tuple[int, int, int], alpha: Image.Image) -> Mapping[int, bytes]:
    """Return a picture of one colour, through an alpha."""
    return {
        _PICTURE: image(Image.new("RGB", alpha.size, colour), b"/SMask %d 0 R" % _ALPHA),
        _ALPHA: image(alpha),
    }


def _wiping() -> Mapping[int, bytes]:
    """A white picture that lies on the letters of the price alone: what it wipes out is not there to be seen."""
    return _laid((255, 255, 255), Image.eval(written((480, 50), _WORDS, (12, 13)), lambda value: 255 - value))


def _ring() -> Mapping[int, bytes]:
    found = Image.new("L", (960, 100))
    pen = ImageDraw.Draw(found)
    pen.ellipse((10, 2, 106, 98), outline=255, width=4)
    pen.text((30, 30), "SEAL", fill=255, font=ImageFont.load_default(22))
    return _laid((220, 20, 20), found)


_OVER_PICTURE: Final = b"480 0 0 50 0 0 cm /Im Do"
_INVERTED: Final = {_PICTURE: image(written((480, 50), "The price is 9999999 yuan.", (12, 13), ground=0))}
_RED_BLOT: Final = b"1 0 0 rg 0 0 480 50 re f 0 g " + _NEW


def _coloured(colour: bytes, words: bytes = b"", ground: bytes = b"") -> Callable[[Library], bytes]:
    shown = ground + colour + (words or text("Contract No. 2026-001: the price is 1000 yuan."))
    return lambda library: library.approve(contract({CONTENT: stream(shown)}))


_WHITE: Final = _coloured(b"1 g ", ground=b"0 g 60 740 480 50 re f ")
_RED: Final = _coloured(b"1 0 0 rg ")
_GREY: Final = _coloured(b".45 g ")
_BLUE: Final = _coloured(b"0 0 1 rg ")


def scan_in_a_form(library: Library) -> bytes:
    page = written((595, 842), _WORDS, (72, 65))
    form = stream(
        b"q 595 0 0 842 0 0 cm /Im Do Q",
        b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /Im 61 0 R >> >>",
    )
    return library.approve(contract({_SCAN: form, 61: image(page), CONTENT: stream(b"/Im Do")}, page=PAGE))


def inline(library: Library) -> bytes:
    """The picture stands in the content."""
    page = written((120, 20), "1.000", (10, 3)).resize((60, 10))
    octets = (
        b"q 240 0 0 40 60 745 cm BI /W 60 /H 10 /CS /G /BPC 8 /F /AHx ID " + page.tobytes().hex().encode() + b"> EI Q"
    )
    return library.approve(contract({CONTENT: stream(octets)}))


ROWS: Final = (
    Row("scan-signed-over", "contract", signed_over(b"1 g 0 0 480 50 re f 0 g " + _NEW), HIDDEN),
    Row("scan-signed-over-in-a-form", "contract", signed_over(b"1 g 0 0 480 50 re f 0 g " + _NEW, base=scan_in_a_form), HIDDEN),
    Row("scan-signed-over-in-a-content", "contract", signed_over(b"1 g 0 0 480 50 re f 0 g " + _NEW, base=inline), HIDDEN),
    Row("scan-wiped-by-letters-of-white", "contract", signed_over(_OVER_PICTURE, more=_wiping()), HIDDEN),
    Row("scan-wiped-of-a-point", "contract", signed_over(b"1 g 0 0 480 50 re f", b"[304 762.6 307.4 766]"), HIDDEN),
    Row("scan-covered-in-red", "contract", signed_over(_RED_BLOT), HIDDEN),
    Row("scan-covered-by-a-black-picture-in-ink", "contract", signed_over(b"/Ink gs " + _OVER_PICTURE, more=_INVERTED), HIDDEN),
    Row("scan-drawn-for-paper-alone", "contract", signed_over(b"1 g 0 0 480 50 re f", flags=4 | 32), HIDDEN),
    Row("line-covered-by-a-black-picture-in-ink", "contract", signed_over(b"/Ink gs " + _OVER_PICTURE, more=_INVERTED, base=lambda library: library.contract), HIDDEN),
    Row("white-letters-under-black-ink", "contract", signed_over(b"/Ink gs 0 g 0 0 480 50 re f", base=_WHITE), HIDDEN),
    Row("red-letters-under-red-ink", "contract", signed_over(b"/Ink gs " + _RED_BLOT, base=_RED), HIDDEN),
    Row("grey-letters-under-grey-ink", "contract", signed_over(b"/Dark gs .45 g 0 0 480 50 re f 0 g " + _NEW, base=_GREY), HIDDEN),
    Row("coloured-letters-signed-over", "contract", signed_over(_RED_BLOT, base=_BLUE), CHANGED),
    Row("blue-letters-under-red-ink", "contract", signed_over(b"/Ink gs 1 0 0 rg 0 0 480 50 re f", base=_BLUE), PASSED),
    Row("scan-sealed-in-ink", "contract", signed_over(b"/Ink gs 0.86 0.08 0.08 RG 0.86 0.08 0.08 rg " + _RING + b" 20 15 20 20 re f"), PASSED),
    Row("scan-sealed-with-a-transparent-ground", "contract", signed_over(_OVER_PICTURE, more=_ring()), PASSED),
    Row("scan-sealed-with-lines", "contract", signed_over(b"0.86 0.08 0.08 RG " + _RING), PASSED),
    Row("scan-signed-by-hand", "contract", signed_over(b"0 0 0.6 RG " + _STROKES), PASSED),
    Row("scan-signed-by-hand-in-black", "contract", signed_over(b"0 G " + _STROKES), HIDDEN),  # strokes make other letters, too
    Row("scan-signed-by-hand-in-the-blank", "contract", signed_over(b"0 G " + _STROKES, _BLANK), PASSED),
    Row("scan-signed-by-hand-in-ink", "contract", signed_over(b"/Ink gs 0 0 0.4 RG " + _STROKES), PASSED),
    Row("scan-with-a-line-over-all-of-a-large-page", "contract", signed_over(b"/Ink gs 1 0 0 RG 0 25 m 480 25 l S", b"[1 1 1399 1399]", base=_large_scan), NOT_COMPARED),
    Row("scan-with-a-line-over-some-of-a-large-page", "contract", signed_over(b"/Ink gs 1 0 0 RG 0 25 m 480 25 l S", b"[1 1201 1399 1299]", base=_large_scan), PASSED),
    Row("scan-stamped-in-the-blank", "contract", signed_over(b"1 g 0 0 480 50 re f 0 g " + _NEW, _BLANK), PASSED),
)  # fmt: skip
