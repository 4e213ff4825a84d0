"""Forms with fields to sign, and signatures into them that must come out right.

pdf = signed(world, with_fields(page, SigFieldSpec("a")), field_name="a")
refusal(world, page, field_name="a", existing_field=True).code
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    SigFieldSpec,
    append_signature_field,
)

from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.signed_pdf import sign_sample, update
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from esign.pdf.model import UnverifiedPdf
    from tests.support.pki import PkiWorld

PLAIN: dict[str, object] = {
    "box": None,
    "appearance": None,
    "certification": None,
    "evidence_certificates": (),
    "crls": (),
    "timestamp": None,
}
BOX = (50, 50, 150, 150)
ALL = FieldMDPSpec(FieldMDPAction.ALL)


def with_fields(octets: bytes, *fields: SigFieldSpec) -> bytes:
    """Return the file with empty signature fields."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        for field in fields:
            append_signature_field(writer, field)

    return update(octets, add)


def with_texts(octets: bytes, *names: str) -> bytes:
    """Return the file with text fields that nobody has filled in."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        fields = [
            writer.add_object(
                generic.DictionaryObject(
                    {
                        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
                        generic.pdf_name("/Subtype"): generic.pdf_name("/Widget"),
                        generic.pdf_name("/FT"): generic.pdf_name("/Tx"),
                        generic.pdf_name("/T"): generic.pdf_string(name),
                        generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, BOX)),
                    }
                )
            )
            for name in names
        ]
        form = generic.DictionaryObject({generic.pdf_name("/Fields"): generic.ArrayObject(fields)})
        writer.root[generic.pdf_name("/AcroForm")] = writer.add_object(form)
        writer.update_root()

    return update(octets, add)


def fill_text(octets: bytes, number: int, value: str) -> bytes:
    def fill(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][number]
        field[generic.pdf_name("/V")] = generic.pdf_string(value)
        writer.update_container(field)

    return update(octets, fill)


def signed(world: PkiWorld, octets: bytes, **changes: object) -> UnverifiedPdf:
    pdf = read_pdf(sign_sample(world, octets, **{**PLAIN, **changes}))
    for signature in pdf.signatures:
        verify_pdf_signature(pdf, signature)
    return pdf


def refusal(world: PkiWorld, octets: bytes, **changes: object) -> TrustError:
    with pytest.raises(TrustError) as caught:
        sign_sample(world, octets, **{**PLAIN, **changes})
    return caught.value
