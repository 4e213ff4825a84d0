"""Small OFD packages with one page of objects to be drawn, what the drawing does, and a font to draw with.

drawn = draw(text_object("营业"))
operations(drawn)                # of the page, as (name, numbers)
"""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import TYPE_CHECKING

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from esign.ofd.draw.draw import DrawnDocument, draw_ofd
from esign.ofd.xml import NAMESPACE
from esign.pdf.operators import read_operations
from esign.rendering.fonts import find_fonts
from tests.support.ses import make_seal, make_seal_signature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.pki import PkiWorld

PAGE_MM = (100.0, 50.0)
K = 72 / 25.4


def element(name: str, attributes: str = "", content: str = "") -> str:
    return f"<ofd:{name} {attributes}>{content}</ofd:{name}>"


def root(name: str, content: str, attributes: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><ofd:{name} xmlns:ofd="{NAMESPACE}" {attributes}>{content}</ofd:{name}>'.encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def files_of(
    objects: str = "",
    *,
    layers: str | None = None,
    resources: str = "",
    page: str = "",
    common: str = "",
    document: str = "",
    body: str = "",
    size: str = "0 0 100 50",
    more: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Return the files of a document of one page: `objects` in a layer, or whole `layers`."""
    shown = layers if layers is not None else f"<ofd:Layer>{objects}</ofd:Layer>"
    area = f"<ofd:PageArea><ofd:PhysicalBox>{size}</ofd:PhysicalBox></ofd:PageArea>"
    return {
        "OFD.xml": root("OFD", f"<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{body}</ofd:DocBody>"),
        "Doc_0/Document.xml": root(
            "Document",
            f"<ofd:CommonData>{area}<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{common}</ofd:CommonData>"
            f'<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>{document}',
        ),
        "Doc_0/PublicRes.xml": root("Res", resources, 'BaseLoc="Res"'),
        "Doc_0/Pages/Page_0/Content.xml": root("Page", f"{page}<ofd:Content>{shown}</ofd:Content>"),
        **(more or {}),
    }


def draw(objects: str = "", **parts: object) -> DrawnDocument:
    """Return a page with these objects, drawn."""
    return draw_ofd(zipped(files_of(objects, **parts)), fonts=find_fonts())  # type: ignore[arg-type]


def content(pdf: bytes, page: int = 0) -> bytes:
    """Return the content stream of a page."""
    reader = PdfFileReader(io.BytesIO(pdf))
    kid = reader.root["/Pages"]["/Kids"][page]
    return bytes(kid["/Contents"].data)


def resource(pdf: bytes, kind: str, name: str, page: int = 0) -> object:
    """Return a resource of a page."""
    reader = PdfFileReader(io.BytesIO(pdf))
    return reader.root["/Pages"]["/Kids"][page]["/Resources"][f"/{kind}"][f"/{name}"]


def operations(drawn: DrawnDocument, page: int = 0) -> list[tuple[str, tuple[float, ...]]]:
    """Return the operators of a page with their numbers, without the state kept and put back and the page's own matrix."""
    found = [(each.name.decode(), each.numbers) for each in read_operations(content(drawn.pdf, page))]
    return [each for each in found[2:] if each[0] not in {"q", "Q"}]


def named(drawn: DrawnDocument, *names: str) -> list[tuple[float, ...]]:
    """Return the numbers of all operators of these names."""
    return [numbers for name, numbers in operations(drawn) if name in names]


def lacks(drawn: DrawnDocument) -> list[tuple[str, str]]:
    """Return what is wanting and its detail."""
    return [(note.lack.value, note.detail) for note in drawn.notes]


def path_object(data: str, attributes: str = 'Boundary="0 0 100 50"', inside: str = "") -> str:
    return element("PathObject", attributes, f"{inside}<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData>")


def text_object(
    text: str,
    code: str = 'X="0" Y="5" DeltaX="5"',
    attributes: str = 'Boundary="10 20 50 8" Font="9" Size="4"',
    inside: str = "",
) -> str:
    return element("TextObject", attributes, f"{inside}<ofd:TextCode {code}>{text}</ofd:TextCode>")


def image_object(attributes: str) -> str:
    return element("ImageObject", attributes)


def fonts(entries: str) -> str:
    return f"<ofd:Fonts>{entries}</ofd:Fonts>"


def media(*files: str) -> str:
    entries = "".join(
        f'<ofd:MultiMedia ID="{number}" Type="Image"><ofd:MediaFile>{file}</ofd:MediaFile></ofd:MultiMedia>'
        for number, file in enumerate(files, start=50)
    )
    return f"<ofd:MultiMedias>{entries}</ofd:MultiMedias>"


SONG = fonts('<ofd:Font ID="9" FontName="宋体" FamilyName="宋体"/>')
EMBEDDED = fonts('<ofd:Font ID="9" FontName="Own"><ofd:FontFile>own.ttf</ofd:FontFile></ofd:Font>')


def square_glyph(side: int, components: Sequence[str] = ()) -> object:
    pen = TTGlyphPen(dict.fromkeys(components))
    if components:
        for name in components:
            pen.addComponent(name, (1, 0, 0, 1, 0, 0))
        glyph = pen.glyph()
        glyph.xMin = glyph.yMin = glyph.xMax = glyph.yMax = 0  # what fontTools would reckon, if it did not loop
        return glyph
    pen.moveTo((0, 0))
    pen.lineTo((0, side))
    pen.lineTo((side, side))
    pen.lineTo((side, 0))
    pen.closePath()
    return pen.glyph()


@cache
def own_font(*, units: int = 1000) -> bytes:
    """Return a TrueType font: A is a square of 500, B of 250, glyph 3 has no character."""
    builder = FontBuilder(units, isTTF=True)
    order = [".notdef", "A", "B", "alone"]
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({0x41: "A", 0x42: "B"})
    sides = {".notdef": 100, "A": 500, "B": 250, "alone": 125}
    builder.setupGlyf({name: square_glyph(side) for name, side in sides.items()})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost()
    builder.setupNameTable({"familyName": "Own", "styleName": "Regular"})
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def picture(
    colour: tuple[int, ...] = (255, 0, 0), size: tuple[int, int] = (4, 2), form: str = "PNG", mode: str = "RGB"
) -> bytes:
    """Return a picture of one colour."""
    out = io.BytesIO()
    Image.new(mode, size, colour if len(colour) > 1 else colour[0]).save(out, form)
    return out.getvalue()


def sealed_files(world: PkiWorld, picture_type: str, data: bytes, stamps: str, objects: str = "") -> dict[str, bytes]:
    """Return a document with one seal signature whose seal has this picture; its value is not over the document."""
    seal = make_seal(world, picture_type=picture_type.encode(), picture=data)
    signature = root(
        "Signature",
        f"<ofd:SignedInfo>{stamps}</ofd:SignedInfo><ofd:SignedValue>SignedValue.dat</ofd:SignedValue>",
    )
    listing = root("Signatures", '<ofd:Signature ID="1" BaseLoc="Sign_0/Signature.xml"/>')
    return files_of(
        objects,
        resources=SONG,
        body="<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>",
        more={
            "Doc_0/Signs/Signatures.xml": listing,
            "Doc_0/Signs/Sign_0/Signature.xml": signature,
            "Doc_0/Signs/Sign_0/SignedValue.dat": make_seal_signature(world, seal, b"content"),
        },
    )
