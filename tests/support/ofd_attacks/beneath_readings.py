"""What lies beneath a second signer's seal for readers that know less of how a page is drawn, or show another part or version of it.

The first signer's reader knows no draw parameters, profiles, dashes or rules of filling, takes three numbers for red, green and blue, goes by the
characters of a text, shows a picture's substitute or the document's area: it shows an amount where the page says there is none.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.beneath_orders import beneath
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.shown_seals import AMOUNT, BLACK, BLANK, WHITE, later_seal, png
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import COVERED, PASSED
from tests.support.ses import PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

Files = dict[str, bytes]
_WORDS: Final = "注册资本：壹佰万元"
_BARS: Final = "".join(f"M {x} 0 L {x + 3} 0 L {x + 3} 6 L {x} 6 C " for x in range(35, 65, 6))
_INK: Final = d.element("FillColor", "", 'Value="0 0 0"')
_WHITE: Final = d.element("FillColor", "", 'Value="255 255 255"')
_IMAGE: Final = 'ID="31" ResourceID="6" Boundary="50 45 40 40" CTM="40 0 0 40 0 0"'
_FRAME: Final = d.element("Border", "", 'LineWidth="1"')


def _words(*, attributes: str = "", inside: str = "") -> str:
    return d.text(22, _WORDS, at="20 60 170 10", attributes=attributes, inside=inside)


def _bars(attributes: str, *, inside: str = _INK, data: str = _BARS) -> Files:
    path = inside + d.element("AbbreviatedData", data)
    return {d.PAGE: d.page(d.element("PathObject", path, f'ID="23" Boundary="20 60 170 10" {attributes}'))}


def _parameters(page: bytes) -> Files:
    """Return a page whose words are white by draw parameters: 80, or 81 that builds on them."""
    white = d.element("DrawParam", _WHITE, 'ID="80"') + d.element("DrawParam", "", 'ID="81" Relative="80"')
    end = b"</ofd:DrawParams>"
    return {d.PAGE: page, d.RESOURCES: d.resources().replace(end, white.encode() + end)}


def _coloured(value: str, space: str) -> Files:
    colour = d.element("FillColor", "", f'ColorSpace="5" Value="{value}"')
    public = d.public().replace(b'ID="5" Type="RGB"', f'ID="5" {space}'.encode())
    return {d.PAGE: d.page(_words(inside=colour)), d.PUBLIC: public, "Doc_0/Res/white.icc": b"a profile"}


@cache
def _font() -> bytes:
    """Return a font of blocks for every letter of the amount, and one glyph of nothing."""
    pen = TTGlyphPen({})
    pen.moveTo((100, 0))
    for point in ((800, 0), (800, 700), (100, 700)):
        pen.lineTo(point)
    pen.closePath()
    block = pen.glyph()
    names = [".notdef", "blank", *(f"g{number}" for number in range(len(_WORDS)))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(_WORDS, names[2:], strict=True)})
    builder.setupGlyf(dict.fromkeys(names, block) | {"blank": TTGlyphPen({}).glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Blocks", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    file = BytesIO()
    builder.save(file)
    return file.getvalue()


def _exchanged() -> Files:
    """Return a page on which nine characters become one glyph of nothing."""
    exchange = d.element("CGTransform", d.element("Glyphs", "1"), 'CodePosition="0" CodeCount="9" GlyphCount="1"')
    return {d.PAGE: d.page(_words(inside=exchange)), d.FONT: _font()}


def _pictures(page: str, *, more: str = "") -> Files:
    """Return a page of a white picture, 6, beside one that holds the amount, 7."""
    media = d.element("MultiMedia", d.element("MediaFile", "amount.png"), 'ID="7" Type="Image"')
    end = b"</ofd:MultiMedias>"
    return {
        d.PAGE: d.page(page),
        d.RESOURCES: d.resources(more=more).replace(end, media.encode() + end),
        d.IMAGE: png(WHITE, ink=WHITE),
        "Doc_0/Res/amount.png": png(WHITE, ink=BLACK, box=(0, 0, 79, 30)),
    }


def _unit(substitute: str) -> Files:
    """Return a page of a composite unit that is a white picture, with a substitute for it."""
    content = d.element("ImageObject", "", 'ID="91" ResourceID="6" Boundary="0 0 40 40" CTM="40 0 0 40 0 0"')
    inside = d.element(substitute, "7") + d.element("Content", content)
    units = d.element(
        "CompositeGraphicUnits", d.element("CompositeGraphicUnit", inside, 'ID="9" Width="40" Height="40"')
    )
    return _pictures(d.element("CompositeObject", "", 'ID="33" ResourceID="9" Boundary="50 45 40 40"'), more=units)


def _area(physical: str) -> Files:
    """Return a page with an area of its own; the document's is A4."""
    area = d.element("Area", d.element("PhysicalBox", physical))
    return {d.PAGE: d.page(_words(), more=area)}


def _versions() -> Files:
    """Return a document of which another version has the amount, where this one has nothing."""
    listed = d.element("Version", "", 'ID="1" Index="1" Current="true" BaseLoc="Doc_0/Versions/Version_1.xml"')
    root = d.element("DocRoot", "/Doc_0/Document_2.xml")
    return {
        d.ENTRY: d.entry(d.body(more=d.element("Versions", listed))),
        "Doc_0/Versions/Version_1.xml": d.root("DocVersion", root, 'ID="1" Version="2" Name="second"'),
        "Doc_0/Document_2.xml": d.document(pages=1, page_at="Pages/Page_9/Content.xml"),
        "Doc_0/Pages/Page_9/Content.xml": d.page(_words()),
        d.PAGE: d.page(),
    }


def _signed_by_one(more: Files) -> Callable[[Library], bytes]:
    def build(library: Library) -> bytes:
        return zips.pack(library.sign({**d.licence(), **more}, Order(annotation=BLANK)))

    return build


def _pair(name: str, more: Files) -> tuple[Row, Row]:
    """Return the row of what only some show under a white seal, and its twin under a clear one, which hides it from nobody."""
    return (
        Row(f"beneath-{name}", "twice", beneath(more), COVERED),
        Row(f"beneath-not-{name}", "twice", beneath(more, seal=PICTURE), PASSED),
    )


def _within_the_area() -> Callable[[Library], bytes]:
    """Return a page narrower than the document's, and the second seal on it, white over blank paper."""

    def build(library: Library) -> bytes:
        place = AMOUNT.replace("50 45", "5 240")
        signed = library.sign({**d.licence(), **_area("0 0 150 297")}, Order(annotation=BLANK))
        return zips.pack(library.sign(signed, later_seal(library, png(WHITE), place)))

    return build


ROWS: Final = (
    *_pair("words-white-by-draw-parameters", _parameters(d.page(_words(attributes='DrawParam="80"')))),
    *_pair("words-white-by-inherited-parameters", _parameters(d.page(_words(attributes='DrawParam="81"')))),
    *_pair(
        "words-white-by-a-blocks-parameters",
        _parameters(d.page(d.element("PageBlock", _words(), 'ID="24" DrawParam="80"'))),
    ),
    *_pair("words-white-in-cmyk", _coloured("0 0 0 0", 'Type="CMYK"')),
    *_pair("words-white-in-grey", _coloured("255", 'Type="GRAY"')),
    *_pair("words-white-but-for-a-profile", _coloured("255 255 255", 'Type="RGB" Profile="white.icc"')),
    *_pair("words-of-one-blank-glyph", _exchanged()),
    *_pair("words-made-flat", {d.PAGE: d.page(_words(attributes='CTM="0 0 0 0 0 0"'))}),
    *_pair("path-of-gaps", _bars('Stroke="true" DashPattern="0.001 1000" DashOffset="500"')),
    *_pair("path-neither-filled-nor-stroked", _bars('Stroke="false"')),
    *_pair("path-filled-with-nothing-said", _bars('Stroke="false" Fill="true"', inside="")),
    *_pair("path-twice-even-odd", _bars('Stroke="false" Fill="true" Rule="Even-Odd"', data=_BARS * 2)),
    *_pair(
        "picture-with-a-substitute",
        _pictures(d.element("ImageObject", "", _IMAGE + ' Substitution="7"')),
    ),
    *_pair("picture-with-a-frame", _pictures(d.element("ImageObject", _FRAME, _IMAGE))),
    *_pair("unit-with-a-substitute", _unit("Substitution")),
    *_pair("unit-with-a-thumbnail", _unit("Thumbnail")),
    Row("beneath-beside-a-pages-own-area", "twice", beneath(_area("0 0 45 297")), COVERED),
    Row("beneath-above-a-pages-own-area", "twice", beneath(_area("0 100 210 197")), COVERED),
    Row("beneath-not-within-a-pages-own-area", "twice", _within_the_area(), PASSED),
    Row("beneath-another-version", "twice", beneath(_versions()), COVERED),
    Row("beneath-not-another-version-of-one-signer", "twice", _signed_by_one(_versions()), PASSED),
)
