"""A page that shows one drawing and nothing else, of the drawing's size; and ink as if by hand."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from esign.pdf.appearance import appearance_of, form_x_object

if TYPE_CHECKING:
    from esign.rendering.drawing import SealDrawing


def page_of(drawing: SealDrawing) -> bytes:
    """Return the PDF of a drawing."""
    writer = PdfFileWriter()
    form = form_x_object(writer, appearance_of(drawing))
    names = generic.DictionaryObject({generic.pdf_name("/Seal"): form})
    page = PageObject(
        contents=writer.add_object(generic.StreamObject(stream_data=b"/Seal Do")),
        media_box=drawing.box,
        resources=generic.DictionaryObject({generic.pdf_name("/XObject"): names}),
    )
    writer.insert_page(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def ink(
    size: tuple[int, int] = (900, 300), *, background: tuple[int, ...] = (0, 0, 0, 0), stroke: bool = True
) -> bytes:
    """Return a PNG with a stroke of a pen on it."""
    picture = Image.new("RGBA", size, background)
    if stroke:
        points = [(x * size[0] / 900, y * size[1] / 300) for x, y in ((100, 200), (300, 50), (420, 240))]
        ImageDraw.Draw(picture).line(points, fill=(10, 10, 80, 255), width=max(1, size[0] // 100))
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
