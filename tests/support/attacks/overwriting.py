"""A new signature that writes over what was signed: its dictionary refers to an object, and the object is another one now.

pyHanko 0.38 clears the parameters of a new signature's /Reference wherever else they are used. A document time stamp is enough, which
anybody can have, and even a file that is certified against any change may get one.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    Reference,
    StreamObject,
    pdf_name,
)
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, SignatureObject

from tests.support.attacks.documents import CONTENT, text
from tests.support.attacks.library import ROOM
from tests.support.attacks.model import CHANGED, Row
from tests.support.signed_pdf import PlainWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_FORGED: Final = text("Contract No. 2026-001: the price is 9999999 yuan.")


def _over_content(which: str, *, stamped: bool) -> Callable[[Library], bytes]:
    """Return what adds a signature, or a document time stamp, whose /Reference leads to the content of the first page."""

    def build(library: Library) -> bytes:
        writer = PlainWriter(BytesIO(getattr(library, which)))
        field = _placeholder(library, stamped=stamped)
        leading = {"/TransformMethod": pdf_name("/Identity"), "/TransformParams": IndirectObject(CONTENT, 0, writer)}
        field[pdf_name("/Reference")] = ArrayObject(
            [DictionaryObject({pdf_name(key): value for key, value in leading.items()})]
        )
        forged = StreamObject(stream_data=_FORGED)
        forged.container_ref = Reference(CONTENT, 0, writer)
        writer.objects[0, CONTENT] = forged
        embedder = PdfCMSEmbedder().write_cms("Covering", writer)
        next(embedder)
        embedder.send(SigObjSetup(sig_placeholder=field))
        prepared, output = embedder.send(SigIOSetup(md_algorithm="sm3"))
        digest = prepared.document_digest
        message = library.token(digest) if stamped else library.message(digest, library.second_signer)
        prepared.fill_with_cms(output, message)
        return bytes(output.getvalue())

    return build


def _placeholder(library: Library, *, stamped: bool) -> DocumentTimestamp | SignatureObject:
    if stamped:
        return DocumentTimestamp(bytes_reserved=ROOM)
    now = library.world.clock.now()
    return SignatureObject(timestamp=now, subfilter=SigSeedSubFilter.PADES, bytes_reserved=ROOM)


ROWS: Final = (
    Row("overwriting-content-by-a-signature", "contract", _over_content("contract", stamped=False), CHANGED),
    Row("overwriting-content-by-a-signature-in-a-form", "form", _over_content("form", stamped=False), CHANGED),
    Row("overwriting-content-by-a-stamp", "contract", _over_content("contract", stamped=True), CHANGED),
    Row("overwriting-content-by-a-stamp-certified", "certified", _over_content("certified", stamped=True), CHANGED),
)
