"""A picture made of vectors (SVG 1.1) as a PNG with a transparent ground: what a designer hands over becomes what a seal can carry.

    png_of_svg(octets, width_mm=42, height_mm=42)

Whoever draws a seal has made its letters outlines: fonts differ from one machine to the next. Text, pictures, scripts and references to
elsewhere are refused rather than left out.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typst
from lxml import etree

from esign.rendering.raster import DOTS_PER_INCH
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_OCTETS: Final = 1024 * 1024
MAX_ELEMENTS: Final = 20_000  # a seal with the outlines of forty characters has some hundred
_SVG: Final = "http://www.w3.org/2000/svg"
_DRAWN: Final = frozenset(
    [
        "svg",
        "g",
        "defs",
        "title",
        "desc",
        "metadata",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "clipPath",
        "mask",
        "linearGradient",
        "radialGradient",
        "stop",
    ]
)
_PAGE: Final = (
    "#set page(width: {width}mm, height: {height}mm, margin: 0pt, fill: none)\n"
    '#image(bytes(sys.inputs.picture), format: "svg", width: 100%, height: 100%, fit: "contain")\n'
)


def png_of_svg(data: bytes, *, width_mm: float, height_mm: float, dots_per_inch: int = DOTS_PER_INCH) -> bytes:
    """Return the picture drawn within sides in millimetres, as large as it fits.

    Raises:
        TrustError: SEAL_PICTURE for what is no SVG, draws with more than outlines, or is larger than the bounds.
    """
    _require_outlines(data)
    try:
        with tempfile.TemporaryDirectory() as place:  # in which there is no other file to be read
            page = Path(place) / "page.typ"
            page.write_text(_PAGE.format(width=width_mm, height=height_mm), encoding="ascii")
            drawn = typst.compile(
                page,
                root=page.parent,
                format="png",
                ppi=float(dots_per_inch),
                sys_inputs={"picture": data.decode("utf-8")},
                ignore_system_fonts=True,
            )
    except (typst.TypstError, RuntimeError, OSError, ValueError) as error:
        raise TrustError(ErrorCode.SEAL_PICTURE, "the SVG cannot be drawn") from error
    if not isinstance(drawn, bytes):
        raise TrustError(ErrorCode.SEAL_PICTURE, "the SVG cannot be drawn")
    return drawn


def _require_outlines(data: bytes) -> None:
    if len(data) > MAX_OCTETS or data.count(b"<") > 2 * MAX_ELEMENTS:
        raise TrustError(ErrorCode.SEAL_PICTURE, "an SVG of more than a seal has", octets=len(data), limit=MAX_OCTETS)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise TrustError(ErrorCode.SEAL_PICTURE, "an SVG with a document type: save it as plain SVG")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        data.decode("utf-8")
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TrustError(ErrorCode.SEAL_PICTURE, "no SVG that can be read, in UTF-8") from error
    for each in root.iter(etree.Element):
        _require_drawn(each)


def _require_drawn(element: Element) -> None:
    name = etree.QName(element)
    if name.namespace != _SVG:
        return  # a drawing program's own notes, which nobody draws
    if name.localname not in _DRAWN:
        detail = "letters have to be outlines" if name.localname in {"text", "tspan", "textPath"} else "not drawn"
        raise TrustError(ErrorCode.SEAL_PICTURE, f"<{name.localname}> in an SVG: {detail}"[:120])
    if any(etree.QName(each).localname == "href" for each in element.attrib):
        raise TrustError(ErrorCode.SEAL_PICTURE, f"<{name.localname}> of an SVG refers to elsewhere")
