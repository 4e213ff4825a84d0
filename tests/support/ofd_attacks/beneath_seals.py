"""What lies beneath a second signer's seal for some readers alone: pictures that are two, what is hidden, cut off or clear, other colours."""

from __future__ import annotations

import struct
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.shown_seals import AMOUNT, BLANK, WHITE, later_seal, png
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.unlike_seals import PICTURES
from tests.support.ofd_attacks.verdicts import COVERED, PASSED
from tests.support.ses import PICTURE, make_seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

_AT: Final = "20 60 170 10"
_ELSEWHERE: Final = BLANK.replace("50", "110")
_CLIP: Final = d.element(
    "Clips",
    d.element(
        "Clip",
        d.element("Area", d.element("Path", d.element("AbbreviatedData", "M 0 0 L 1 0 L 1 1 C"), 'Boundary="0 0 1 1"')),
    ),
)
_IMAGE: Final = d.element("ImageObject", "", 'ID="31" ResourceID="6" Boundary="50 45 40 40" CTM="40 0 0 40 0 0"')


def _amount(*, attributes: str = "", inside: str = "") -> str:
    return d.text(22, "注册资本：壹佰万元", at=_AT, attributes=attributes, inside=inside)


def _colour(value: str) -> str:
    return _amount(inside=d.element("FillColor", "", f'ColorSpace="5" Value="{value}"'))


def _bars(left: int) -> str:
    """Return two bars as large as letters, so far to the right in a place of 10 mm."""
    right = left + 8
    bars = "".join(f"M {left} {y} L {right} {y} L {right} {y + 3} L {left} {y + 3} C " for y in (0, 6))
    path = d.element("FillColor", "", 'Value="0 0 0"') + d.element("AbbreviatedData", bars)
    return d.element("PathObject", path, 'ID="23" Boundary="20 60 10 10" Fill="true" Stroke="false"')


def _beneath(
    content: str,
    *,
    seal: bytes | None = None,
    place: str = AMOUNT,
    bits: int = 8,
    image: Callable[[], bytes] | None = None,
    font: Callable[[], bytes] | None = None,
    annotation: str = "",
) -> Callable[[Library], bytes]:
    """Return a licence of this content under a first seal, and a second signer's white seal over it, or another."""

    def build(library: Library) -> bytes:
        files = d.licence()
        files[d.PAGE] = d.page(content)
        files[d.PUBLIC] = files[d.PUBLIC].replace(b'Type="RGB"', f'Type="RGB" BitsPerComponent="{bits}"'.encode())
        if font is not None:
            files[d.FONT] = font()
        if image is not None:
            files[d.IMAGE] = image()
        if annotation:
            files[d.ANNOTATION] = files[d.ANNOTATION].replace(b"150 10 20 10", b"60 60 20 10")
            files[d.ANNOTATION] = files[d.ANNOTATION].replace(b'"Watermark"', f'"Watermark" {annotation}'.encode())
        signed = library.sign(files, Order(annotation=BLANK))
        return zips.pack(library.sign(signed, later_seal(library, png(WHITE) if seal is None else seal, place)))

    return build


def _first_seal(name: str, picture: Callable[[], bytes]) -> Row:
    """Return the row of a first seal that some readers show and others do not, under a second signer's, who covers it all."""

    def build(library: Library) -> bytes:
        seal = make_seal(library.world, picture=picture())
        signed = library.sign(d.licence() | {d.PAGE: d.page()}, Order(annotation=AMOUNT, seal=seal))
        return zips.pack(library.sign(signed, later_seal(library, png(WHITE), AMOUNT)))

    return Row(f"beneath-first-seal-{name}", "twice", build, COVERED)


# Two black bars on white in arithmetic codes (jpegtran -arithmetic), which Pillow reads and readers of PDF do not.
ARITHMETIC_JPEG: Final = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043000d090a0b0a080d0b0a0b0e0e0d0f13201513121213271c1e17202e293130"
    "2e292d2c333a4a3e333646372c2d405741464c4e525352323e5a615a50604a51524fffc9000b080028002801011100ffcc000600101005"
    "ffda0008010100003f00d2a603e2e7301ae2ee0985b368373720189a7ea1de6fe425ec042be530f24883dc6c053a4281f8e659b8fbe4d1"
    "837e599906769903762d663b15bc820011fdac17f42cc991958f9778fcc352779c5ef26692ba20e9e5f8dba384a6a99d1b49eebd75568b"
    "b2252030df028cc2db437bda2bf415c7cf3b721deeed1fde0bbc189212ff00584160d7f795810908ffd9"
)


def _broken_scan() -> bytes:
    """Return a JBIG2 of a page whose picture not every reader can decode, and pdfium leaves out without a word (ITU-T T.88 annex D)."""
    header = struct.pack(">IBBBI", 1, 48, 0, 1, 19) + struct.pack(">IIIIBH", 80, 80, 0, 0, 0, 0)
    return b"\x97JB2\r\n\x1a\n\1\0\0\0\1" + header + struct.pack(">IBBBI", 2, 38, 0, 1, 100) + b"x" * 100


@cache
def _blank_font() -> bytes:
    """Return a font that has every letter of the amount, and draws none of them."""
    words = "注册资本：壹佰万元"
    names = [".notdef", *(f"g{number}" for number in range(len(words)))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(words, names[1:], strict=True)})
    builder.setupGlyf({name: TTGlyphPen({}).glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Blank", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    file = BytesIO()
    builder.save(file)
    return file.getvalue()


ROWS: Final = (
    Row("beneath-words-blank-in-their-font", "twice", _beneath(_amount(), font=_blank_font), COVERED),
    Row("beneath-not-words-blank-in-their-font", "twice", _beneath(_amount(), font=_blank_font, seal=PICTURE), PASSED),
    Row("beneath-picture-jbig2-that-is-not-decoded", "twice", _beneath(_IMAGE, image=_broken_scan), COVERED),
    *(
        Row(f"beneath-picture-{name}", "twice", _beneath(_IMAGE, image=each), COVERED)
        for name, each in PICTURES.items()
    ),
    Row(
        "beneath-not-picture-under-a-clear-seal",
        "twice",
        _beneath(_IMAGE, image=PICTURES["clear-twice"], seal=PICTURE),
        PASSED,
    ),
    Row(
        "beneath-not-picture-beside-the-seal",
        "twice",
        _beneath(_IMAGE, image=PICTURES["clear-twice"], place=_ELSEWHERE),
        PASSED,
    ),
    Row("beneath-picture-jpeg-in-arithmetic-codes", "twice", _beneath(_IMAGE, image=lambda: ARITHMETIC_JPEG), COVERED),
    *(_first_seal(name, PICTURES[name]) for name in ("clear-twice", "frames-of-a-png")),
    Row("beneath-invisible-words", "twice", _beneath(_amount(attributes='Visible="false"')), COVERED),
    Row("beneath-words-that-are-not-filled", "twice", _beneath(_amount(attributes='Fill="false"')), COVERED),
    Row("beneath-words-that-are-clear", "twice", _beneath(_amount(attributes='Alpha="0"')), COVERED),
    Row("beneath-words-clipped-away", "twice", _beneath(_amount(inside=_CLIP)), COVERED),
    Row("beneath-not-words-clipped-away", "twice", _beneath(_amount(inside=_CLIP), seal=PICTURE), PASSED),
    Row("beneath-path-beyond-its-boundary", "twice", _beneath(_bars(40)), COVERED),
    Row("beneath-not-path-in-its-boundary", "twice", _beneath(_bars(1)), PASSED),
    Row("beneath-white-of-four-bits", "twice", _beneath(_colour("15 15 15"), bits=4), COVERED),
    Row("beneath-not-white-of-eight-bits", "twice", _beneath(_colour("255 255 255")), PASSED),
    Row("beneath-invisible-annotation", "twice", _beneath("", annotation='Visible="false"'), COVERED),
)
