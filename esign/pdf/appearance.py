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

if TYPE_CHECKING:
    from pyhanko.pdf_utils.writer import BasePdfFileWriter

_INK: Final = b"/Ink gs\n"
Box = tuple[float, float, float, float]  # left, bottom, right, top, in points of 1/72 inch


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAppearance:
    """A drawing: `operators` is a PDF content stream using no resources, `bounding_box` its extent in its own units."""

    operators: bytes = field(repr=False)
    bounding_box: Box


def form_x_object(writer: BasePdfFileWriter, appearance: SealAppearance) -> IndirectObject:
    """Add the drawing as a deflated form XObject (ISO 32000-1 8.10) and return its reference."""
    ink = DictionaryObject({pdf_name("/Type"): pdf_name("/ExtGState"), pdf_name("/BM"): pdf_name("/Multiply")})
    states = DictionaryObject({pdf_name("/Ink"): ink})
    stream = StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/FormType"): NumberObject(1),
            pdf_name("/BBox"): ArrayObject(FloatObject(edge) for edge in appearance.bounding_box),
            pdf_name("/Resources"): DictionaryObject({pdf_name("/ExtGState"): states}),
        },
        stream_data=_INK + appearance.operators,
    )
    stream.compress()
    return writer.add_object(stream)


def normal_appearance(reference: IndirectObject) -> DictionaryObject:
    """Return the appearance dictionary that shows the form XObject, and only that (ISO 19005-3 6.3.3: N alone)."""
    return DictionaryObject({pdf_name("/N"): reference})
