"""Where a document carries a licence's metadata: the attachment ``licence.json``, of a PDF or of an OFD alike.

carried = carried_licence(document)
carried.metadata          # the octets of the only copy, None when there is none or more than one
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.capsule.model import UnverifiedCapsule
from esign.capsule.verify import verify_capsule
from esign.credential.model import UnverifiedSdJwt
from esign.ofd.model import UnverifiedOfd, UnverifiedOfdSignature
from esign.ofd.verify import FileDigests, IntactOfdSignature, verify_ofd_signature
from esign.pdf.model import UnverifiedPdf
from esign.pdf.verify import verify_signed_octets
from trustkit.errors import TrustError
from trustkit.jose.verify import verify_jws
from trustkit.x509.certificate import seen_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esign.ofd.model import OfdAttachment
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate

METADATA: Final = "licence.json"
MAX_METADATA: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedLicence:
    """Every attachment called `METADATA`, as octets; `unread` says why some may be missing, empty when all were read.

    `said` are the metadata of what holds them in another form than JSON: a capsule.
    """

    copies: tuple[bytes, ...] = field(default=(), repr=False)
    unread: str = ""
    said: Mapping[str, JsonValue] | None = field(default=None, repr=False)

    @property
    def is_any(self) -> bool:
        """Tell whether there are metadata at all."""
        return bool(self.copies) or self.said is not None

    @property
    def metadata(self) -> bytes | None:
        """Return the only copy, None when there is none or more than one."""
        return self.copies[0] if len(self.copies) == 1 else None


def carried_licence(document: object) -> CarriedLicence:
    """Return the metadata a document carries; nothing of one that is no PDF, OFD, credential or capsule."""
    match document:
        case UnverifiedPdf():
            copies = tuple(each.data for each in document.attachments if each.name == METADATA)
            unread = document.attachments_unread
            return CarriedLicence(copies=copies, unread=unread.detail if unread is not None else "")
        case UnverifiedOfd():
            return _in_ofd(document)
        case UnverifiedSdJwt():
            return CarriedLicence(copies=(document.jws.payload,))
        case UnverifiedCapsule():
            return CarriedLicence(said=document.content.metadata())
        case _:
            return CarriedLicence()


def _in_ofd(ofd: UnverifiedOfd) -> CarriedLicence:
    if ofd.attachments_unread is not None:
        return CarriedLicence(unread=ofd.attachments_unread.detail)
    copies = []
    for each in ofd.attached(METADATA):
        if each.file is None or ofd.package.size(each.file) > MAX_METADATA:
            return CarriedLicence(unread=f"{METADATA} is missing in the package, or larger than any")
        try:
            copies.append(ofd.package.octets(each.file))
        except TrustError as error:
            return CarriedLicence(unread=error.detail)
    return CarriedLicence(copies=tuple(copies))


def covers_metadata(ofd: UnverifiedOfd, intact: IntactOfdSignature) -> bool:
    """Whether a signature covers each attached `METADATA` and the list that calls it so."""
    return all(_is_covered(each, intact.covered) for each in ofd.attached(METADATA))


def _is_covered(attachment: OfdAttachment, covered: frozenset[str]) -> bool:
    return attachment.file in covered and attachment.listed_in in covered


def vouchers(document: object) -> Iterator[Certificate]:
    """Yield the certificates of intact signatures that cover the metadata. A time stamp vouches for no licence."""
    match document:
        case UnverifiedPdf():
            yield from _of_pdf(document)
        case UnverifiedOfd() if document.attached(METADATA):
            yield from _of_ofd(document)
        case UnverifiedSdJwt():
            yield from _of_credential(document)
        case UnverifiedCapsule():
            yield from _of_capsule(document)
        case _:
            return


def _of_pdf(pdf: UnverifiedPdf) -> Iterator[Certificate]:
    attachment = pdf.attachment(METADATA)
    for signature in pdf.signatures:
        if attachment is None or not attachment.is_signed_by(signature):
            continue
        try:
            octets = verify_signed_octets(pdf, signature)
        except TrustError:
            continue
        if octets.token is None:
            yield octets.certificate


def _of_credential(credential: UnverifiedSdJwt) -> Iterator[Certificate]:
    """Yield the issuer's certificate when its key signed the claims, the status reference among them."""
    for der in credential.jws.certificates[:1]:
        try:
            certificate = seen_certificate(der)
            verify_jws(credential.jws, certificate.public_key)
        except TrustError:
            continue
        yield certificate


def _of_capsule(capsule: UnverifiedCapsule) -> Iterator[Certificate]:
    """Yield the certificate a capsule carries when its key signed it, the status reference with it."""
    for der in capsule.certificates[:1]:
        try:
            yield verify_capsule(capsule, seen_certificate(der)).certificate
        except TrustError:
            continue


def _of_ofd(ofd: UnverifiedOfd) -> Iterator[Certificate]:
    digests = FileDigests(ofd.package)
    for signature in ofd.signatures:
        if not isinstance(signature, UnverifiedOfdSignature):
            continue
        try:
            intact = verify_ofd_signature(ofd, signature, digests=digests)
        except TrustError:
            continue
        if covers_metadata(ofd, intact):
            yield intact.certificate
