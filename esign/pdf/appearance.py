"""The visible seal of a signature: a vector drawing that becomes the signature field's own appearance.

The drawing comes as octets (a PDF content stream and its bounding box), so this room needs no font and no renderer.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points of 1/72 inch


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAppearance:
    """A drawing: `operators` is a PDF content stream using no resources, `bounding_box` its extent in its own units."""

    operators: bytes = field(repr=False)
    bounding_box: Box


def form_x_object(writer: BasePdfFileWriter, appearance: SealAppearance) -> IndirectObject:
    """Add the drawing as a deflated form XObject (ISO 32000-1 8.10) and return its reference."""
    stream = StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/FormType"): NumberObject(1),
            pdf_name("/BBox"): ArrayObject(FloatObject(edge) for edge in appearance.bounding_box),
            pdf_name("/Resources"): DictionaryObject(),
        },
        stream_data=appearance.operators,
    )
    stream.compress()
    return writer.add_object(stream)


def normal_appearance(reference: IndirectObject) -> DictionaryObject:
    """Return the appearance dictionary that shows the form XObject, and only that (ISO 19005-3 6.3.3: N alone)."""
    return DictionaryObject({pdf_name("/N"): reference})
