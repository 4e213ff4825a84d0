"""Drawings over a line of the contract that seemed to be ink, or nothing, and lines that seemed to stand elsewhere.

The attacker has a trusted certificate and signs with a drawing of his own (Rohlmann et al., IEEE S&P 2021), or has prepared the
page. Contents are read in several ways by several programs; each of these drawings replaced the line in one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.attacks.additions import DRAWING, OVER_TEXT, drawn, signed_over, with_field
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import CONTENT, MISSING, RESOURCES, contract, stream, text
from tests.support.attacks.model import CHANGED, PASSED, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

_FORM: Final = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
_WORDS: Final = b"(Contract No. 2026-001: the price is 1000 yuan.) Tj ET"
_LINE: Final = b"BT /F1 14 Tf 72 760 Td " + _WORDS
_LEVELS: Final = 10
_INNER: Final = 402
_MASK: Final = 404
_BLANK: Final = b"[60 300 540 350]"


def _with_form(operators: bytes) -> bytes:
    return drawn(operators).replace(b"/Font", b"/XObject << /Fm 402 0 R /Fq 403 0 R >> /Font")


def _without(resources: bytes) -> bytes:
    """Return a form that has no resources of its own."""
    return stream(resources, b"/Type /XObject /Subtype /Form /BBox [0 0 480 50]")


_LETTER: Final = (
    b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 480 50] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97"
    b" /Widths [480] /Encoding << /Differences [97 /a] >> /CharProcs << /a 403 0 R >>"
    b" /Resources << /ExtGState << /Plain << /BM /Normal >> >> /Font << /F1 7 0 R >> >> >>"
)
_TILE: Final = stream(
    b"/Plain gs " + OPAQUE,
    b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 480 50] /XStep 480 /YStep 50"
    b" /Resources << /ExtGState << /Plain << /BM /Normal >> >> /Font << /F1 7 0 R >> >>",
)
_DRAWINGS: Final[dict[str, tuple[bytes, Mapping[int, bytes]]]] = {
    "two-states": (drawn(b"/Ink /Plain gs " + OPAQUE), {}),
    "two-forms": (_with_form(b"/X /Fm Do"), {_INNER: drawn(OPAQUE)}),
    "an-escaped-state": (drawn(b"/Ink gs /Pl#61in gs " + OPAQUE), {}),
    "an-escaped-form": (_with_form(b"/F#6d Do"), {_INNER: drawn(OPAQUE)}),
    "a-mode-of-letters": (drawn(b"/S gs " + OPAQUE).replace(b"/Ink <<", b"/S << /BM (/Multiply) >> /Ink <<"), {}),
    "a-state-of-others": (_with_form(b"/Ink gs /Fm Do"), {_INNER: _without(b"/Plain gs " + OPAQUE)}),
    "a-form-of-others": (_with_form(b"/Fm Do"), {_INNER: _without(b"/Fq Do"), 403: drawn(OPAQUE)}),
    "drawn-letters": (
        drawn(b"/Ink gs BT /T3 1 Tf 0 0 Td (a) Tj ET").replace(b"/F1 7 0 R", b"/F1 7 0 R /T3 402 0 R"),
        {_INNER: _LETTER, 403: stream(b"480 0 d0 /Plain gs " + OPAQUE)},
    ),
    "a-pattern": (
        drawn(b"/Ink gs /Pattern cs /P scn 0 0 480 50 re f").replace(b"/Font", b"/Pattern << /P 402 0 R >> /Font"),
        {_INNER: _TILE},
    ),
    "an-array-of-operators": (drawn(b"/Ink gs q /Plain gs [ Q ] " + OPAQUE), {}),
    "data-of-no-image": (drawn(b"/Ink gs ID /Plain gs " + OPAQUE + b" EI"), {}),
    **{
        f"ink-laid-on-{how}": (
            _with_form(b"/A gs /Fm Do").replace(b"/Ink <<", b"/A << %s >> /Ink <<" % state),
            {
                _INNER: drawn(b"/Ink gs " + OPAQUE),
                _MASK: drawn(b"1 g 0 0 480 50 re f", b"/Group << /S /Transparency /CS /DeviceGray >>"),
            },
        )
        for how, state in {
            "through-an-alpha": b"/ca .999",
            "through-a-mask": b"/SMask << /S /Luminosity /G 404 0 R >>",
            "as-light": b"/BM /Luminosity",
        }.items()
    },
    "a-form-of-letters": (
        _with_form(b"/Fm Do"),
        {_INNER: drawn(OPAQUE).replace(b"/Subtype /Form", b"/Subtype (Form)")},
    ),
}
_UNBOUND: Final = drawn(b"1 g 0 700 600 100 re f " + OPAQUE).replace(b"/BBox [0 0 480 50]", b"")


def form_of_the_page(library: Library) -> bytes:
    """The drawing has no resources; what it names stands in those of the page."""
    page = RESOURCES.replace(b"/Font", b"/XObject << /Fm 25 0 R >> /Font")
    signed = library.approve(contract({MISSING: drawn(OPAQUE)}, page=page))
    octets = with_field(signed, b"/Subtype /Widget /F 4", more={DRAWING: _without(b"/Fm Do")})
    return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)


def over(
    content: bytes, more: Mapping[int, bytes] | None = None, *, page: bytes = RESOURCES, box: bytes = OVER_TEXT
) -> Callable[[Library], bytes]:
    """Return what has the attacker sign over a page with that content."""

    def build(library: Library) -> bytes:
        signed = library.approve(contract({CONTENT: stream(content), **(more or {})}, page=page))
        octets = with_field(signed, b"/Subtype /Widget /F 4", box=box, more={DRAWING: drawn(OPAQUE)})
        return library.sign_field(octets, "Sneaky", by=library.second_signer, drawing=DRAWING)

    return build


def _deep() -> Callable[[Library], bytes]:
    """Forms in forms, of which the last one writes the line."""
    entries = _FORM + b"/Resources << /Font << /F1 7 0 R >> /XObject << /Fm %d 0 R >> >>"
    forms = {60 + n: stream(b"/Fm Do", entries % (61 + n)) for n in range(_LEVELS)}
    forms[60 + _LEVELS] = stream(_LINE, entries % 60)
    return over(b"/Fm Do", forms, page=RESOURCES.replace(b"/Font", b"/XObject << /Fm 60 0 R >> /Font"))


def _moved(matrix: bytes) -> Callable[[Library], bytes]:
    form = stream(_LINE, _FORM + b"/Matrix " + matrix + b" /Resources << /Font << /F1 7 0 R >> >>")
    return over(b"/Fm Do", {60: form}, page=RESOURCES.replace(b"/Font", b"/XObject << /Fm 60 0 R >> /Font"))


def _font(entries: bytes) -> tuple[Mapping[int, bytes], bytes]:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica %s >>" % entries
    return {60: font}, RESOURCES.replace(b"/F1 7 0 R", b"/F1 7 0 R /F9 60 0 R")


def _image(data: bytes) -> bytes:
    return b"q BI /W 30 /H 1 /CS /G /BPC 8 ID %s EI Q " % data.ljust(30, b"a")


_DIGITS, _WITH_DIGITS = _font(b"/Encoding << /Type /Encoding /Differences [45 /one /zero] >>")
_MATRIX, _WITH_MATRIX = _font(
    b"/Encoding /WinAnsiEncoding /FirstChar 32 /LastChar 127 /Widths [%s] /FontMatrix [0 0 0 0 0 0]" % (b"556 " * 96)
)
_NONE, _WITH_NONE = _font(b"/Encoding /WinAnsiEncoding /FirstChar 32 /LastChar 127 /Widths [%s]" % (b"0 " * 96))
_PLACES: Final[dict[str, Callable[[Library], bytes]]] = {
    "risen": over(b"BT /F1 14 Tf 72 260 Td 500 Ts " + _WORDS),
    "moved-by-seven-numbers": over(b"7 1 0 0 1 0 500 cm BT /F1 14 Tf 72 260 Td " + _WORDS),
    "moved-by-three-numbers": over(b"BT /F1 14 Tf 7 72 760 Td " + _WORDS),
    "in-an-escaped-form": over(
        b"/F#6d Do",
        {MISSING: stream(_LINE, _FORM + b"/Resources << /Font << /F1 7 0 R >> >>")},
        page=RESOURCES.replace(b"/Font", b"/XObject << /Fm 25 0 R >> /Font"),
    ),
    "in-a-form-of-forms": _deep(),
    "in-a-form-moved-by-a-string": _moved(b"[1 0 0 1 0 (500)]"),
    "in-a-form-moved-by-five-numbers": _moved(b"[1 0 0 1 500]"),
    "of-dots": over(b"BT /F9 14 Tf 72 760 Td (-....) Tj ET", _DIGITS, page=_WITH_DIGITS),
    "behind-a-picture": over(_image(b" EI (") + _LINE + b"\n%)\n"),
    "in-a-standard-font": over(
        b"BT /F1 14 Tf 72 760 Td (AMOUNT DUE BY THE COMPANY: USD 1000000) Tj ET", box=b"[345 740 540 790]"
    ),
    "in-a-font-with-a-matrix": over(
        b"BT /F9 14 Tf 72 760 Td " + _WORDS, _MATRIX, page=_WITH_MATRIX, box=b"[73 740 540 790]"
    ),
    "in-letters-of-no-width": over(
        b"BT /F9 14 Tf 72 760 Td (9) Tj ET", _NONE, page=_WITH_NONE, box=b"[75 740 540 790]"
    ),
    "set-backwards": over(b"BT /F1 14 Tf -20 Tc 72 760 Td (9) Tj ET", box=b"[73 740 540 790]"),
    "behind-data-of-no-image": over(b"ID " + _LINE + b" EI"),
}

ROWS: Final = (
    *(
        Row(f"signed-over-text-in-{how}", "contract", signed_over("contract", OVER_TEXT, drawing, more), CHANGED)
        for how, (drawing, more) in _DRAWINGS.items()
    ),
    Row("signed-over-text-in-a-form-of-the-page", "contract", form_of_the_page, CHANGED),
    Row("signed-beside-text-without-bounds", "contract", signed_over("contract", _BLANK, _UNBOUND), CHANGED),
    *(
        Row(f"signed-beside-text-in-a-box-of-{what}", "contract", signed_over("contract", box, drawn(OPAQUE)), CHANGED)
        for what, box in {
            "a-string": b"[560 740 (590) 790]",
            "no-number": b"[60 740 (nan) 790]",
            "hexadecimal": b"[600 740 <363930> 790]",
            "five": b"[560 740 590 790 1]",
        }.items()
    ),
    *(Row(f"signed-over-a-line-{where}", "contract", build, CHANGED) for where, build in _PLACES.items()),
    Row(
        "signed-beside-text-and-a-picture",
        "contract",
        over(_image(b"") + text("Price: 1000 yuan"), box=_BLANK),
        PASSED,
    ),
)
