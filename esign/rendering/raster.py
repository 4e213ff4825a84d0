"""A drawing as a PNG with a transparent ground: the same operators that PDF gets, painted by pdfium.

    png_of(drawing)          # 300 dots to the inch

What is painted is our own drawing, so it is painted here and in no process of its own.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

import pypdfium2
from PIL import Image

from esign.rendering.drawing import PICTURE_NAME
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.rendering.drawing import Colour, SealDrawing
    from esign.rendering.handwriting import Handwriting

DOTS_PER_INCH: Final = 300  # as documents are scanned; a seal of 42 mm then takes some 15 kB
_POINTS_PER_INCH: Final = 72
_CLEAR: Final = (255, 255, 255, 0)
_BITS: Final = 4
_LEVELS: Final = bytes(step * 255 // 15 for step in range(1 << _BITS))  # of transparency


def png_of(drawing: SealDrawing, dots_per_inch: int = DOTS_PER_INCH) -> bytes:
    """Return the drawing as a PNG, transparent where nothing is drawn. Raise RENDERING_FAILED."""
    try:
        document = pypdfium2.PdfDocument(_one_page(drawing))
        try:
            bitmap = document[0].render(
                scale=dots_per_inch / _POINTS_PER_INCH, fill_color=_CLEAR, rev_byteorder=True, maybe_alpha=True
            )
            picture = bitmap.to_pil().convert("RGBA")
        finally:
            document.close()
    except pypdfium2.PdfiumError as error:
        raise TrustError(ErrorCode.RENDERING_FAILED, "a drawing could not be painted") from error
    resolution = (dots_per_inch, dots_per_inch)
    file = BytesIO()
    if drawing.picture is None:
        flat = _in_one_colour(picture, drawing.colour)
        flat.save(file, format="PNG", optimize=True, dpi=resolution, bits=_BITS, transparency=_LEVELS)
    else:
        picture.save(file, format="PNG", optimize=True, dpi=resolution)
    return file.getvalue()


def _in_one_colour(picture: Image.Image, colour: Colour) -> Image.Image:
    """Return the picture with its transparency alone, in sixteen steps: a third of the octets, which every document pays for."""
    top = len(_LEVELS) - 1
    steps = picture.getchannel("A").point(lambda value: (value * top + 127) // 255)
    flat = Image.frombytes("P", picture.size, steps.tobytes())
    flat.putpalette([round(part * 255) for part in colour] * len(_LEVELS))
    return flat


def _one_page(drawing: SealDrawing) -> bytes:
    """Return a PDF of one page that shows the drawing and nothing else (ISO 32000-1 7.5)."""
    found = bytearray(b"%PDF-1.4\n")
    offsets: list[int] = []
    for number, octets in enumerate(_objects(drawing), start=1):
        offsets.append(len(found))
        found += b"%d 0 obj\n" % number + octets + b"\nendobj\n"
    table = len(found)
    found += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    found += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    found += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, table)
    return bytes(found)


def _objects(drawing: SealDrawing) -> Iterator[bytes]:
    box = f"[0 0 {drawing.width:.4f} {drawing.height:.4f}]".encode("ascii")
    resources = b"/XObject << /%s 5 0 R >>" % PICTURE_NAME.encode("ascii") if drawing.picture else b""
    yield b"<< /Type /Catalog /Pages 2 0 R >>"
    yield b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    yield b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources << %s >> >>" % (box, resources)
    yield _stream(b"", drawing.pdf_operators())
    if drawing.picture is not None:
        ink = drawing.picture.handwriting
        yield _stream(_image(ink, b"/DeviceRGB") + b" /SMask 6 0 R", ink.colours)
        yield _stream(_image(ink, b"/DeviceGray"), ink.alpha)


def _image(ink: Handwriting, colours: bytes) -> bytes:
    return b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace %s" % (
        ink.width,
        ink.height,
        colours,
    )


def _stream(entries: bytes, data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (entries, len(packed), packed)
