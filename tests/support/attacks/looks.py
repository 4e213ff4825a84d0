"""What is drawn over scans, words made of lines and black letters so that a look at the page seemed to find all as it was.

Marks repainted in a colour that hardly anybody sees, inks that are dark together, pictures shown through patterns, rows of noughts that
seemed to be leaders, and drawings that one program shows and another does not. Every row was found by attacking this verifier, and
passed once, on files that nobody had prepared.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, ImageChops, ImageDraw, ImageFont

from tests.support.attacks import scans
from tests.support.attacks.additions import DRAWING, with_field
from tests.support.attacks.documents import CONTENT, PAGE, RESOURCES, append, body_of, contract, stream, text
from tests.support.attacks.model import CHANGED, HIDDEN, PASSED, Row
from tests.support.attacks.scans import image, signed_over, written
from tests.support.attacks.surgery import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

_WORDS: Final = "Contract No. 2026-001: the price is 1.000 yuan."
_WIPE: Final = b"1 g 0 0 480 50 re f 0 g BT /F1 14 Tf 12 20 Td (The price is 9999999 yuan.) Tj ET"
_PICTURE: Final = DRAWING + 1
_SHOW: Final = b"480 0 0 50 0 0 cm /Im Do"
_BOX: Final = "[60 740 540 790]"


def _ghost() -> bytes:
    """A white picture in which the old words are pale yellow, and others black."""
    new = Image.new("L", (960, 100), 255)
    ImageDraw.Draw(new).text((24, 50), "The price is 9999999 yuan.", fill=0, font=ImageFont.load_default(32))
    old = written((480, 50), _WORDS, (12, 13))
    pale = ImageChops.multiply(new, Image.eval(old, lambda value: 255 - int((255 - value) * 0.42)))
    return image(Image.merge("RGB", (new, new, pale)))


def _contract(library: Library) -> bytes:
    return library.contract


def _signed(
    content: bytes, more: Mapping[int, bytes] | None = None, *, page: bytes = RESOURCES
) -> Callable[[Library], bytes]:
    """Return what approves a contract of that content."""
    return lambda library: library.approve(contract({CONTENT: stream(content), **(more or {})}, page=page))


def _in_a_pattern(entries: bytes, content: bytes) -> Callable[[Library], bytes]:
    """Return a contract whose page is a picture, painted through what stands at 60."""
    shown = stream(
        b"q 595 0 0 842 0 0 cm /Im Do Q",
        entries + b" /BBox [0 0 595 842] /Resources << /XObject << /Im 61 0 R >> >>",
    )
    page = RESOURCES.replace(
        b"/Font", b"/Pattern << /P1 60 0 R >> /ExtGState << /Veil << /SMask << /S /Luminosity /G 60 0 R >> >> >> /Font"
    )
    return _signed(content, {60: shown, 61: image(written((595, 842), _WORDS, (72, 65)))}, page=page)


_PATTERN: Final = _in_a_pattern(
    b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /XStep 595 /YStep 842",
    b"/Pattern cs /P1 scn 0 0 595 842 re f",
)
_MASK: Final = _in_a_pattern(
    b"/Type /XObject /Subtype /Form /Group << /S /Transparency /CS /DeviceGray >>", b"/Veil gs 0 g 0 0 595 842 re f"
)


def _digits(paint: bytes) -> Callable[[Library], bytes]:
    """Return a contract whose price is drawn as paths: seven segments a digit."""
    one, nought = b"7 0 m 9 0 l 9 14 l 7 14 l h", b"0 0 m 9 0 l 9 14 l 0 14 l h 2 2 m 2 12 l 7 12 l 7 2 l h"
    placed = b"".join(
        b"q 1 0 0 1 %d 760 cm %s %s Q " % (72 + 12 * at, shape, paint) for at, shape in enumerate((one, nought, nought))
    )
    return _signed(b"0 g 1 w " + placed)


_NOUGHTS: Final = b"<0012> Tj <" + b"0013" * 8 + b"> Tj"
_WIDE: Final = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Helvetica /Encoding /Identity-H /DescendantFonts [<< /Type /Font"
    b" /Subtype /CIDFontType2 /BaseFont /Helvetica /DW 600 /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>] >>"
)
_ROW: Final = _signed(
    b"BT /F9 14 Tf 72 760 Td " + _NOUGHTS + b" ET", {60: _WIDE}, page=RESOURCES.replace(b"/F1 7", b"/F9 60 0 R /F1 7")
)


def _stamped_scan(library: Library) -> bytes:
    """A page whose words are a picture in one large stamp."""
    stamp = b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [40 60 540 792] /AP << /N 61 0 R >> >>"
    form = stream(
        b"500 0 0 732 0 0 cm /Im Do",
        b"/Type /XObject /Subtype /Form /BBox [0 0 500 732] /Resources << /XObject << /Im 62 0 R >> >>",
    )
    objects = {CONTENT: stream(b""), 60: stamp, 61: form, 62: image(written((500, 732), _WORDS, (32, 15)))}
    return library.approve(contract(objects, page=RESOURCES + b" /Annots [60 0 R]"))


def _page_of_other_units(sides: bytes, more: bytes) -> Callable[[Library], bytes]:
    width, height = sides.split()
    page = scans.PAGE.replace(b"[0 0 595 842]", b"[0 0 %s] %s" % (sides, more))
    objects = {60: image(written((595, 842), _WORDS, (72, 65)))}
    return _signed(b"q %s 0 0 %s 0 0 cm /Im Do Q" % (width, height), objects, page=page)


def _of_another_parent(library: Library) -> bytes:
    """The page names as its parent a node that turns it, and is not the one that lists it."""
    page = scans.PAGE.replace(b"/Parent 2 0 R", b"/Parent 50 0 R")
    objects = {
        50: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 180 >>",
        60: image(written((595, 842), _WORDS, (72, 65))),
        CONTENT: stream(b"q 595 0 0 842 0 0 cm /Im Do Q"),
    }
    return library.approve(contract(objects, page=page))


def _under_two(library: Library) -> bytes:
    """Two parties sign one place, each in light ink: together they are black."""
    octets = library.contract
    for number, colour in enumerate((b"1 .2 .2 rg", b".2 1 .2 rg")):
        field, drawing = 500 + 2 * number, 501 + 2 * number
        shown = scans.drawing(b"/Ink gs " + colour + b" 0 0 480 50 re f")
        page = body_of(octets, PAGE)[:-2]
        named = b"Party%d" % number
        listed = b"%d 0 R" % field
        page = (
            page.replace(b"/Annots [", b"/Annots [" + listed + b" ")
            if b"/Annots [" in page
            else page + b"/Annots [%s]" % listed
        )
        widget = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /Rect %s /P 3 0 R /F 4 >>" % (named, _BOX.encode())
        octets = append(octets, {PAGE: page + b" >>", field: widget, drawing: shown, **listing(octets, field)})
        octets = library.sign_field(octets, named.decode(), by=library.second_signer, drawing=drawing)
    return octets


def _stamped(operators: bytes) -> Callable[[Library], bytes]:
    """Return what has a document time stamp made with a drawing in the blank."""

    def build(library: Library) -> bytes:
        more = {DRAWING: scans.drawing(operators)}
        octets = with_field(library.contract, b"/Subtype /Widget /F 4", box=b"[60 300 540 350]", more=more)
        return library.stamp_field(octets, "Sneaky", drawing=DRAWING)

    return build


def _picture(data: bytes, entries: bytes, alpha: tuple[bytes, bytes] | None = None) -> Mapping[int, bytes]:
    told = b"/Type /XObject /Subtype /Image /Width 480 /Height 50 /BitsPerComponent 8 "
    mask = {} if alpha is None else {_PICTURE + 1: stream(alpha[0], told + b"/ColorSpace /DeviceGray " + alpha[1])}
    return {_PICTURE: stream(data, told + entries), **mask}


_IN_ITS_OWN: Final = {
    DRAWING: scans.drawing(b"BT /F1 14 Tf 12 2 Td ( ) Tj ET").replace(b"/F1 7 0 R", b"/F1 %d 0 R" % _PICTURE),
    _PICTURE: _WIDE,
}


def _far(library: Library) -> bytes:
    """A page in a font of its own, whose letters are drawn four sizes above where they stand."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    pen = TTGlyphPen(None)
    for at, corner in enumerate(((100, 4000), (100, 4700), (600, 4700), (600, 4000))):
        (pen.lineTo if at else pen.moveTo)(corner)
    pen.closePath()
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "A": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (700, 0), "A": (700, 100)})
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupCharacterMap({65: "A"})
    builder.setupNameTable({"familyName": "F", "styleName": "R"})
    builder.setupOS2()
    builder.setupPost()
    file = io.BytesIO()
    builder.font.save(file)
    told = b"/FontName /AAAAAA+F /Flags 32 /FontBBox [0 -200 700 900] /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80"
    objects = {
        CONTENT: stream(b"BT /F9 14 Tf 72 704 Td (AAAAAAAA) Tj ET"),
        60: b"<< /Type /Font /Subtype /TrueType /BaseFont /AAAAAA+F /Encoding /WinAnsiEncoding /FirstChar 65 /LastChar 65"
        b" /Widths [700] /FontDescriptor 61 0 R >>",
        61: b"<< /Type /FontDescriptor " + told + b" /FontFile2 62 0 R >>",
        62: stream(file.getvalue(), b"/Length1 %d" % len(file.getvalue())),
    }
    return library.approve(contract(objects, page=RESOURCES.replace(b"/F1 7", b"/F9 60 0 R /F1 7")))


_CLEAR: Final = zlib.compress(bytes(480 * 50))
_PAINT: Final = zlib.compress(b"\xff" * (480 * 50 * 3))
_RGB: Final = b"/ColorSpace /DeviceRGB /Filter /FlateDecode "
_MASKED: Final = _RGB + b"/SMask %d 0 R" % (_PICTURE + 1)
_PICTURES: Final = {  # nothing to one program; what it may be to another
    "whole": (_picture(_PAINT, _MASKED, (_CLEAR, b"/Filter /FlateDecode")), PASSED),
    "with-a-mask-of-few-octets": (_picture(_PAINT, _MASKED, (zlib.compress(bytes(480)), b"/Filter /FlateDecode")), HIDDEN),
    "with-a-mask-decoded": (_picture(_PAINT, _MASKED, (_CLEAR, b"/Filter /FlateDecode /Decode [0 1]")), HIDDEN),
    "with-a-mask-that-predicts": (_picture(_PAINT, _MASKED, (_CLEAR, b"/Filter /FlateDecode /DecodeParms << /Predictor 2 /Columns 480 >>")), HIDDEN),
    "of-a-colour-that-is-none": (_picture(_PAINT, _RGB + b"/Mask [255 255 255 255 255 255]"), HIDDEN),
    "that-is-a-photograph": (_picture(b"\xff\xd8\xff\xd9", b"/ColorSpace /DeviceRGB /Filter /DCTDecode"), HIDDEN),
}  # fmt: skip
_ODD: Final = {  # what pdfium draws as nothing, or draws nothing of
    "a-line-of-less-than-no-width": b"1 G -100 w 0 25 m 480 25 l S",
    "a-path-without-a-beginning": b"1 g 480 50 l 0 50 l f",
    "a-path-that-is-interrupted": b"1 g 0 0 480 50 re q f Q",
    "colours-of-too-many-parts": b"1 1 1 1 rg 0 0 0 0 re f",
    "colours-beyond-white": b"2 g 0 0 0 0 re f",
    "letters-of-no-size": b"BT /F1 0 Tf (A) Tj ET",
    "letters-that-clip": b"BT /F1 1 Tf 7 Tr (A) Tj ET",
    "a-clip-to-nothing": b"q 0 0 0 0 re W n 1 g 0 0 480 50 re f Q",
    "a-state-restored-that-was-not-saved": b"Q 0 0 0 0 re f",
    "a-state-that-is-not-restored": b"q 0 0 0 0 re f",
    "numbers-of-many-digits": b"1 g 0 0 " + b"0" * 300 + b".0 0 re f",
}  # fmt: skip


ROWS: Final = (
    Row("look-at-pale-letters", "contract", signed_over(_SHOW, more={_PICTURE: _ghost()}), HIDDEN),
    Row("look-at-two-inks", "contract", signed_over(b"/Ink gs 1 .2 .2 rg 0 0 480 50 re f .2 1 .2 rg 0 0 480 50 re f", base=_contract), HIDDEN),
    Row("look-at-ink-eight-times", "contract", signed_over(b"/Ink gs " + b".55 g 0 0 480 50 re f " * 8, base=_contract), HIDDEN),
    Row("look-at-two-inks-of-two", "contract", _under_two, HIDDEN),
    Row("look-at-one-ink", "contract", signed_over(b"/Ink gs .84 .04 .07 rg 0 0 480 50 re f", base=_contract), PASSED),
    Row("look-at-a-pattern", "contract", signed_over(_WIPE, base=_PATTERN), HIDDEN),
    Row("look-at-a-mask", "contract", signed_over(_WIPE, base=_MASK), HIDDEN),
    Row("look-beside-a-pattern", "contract", signed_over(_WIPE, b"[60 300 540 350]", base=_PATTERN), PASSED),
    Row("look-at-words-that-are-filled", "contract", signed_over(_WIPE, base=_digits(b"f*")), HIDDEN),
    Row("look-at-words-that-are-lines", "contract", signed_over(_WIPE, base=_digits(b"S")), HIDDEN),
    Row("look-at-a-shading", "contract", signed_over(_WIPE, base=_signed(b"/Sh sh")), PASSED),
    Row("look-at-a-rule", "contract", signed_over(_WIPE, base=_signed(b"0 G 1 w 60 750 m 400 750 l S 1 g 0 0 595 842 re f")), PASSED),
    Row("look-at-a-tick", "contract", signed_over(b"1 g 0 0 480 50 re f", b"[60 760 80 780]", base=_signed(b"1.5 w 62 765 m 68 761 l 74 772 l S")), HIDDEN),
    Row("look-at-noughts", "contract", signed_over(b"1 g 0 0 480 50 re f", b"[81 755 150 775]", base=_ROW), HIDDEN),
    Row("look-at-letters-that-are-far", "contract", signed_over(_WIPE, base=_far), HIDDEN),
    Row("look-beside-letters-that-are-far", "contract", signed_over(_WIPE, b"[60 300 540 350]", base=_far), PASSED),
    Row("look-beside-them-in-a-font-of-its-own", "contract", signed_over(b"", b"[60 300 540 350]", base=_far, more=_IN_ITS_OWN), PASSED),
    Row("look-at-a-part-of-a-stamp", "contract", signed_over(_WIPE, base=_stamped_scan), HIDDEN),
    Row("look-at-units-of-a-hundred", "contract", signed_over(_WIPE, b"[.6 7.4 5.4 7.9]", base=_page_of_other_units(b"5.95 8.42", b"/UserUnit 100")), HIDDEN),
    Row("look-at-a-small-page", "contract", signed_over(_WIPE, b"[6 74 54 79]", base=_page_of_other_units(b"59.5 84.2", b"")), HIDDEN),
    Row("look-at-a-large-page", "contract", signed_over(_WIPE, b"[600 7400 5400 7900]", base=_page_of_other_units(b"5950 8420", b"")), HIDDEN),
    Row("look-at-a-page-of-another-parent", "contract", signed_over(b"/Ink gs 1 0 0 rg 0 0 480 50 re f", base=_of_another_parent), HIDDEN),
    Row("opaque-on-a-page-of-another-parent", "contract", signed_over(_WIPE, base=_of_another_parent), CHANGED),
    Row("look-at-black-ink-on-digits", "contract", signed_over(b"/Ink gs 0 g BT /F1 14 Tf 12 20 Td (Contract No. 2026-001: the price is 4888 yuan.) Tj ET", base=_contract), HIDDEN),
    Row("look-at-black-ink-in-a-gap", "contract", signed_over(b"/Ink gs 0 g BT /F1 14 Tf 12 20 Td (Price: 1000000) Tj ET", base=_signed(text("Price: 1000    yuan"))), HIDDEN),
    Row("look-at-letters-of-a-font-of-its-own", "contract", signed_over(b"", more=_IN_ITS_OWN), HIDDEN),
    Row("stamp-shown-in-the-blank", "contract", _stamped(_WIPE), CHANGED),
    *(Row(f"look-at-a-picture-{how}", "contract", signed_over(_SHOW, more=more), told) for how, (more, told) in _PICTURES.items()),
    *(Row(f"look-at-{what}", "contract", signed_over(operators), HIDDEN) for what, operators in _ODD.items()),
)  # fmt: skip
