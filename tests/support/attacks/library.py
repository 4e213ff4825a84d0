"""The genuine files of the corpus, each made once: who wrote an attack says whose twin it is by an attribute's name.

    library = Library()
    library.licence, library.contract, library.form …     # octets
    library.verify(octets)                                # the verdict, with the evidence everybody has

Signing time is the world's START; verdicts are asked an hour later, with both authorities' lists at hand.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject, pdf_name
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
    enumerate_sig_fields,
)
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, SignatureObject

from esign.pdf.dss import write_evidence
from esign.pdf.model import CertificationLevel
from tests.support.attacks import documents, surgery
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import PlainWriter, add_document_stamp, add_evidence, sign_sample, update
from tests.unit.verifier.licences import Desk, page, status_token
from tests.unit.verifier.licences import metadata as licence_data
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import Member
    from trustkit.verdict import Verdict

ROOM = 12_000  # hexadecimal digits for a signature made here
_PLACES = ((320, 60, 420, 120), (440, 60, 540, 120), (320, 140, 420, 200), (440, 140, 540, 200))


class Library:
    """See the module's docstring."""

    def __init__(self) -> None:
        self.world = PkiWorld()

    def verify(self, octets: bytes, *, alone: bool = False) -> Verdict:
        return Desk(self.world, lists=not alone, sits=False).verify(octets, self.status)

    @cached_property
    def status(self) -> bytes:
        """The status list the licence is on, where it is valid."""
        return status_token(self.world)

    def approve(self, octets: bytes, *, by: Member | None = None, number: int = 1, **changes: object) -> bytes:
        """Return the file with an approval signature in a field of its own; the first four have a place on the page."""
        member = by or self.world.signer
        visible = number <= len(_PLACES)
        return sign_sample(
            self.world,
            octets,
            **{
                "signer": member.signer,
                "certificate": member.certificate,
                "certification": None,
                "field_name": f"Signature{number}",
                "box": _PLACES[number - 1] if visible else None,
                **({} if visible else {"appearance": None}),
                **changes,
            },
        )

    def certify(self, octets: bytes, level: CertificationLevel, **changes: object) -> bytes:
        """Return the file with a certification signature nobody sees."""
        return sign_sample(self.world, octets, certification=level, box=None, appearance=None, **changes)

    def resigned(self, bend: Callable[[int, int, int], tuple[int, ...]]) -> bytes:
        """Return the contract with another byte range that its signer really signed."""
        found = surgery.cut(self.contract)
        ranges = bend(found.start, found.end, found.rest)
        return self._signed_anew(surgery.numbers(self.contract, *ranges), found, ranges)

    def resigned_with(self, change: Callable[[bytes], bytes]) -> bytes:
        """Return the contract with octets before or behind the gap changed, none moved, and signed so by its signer."""
        found = surgery.cut(self.contract)
        octets = change(self.contract)
        assert len(octets) == len(self.contract)
        return self._signed_anew(octets, found, (0, found.start, found.end, found.rest))

    def _signed_anew(self, octets: bytes, found: surgery.Cut, ranges: tuple[int, ...]) -> bytes:
        covered = b"".join(octets[at : at + size] for at, size in zip(ranges[::2], ranges[1::2], strict=True))
        message = self.message(digest(DigestAlgorithm.SM3, covered), self.world.signer)
        digits = message.hex().encode().ljust(found.end - found.start - 2, b"0")
        return octets[: found.start] + b"<%s>" % digits + octets[found.end :]

    def message(
        self, content_digest: bytes, member: Member, timestamp: Callable[[bytes], bytes] | None = None
    ) -> bytes:
        """Return a member's message over the digest of octets that are not inside."""
        return sign_message(
            content=None,
            content_digest=content_digest,
            signer=member.signer,
            certificate=member.certificate,
            chain=(self.world.issuing.certificate,),
            dialect=Dialect.RFC5652,
            detached=True,
            attributes=SignedAttributes(),
            timestamp=timestamp,
        )

    def sign_field(
        self,
        octets: bytes,
        name: str,
        *,
        lock: tuple[str, ...] = (),
        by: Member | None = None,
        timestamp: Callable[[bytes], bytes] | None = None,
        drawing: int | None = None,
    ) -> bytes:
        """Return the file with an approval signature in the field of that name, made when there is none.

        `lock` names the fields it locks (FieldMDP, Include), `drawing` the object that becomes what a field shows.
        """
        member = by or self.world.signer
        placeholder = SignatureObject(
            timestamp=self.world.clock.now(), subfilter=SigSeedSubFilter.PADES, bytes_reserved=ROOM
        )
        protection = SigMDPSetup(
            md_algorithm="sm3",
            field_lock=FieldMDPSpec(action=FieldMDPAction.INCLUDE, fields=list(lock)) if lock else None,
            docmdp_perms=None,
        )
        setup = SigObjSetup(sig_placeholder=placeholder, mdp_setup=protection)
        return _filled(octets, name, drawing, setup, lambda content: self.message(content, member, timestamp))

    def stamp_field(self, octets: bytes, name: str, *, drawing: int | None = None) -> bytes:
        """Return the file with a document time stamp in the field of that name, made when there is none."""
        setup = SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=ROOM))
        return _filled(octets, name, drawing, setup, self.token)

    def token(self, imprint: bytes) -> bytes:
        """Return a time stamp of a digest."""
        authority = self.world.tsa
        return make_token(
            imprint=imprint,
            imprint_algorithm=DigestAlgorithm.SM3,
            serial=2,
            gen_time=self.world.clock.now(),
            policy="1.2.3.4",
            signer=authority.signer,
            certificate=authority.certificate,
        )

    @cached_property
    def licence(self) -> bytes:
        """A licence as we issue it: PDF/A-3, certified with no changes allowed, sealed, stamped, evidence inside."""
        with TemporaryDirectory() as folder:
            octets = page(Path(folder), licence_data())
        return sign_sample(self.world, octets)

    @cached_property
    def stamped_licence(self) -> bytes:
        """The licence after years: more evidence, and a document time stamp."""
        return add_document_stamp(self.world, add_evidence(self.licence, self.world.crl(number=7).der))

    @cached_property
    def contract(self) -> bytes:
        return self.approve(documents.contract())

    @cached_property
    def unstamped(self) -> bytes:
        """The contract without a time stamp."""
        return self.approve(documents.contract(), timestamp=None)

    @cached_property
    def roomy(self) -> bytes:
        """The contract in a gap with room for other messages."""
        return self.sign_field(documents.contract(), "Signature1")

    @cached_property
    def rsa_contract(self) -> bytes:
        return self.approve(documents.contract(), by=self.world.issue("rsa", kind=KeyKind.RSA))

    @cached_property
    def ec_contract(self) -> bytes:
        return self.approve(documents.contract(), by=self.world.issue("ec", kind=KeyKind.EC_P256))

    @cached_property
    def second_signer(self) -> Member:
        return self.world.issue("second signer")

    @cached_property
    def countersigned(self) -> bytes:
        """The contract signed by a second party beside the first."""
        return self.approve(self.contract, by=self.second_signer, number=2)

    @cached_property
    def thrice(self) -> bytes:
        return self.approve(self.countersigned, by=self.world.issue("third", kind=KeyKind.EC_P256), number=3)

    @cached_property
    def certified(self) -> bytes:
        """A contract certified with no changes allowed."""
        return self.certify(documents.contract(), CertificationLevel.NO_CHANGES)

    @cached_property
    def form(self) -> bytes:
        """A form certified for filling in (P=2)."""
        return self.certify(documents.form(), CertificationLevel.FORM_FILLING)

    @cached_property
    def sealed_form(self) -> bytes:
        """A form certified with no changes allowed."""
        return self.certify(documents.form(), CertificationLevel.NO_CHANGES)

    @cached_property
    def annotated_form(self) -> bytes:
        """A form certified for filling in and annotating (P=3)."""
        return self.certify(documents.form(), CertificationLevel.ANNOTATIONS)

    @cached_property
    def approved_form(self) -> bytes:
        """A form with an approval signature and no certification: nobody said that it may be filled in later."""
        return self.approve(documents.form())

    @cached_property
    def locked_form(self) -> bytes:
        """A form whose signer locked the amount."""
        return self.sign_field(documents.form(), "Locking", lock=("amount",))

    @cached_property
    def certified_and_locked(self) -> bytes:
        """A form certified for filling in, then signed with a lock on the amount."""
        return self.sign_field(self.form, "Locking", lock=("amount",), by=self.second_signer)

    @cached_property
    def prepared(self) -> bytes:
        """A contract as an attacker hands it to the signer: the shadow document is inside, and out of sight."""
        return self.approve(documents.prepared_contract())

    @cached_property
    def stamped_only(self) -> bytes:
        """A contract nobody signed, with a document time stamp."""
        authority = self.world.issuing.der
        return add_document_stamp(
            self.world,
            update(documents.contract(), lambda writer: write_evidence(writer, (authority,), ())),
        )

    @cached_property
    def revoked_contract(self) -> bytes:
        return self.approve(documents.contract(), by=self.world.revoked)

    def signed_times(self, count: int, *, backwards: bool = False) -> bytes:
        """Return a contract signed `count` times in fields that were there before; `backwards` fills the last one first."""
        octets = update(documents.contract(), lambda writer: _add_fields(writer, count))
        order = range(count, 0, -1) if backwards else range(1, count + 1)
        for number in order:
            octets = self.sign_field(
                octets, f"Party{number:02}", by=self.world.signer if number % 2 else self.second_signer
            )
        return octets


def _filled(octets: bytes, name: str, drawing: int | None, setup: SigObjSetup, sign: Callable[[bytes], bytes]) -> bytes:
    writer = PlainWriter(BytesIO(octets))
    if drawing is not None:
        _draw(writer, name, drawing)
    embedder = PdfCMSEmbedder().write_cms(name, writer)
    next(embedder)
    embedder.send(setup)
    prepared, output = embedder.send(SigIOSetup(md_algorithm="sm3"))
    prepared.fill_with_cms(output, sign(prepared.document_digest))
    return bytes(output.getvalue())


def _draw(writer: IncrementalPdfFileWriter, name: str, drawing: int) -> None:
    _, _, reference = next(iter(enumerate_sig_fields(writer, with_name=name)))
    field = reference.get_object()
    normal = DictionaryObject({pdf_name("/N"): IndirectObject(drawing, 0, writer)})
    field[pdf_name("/AP")] = normal
    writer.update_container(field)


def _add_fields(writer: IncrementalPdfFileWriter, count: int) -> None:
    for number in range(1, count + 1):
        append_signature_field(writer, SigFieldSpec(f"Party{number:02}"))
