"""The visible seal of a signature: a vector drawing that becomes the signature field's own appearance.

The drawing comes as octets (a PDF content stream and its bounding box), so this room needs no font and no renderer. It
is laid on as ink is: what stands under it stays legible (ISO 32000-1 11.3.5, blend mode Multiply).
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NumberObject,
    StreamObject,
    pdf_name,
)

from esign.rendering.drawing import PICTURE_NAME

if TYPE_CHECKING:
    from pyhanko.pdf_utils.writer import BasePdfFileWriter

    from esign.rendering.drawing import SealDrawing
    from esign.rendering.handwriting import Handwriting

_TURNS: Final = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
_INK: Final = b"/Ink gs\n"
Box = tuple[float, float, float, float]  # left, bottom, right, top, in points of 1/72 inch


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAppearance:
    """A drawing: `operators` is a PDF content stream, `bounding_box` its extent in its own units.

    The operators use no resource but, where there is one, the `picture` by the name of `PICTURE_NAME`. `turned` is by how many
    degrees the drawing is turned anticlockwise, 0, 90, 180 or 270, so that it stands upright on a page that is shown turned.
    """

    operators: bytes = field(repr=False)
    bounding_box: Box
    picture: Handwriting | None = field(default=None, repr=False)
    turned: int = 0


def appearance_of(drawing: SealDrawing) -> SealAppearance:
    """Return a drawing as what a form XObject is made of."""
    picture = drawing.picture.handwriting if drawing.picture is not None else None
    return SealAppearance(operators=drawing.pdf_operators(), bounding_box=drawing.box, picture=picture)


def form_x_object(writer: BasePdfFileWriter, appearance: SealAppearance) -> IndirectObject:
    """Add the drawing as a deflated form XObject (ISO 32000-1 8.10) and return its reference."""
    ink = DictionaryObject({pdf_name("/Type"): pdf_name("/ExtGState"), pdf_name("/BM"): pdf_name("/Multiply")})
    resources = DictionaryObject({pdf_name("/ExtGState"): DictionaryObject({pdf_name("/Ink"): ink})})
    if appearance.picture is not None:
        image = _image_x_object(writer, appearance.picture)
        resources[pdf_name("/XObject")] = DictionaryObject({pdf_name(f"/{PICTURE_NAME}"): image})
    stream = StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/FormType"): NumberObject(1),
            pdf_name("/BBox"): ArrayObject(FloatObject(edge) for edge in appearance.bounding_box),
            pdf_name("/Matrix"): ArrayObject(NumberObject(number) for number in (*_TURNS[appearance.turned], 0, 0)),
            pdf_name("/Resources"): resources,
        },
        stream_data=_INK + appearance.operators,
    )
    stream.compress()
    return writer.add_object(stream)


def _image_x_object(writer: BasePdfFileWriter, picture: Handwriting) -> IndirectObject:
    """Add a picture and its transparency as image XObjects (ISO 32000-1 8.9.5, 11.6.5.3) and return the reference."""

    def image(space: str, octets: bytes) -> StreamObject:
        stream = StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Image"),
                pdf_name("/Width"): NumberObject(picture.width),
                pdf_name("/Height"): NumberObject(picture.height),
                pdf_name("/ColorSpace"): pdf_name(space),
                pdf_name("/BitsPerComponent"): NumberObject(8),
            },
            stream_data=octets,
        )
        stream.compress()
        return stream

    colours = image("/DeviceRGB", picture.colours)
    colours[pdf_name("/SMask")] = writer.add_object(image("/DeviceGray", picture.alpha))
    return writer.add_object(colours)


def normal_appearance(reference: IndirectObject) -> DictionaryObject:
    """Return the appearance dictionary that shows the form XObject, and only that (ISO 19005-3 6.3.3: N alone)."""
    return DictionaryObject({pdf_name("/N"): reference})
