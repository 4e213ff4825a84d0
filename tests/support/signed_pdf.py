"""A small PDF/A-3 page with an attachment, signed by a member of the PKI world, and incremental updates of all kinds.

source = sample_page()
signed = sign_sample(world, stamp=True)
attacked = update(signed, lambda writer: …)      # one more revision, written by pyHanko
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import typst
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, SignatureObject

from esign.pdf.appearance import SealAppearance
from esign.pdf.dss import write_evidence
from esign.pdf.model import CertificationLevel
from esign.pdf.request import SigningRequest
from esign.pdf.sign import sign_pdf
from trustkit.cms.model import Dialect
from trustkit.cms.sign import sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tests.support.pki import Member, PkiWorld

LICENCE_DATA = b'{"ZZMC":"Sample licence"}'
_TEMPLATE = """
#set document(title: "Sample licence", author: "A sample authority")
#pdf.attach("licence.json", bytes({data}), mime-type: "application/json", relationship: "data", description: "metadata")
= Sample licence
This page stands for a licence. #lorem({words})
"""
SEAL = SealAppearance(
    operators=b"q 0.8 0 0 RG 4 w 60 60 m 110 60 l 60 110 l 10 60 l 60 10 l h S Q", bounding_box=(0, 0, 120, 120)
)


@cache
def _compiled(path: Path, words: int) -> bytes:
    path.write_text(_TEMPLATE.format(data='"' + LICENCE_DATA.decode().replace('"', '\\"') + '"', words=words))
    compiler = typst.Compiler(str(path), ignore_system_fonts=True)
    result = compiler.compile(format="pdf", pdf_standards=["a-3b"], timestamp=1_760_000_000)
    assert isinstance(result, bytes)
    return result


def sample_page(folder: Path, *, words: int = 30) -> bytes:
    """Return a PDF/A-3B page; the fonts are those inside typst."""
    return _compiled(folder / "sample.typ", words)


def stamper(world: PkiWorld) -> Callable[[bytes], bytes]:
    """Return what turns a signature value into a token of the world's time-stamp authority at the world's time."""

    def stamp(signature: bytes) -> bytes:
        algorithm = (
            DigestAlgorithm.SM3 if world.tsa.signer.suite.digest is DigestAlgorithm.SM3 else DigestAlgorithm.SHA256
        )
        return make_token(
            imprint=digest(algorithm, signature),
            imprint_algorithm=algorithm,
            serial=1,
            gen_time=world.clock.now(),
            policy="1.2.3.4",
            signer=world.tsa.signer,
            certificate=world.tsa.certificate,
            chain=(world.issuing.certificate,),
        )

    return stamp


def request(world: PkiWorld, octets: bytes, **changes: object) -> SigningRequest:
    """Return the request an issuer would make: certified, stamped, sealed, its evidence inside."""
    fields: dict[str, object] = {
        "pdf": octets,
        "signer": world.signer.signer,
        "certificate": world.signer.certificate,
        "chain": (world.issuing.certificate,),
        "evidence_certificates": (world.root.der, world.tsa.der),
        "crls": (world.crl().der,),
        "timestamp": stamper(world),
        "signing_time": world.clock.now(),
        "certification": CertificationLevel.NO_CHANGES,
        "box": (380, 90, 500, 210),
        "appearance": SEAL,
        "reason": "签发电子证照",
        **changes,
    }
    return SigningRequest(**fields)  # type: ignore[arg-type]


def sign_sample(world: PkiWorld, octets: bytes, **changes: object) -> bytes:
    """Return the file signed; `changes` replace fields of the usual request."""
    return sign_pdf(request(world, octets, **changes))


class PlainWriter(IncrementalPdfFileWriter):
    """Writes revisions without touching metadata."""

    def _update_meta(self) -> None:
        pass


def update(octets: bytes, change: Callable[[IncrementalPdfFileWriter], None], *, metadata: bool = False) -> bytes:
    """Return the file with one more revision that holds what `change` did."""
    writer = (IncrementalPdfFileWriter if metadata else PlainWriter)(BytesIO(octets))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def replace_page_content(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 1 rg 0 0 600 850 re f"))
    writer.update_container(page)


def add_annotation(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Contents"): generic.pdf_string("also valid elsewhere"),
            generic.pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(n) for n in (50, 50, 300, 100)),
        }
    )
    writer.register_annotation(page.container_ref, writer.add_object(note))


def add_open_action(writer: IncrementalPdfFileWriter) -> None:
    action = generic.DictionaryObject(
        {
            generic.pdf_name("/S"): generic.pdf_name("/JavaScript"),
            generic.pdf_name("/JS"): generic.pdf_string("app.alert(1)"),
        }
    )
    writer.root["/OpenAction"] = writer.add_object(action)
    writer.update_root()


def replace_attachment(writer: IncrementalPdfFileWriter) -> None:
    stream = generic.StreamObject(stream_data=b'{"ZZMC":"Another licence"}')
    specification = writer.root["/AF"][0]
    specification["/EF"] = generic.DictionaryObject({generic.pdf_name("/F"): writer.add_object(stream)})
    writer.update_container(specification)


def change_title(writer: IncrementalPdfFileWriter) -> None:
    information = writer.trailer["/Info"]
    information["/Title"] = generic.pdf_string("Another licence")
    writer.update_container(information)


def add_orphan(writer: IncrementalPdfFileWriter) -> None:
    writer.add_object(generic.StreamObject(stream_data=b"hidden until another update shows it"))


def add_evidence(octets: bytes, *values: bytes, metadata: bool = False) -> bytes:
    """Return the file with one more revision that adds CRLs to its document security store."""
    return update(octets, lambda writer: write_evidence(writer, (), values), metadata=metadata)


def sign_anyway(
    world: PkiWorld,
    octets: bytes,
    *,
    name: str = "Second",
    box: tuple[int, int, int, int] | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """Return the file with an approval signature nobody asked about: not whether it may be, nor whether it then verifies."""
    writer = PlainWriter(BytesIO(octets))
    embedder = PdfCMSEmbedder(new_field_spec=SigFieldSpec(name, box=box)).write_cms(name, writer)
    next(embedder)
    placeholder = SignatureObject(
        timestamp=world.clock.now(), subfilter=SigSeedSubFilter.PADES, bytes_reserved=16 * 1024
    )
    embedder.send(SigObjSetup(sig_placeholder=placeholder))
    algorithm = world.signer.signer.suite.digest
    prepared, output = embedder.send(SigIOSetup(md_algorithm=algorithm.value))
    message = sign_message(
        content=None,
        content_digest=prepared.document_digest,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.RFC5652,
        detached=True,
        timestamp=stamp,
    )
    prepared.fill_with_cms(output, message)
    return bytes(output.getvalue())


def add_document_stamp(
    world: PkiWorld,
    octets: bytes,
    *,
    name: str = "Stamp1",
    over: bytes | None = None,
    by: Member | None = None,
    at: datetime | None = None,
) -> bytes:
    """Return the file with a document time stamp in a revision of its own; `over` stamps other octets instead."""
    authority = by or world.tsa
    writer = PlainWriter(BytesIO(octets))
    embedder = PdfCMSEmbedder().write_cms(name, writer)
    next(embedder)
    embedder.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=8192)))
    prepared, output = embedder.send(SigIOSetup(md_algorithm="sm3"))
    imprint = prepared.document_digest if over is None else digest(DigestAlgorithm.SM3, over)
    token = make_token(
        imprint=imprint,
        imprint_algorithm=DigestAlgorithm.SM3,
        serial=2,
        gen_time=at or world.clock.now(),
        policy="1.2.3.4",
        signer=authority.signer,
        certificate=authority.certificate,
    )
    prepared.fill_with_cms(output, token)
    return bytes(output.getvalue())
