"""What lies beneath a second signer's seal for readers that draw in another order, take other definitions, or know fewer kinds of colours.

A page's words lie under something white of the same document: a layer or template that is to come last, an annotation. Readers that go by
no kinds of layers, or show no annotations, show the words; so did the first signer's. The same of a number that two files define.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.shown_seals import AMOUNT, BLACK, BLANK, WHITE, later_seal, png
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import COVERED, PASSED
from tests.support.ses import PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

Files = dict[str, bytes]
_AT: Final = "20 60 170 10"
_WORDS: Final = d.text(22, "注册资本：壹佰万元", at=_AT)
_WHITE: Final = d.element("FillColor", "", 'Value="255 255 255"')
_COVER: Final = d.element(
    "PathObject",
    _WHITE + d.element("AbbreviatedData", "M 0 0 L 170 0 L 170 20 L 0 20 C"),
    'ID="88" Boundary="20 55 170 20" Fill="true" Stroke="false"',
)
_IMAGE: Final = d.element("ImageObject", "", 'ID="31" ResourceID="6" Boundary="50 45 40 40" CTM="40 0 0 40 0 0"')
_OWN: Final = "Doc_0/Pages/Page_0/PageRes.xml"


def _layer(identifier: int, inside: str, kind: str = "") -> str:
    return d.element("Layer", inside, f'ID="{identifier}"' + (f' Type="{kind}"' if kind else ""))


def _page(*layers: str, more: str = "") -> bytes:
    return d.root("Page", more + d.element("Content", "".join(layers)))


def beneath(more: Files, *, seal: bytes | None = None) -> Callable[[Library], bytes]:
    """Return a licence with other files under a first seal, and a second signer's white seal over its amount, or another."""

    def build(library: Library) -> bytes:
        signed = library.sign({**d.licence(), **more}, Order(annotation=BLANK))
        return zips.pack(library.sign(signed, later_seal(library, png(WHITE) if seal is None else seal, AMOUNT)))

    return build


def _own_picture(number: int) -> Files:
    """Return a page that shows a picture of its own of that number, white, beside the document's of the number 6, black."""
    media = d.element("MultiMedia", d.element("MediaFile", "/Doc_0/Res/white.png"), f'ID="{number}" Type="Image"')
    return {
        d.PAGE: _page(_layer(20, _IMAGE.replace('"6"', f'"{number}"')), more=d.element("PageRes", "PageRes.xml")),
        _OWN: d.root("Res", d.element("MultiMedias", media)),
        d.IMAGE: png(WHITE, ink=BLACK, box=(0, 0, 79, 30)),
        "Doc_0/Res/white.png": png(WHITE, ink=WHITE),
    }


def _coloured(inside: str, attributes: str) -> Files:
    """Return a page whose words are of that colour; the colour space 5 has a palette of white."""
    palette = d.element("Palette", d.element("CV", "255 255 255")).encode()
    space = b'<ofd:ColorSpace ID="5" Type="RGB"></ofd:ColorSpace>'
    public = d.public()
    assert space in public
    words = d.text(22, "注册资本：壹佰万元", at=_AT, inside=d.element("FillColor", inside, attributes))
    return {
        d.PAGE: _page(_layer(20, words)),
        d.PUBLIC: public.replace(space, space.replace(b"><", b">" + palette + b"<")),
    }


def _gradient() -> str:
    stops = "".join(
        d.element("Segment", d.element("Color", "", 'Value="255 255 255"'), f'Position="{at}"') for at in (0, 1)
    )
    return d.element("AxialShd", stops, 'StartPoint="0 0" EndPoint="170 0"')


_FOREGROUND: Final = {d.PAGE: _page(_layer(19, _COVER, "Foreground"), _layer(20, _WORDS))}
_BACKGROUND: Final = {d.PAGE: _page(_layer(20, _COVER), _layer(19, _WORDS, "Background"))}
_TEMPLATE: Final = {
    d.PAGE: _page(_layer(20, _WORDS), more=d.element("Template", "", 'TemplateID="2" ZOrder="Foreground"')),
    d.TEMPLATE: _page(_layer(40, _COVER)),
}
_ANNOTATED: Final = {
    d.PAGE: _page(_layer(20, _WORDS)),
    d.ANNOTATION: d.annotation(_COVER).replace(b"150 10 20 10", b"0 0 210 297"),
}

ROWS: Final = (
    Row("beneath-words-under-a-foreground-layer", "twice", beneath(_FOREGROUND), COVERED),
    Row("beneath-not-words-under-a-foreground-layer", "twice", beneath(_FOREGROUND, seal=PICTURE), PASSED),
    Row("beneath-background-words-under-a-layer", "twice", beneath(_BACKGROUND), COVERED),
    Row("beneath-words-under-a-foreground-template", "twice", beneath(_TEMPLATE), COVERED),
    Row("beneath-not-words-under-a-foreground-template", "twice", beneath(_TEMPLATE, seal=PICTURE), PASSED),
    Row("beneath-words-under-an-annotation", "twice", beneath(_ANNOTATED), COVERED),
    Row("beneath-not-words-under-an-annotation", "twice", beneath(_ANNOTATED, seal=PICTURE), PASSED),
    Row("beneath-picture-a-page-defines-again", "twice", beneath(_own_picture(6)), COVERED),
    Row("beneath-not-picture-of-a-pages-own", "twice", beneath(_own_picture(7)), PASSED),
    Row("beneath-words-white-by-a-palette", "twice", beneath(_coloured("", 'ColorSpace="5" Index="0"')), COVERED),
    Row("beneath-words-white-by-a-gradient", "twice", beneath(_coloured(_gradient(), "")), COVERED),
    Row(
        "beneath-not-words-white-by-a-gradient",
        "twice",
        beneath(_coloured(_gradient(), ""), seal=PICTURE),
        PASSED,
    ),
)
