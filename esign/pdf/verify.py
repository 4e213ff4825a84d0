"""Verifying a PDF signature: the byte range, the signature over it in whichever of the three forms, then later changes.

    pdf = read_pdf(octets)
    intact = verify_pdf_signature(pdf, pdf.signatures[0])
    intact.octets.certificate, intact.octets.form, intact.changes.kind

`verify_signed_octets` proves who signed which octets; `require_unchanged` refuses a file that shows something else since.
`verify_pdf_signature` is both, and what a caller wants who needs one answer. Nothing here says whether a certificate is
trusted. The checks every form needs (ISO 32000-1 12.8.1): the byte range is [0 a b c], its gap is exactly the
hexadecimal string of /Contents, and after the signature that string holds zeros only.
"""

from __future__ import annotations

import binascii
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from esign.pdf.model import ChangeKind, SignatureForm
from esign.seal.read import parse_seal_signature
from esign.seal.verify import verify_seal_signature
from trustkit.cms.attributes import DATA_TYPES
from trustkit.cms.content import ContentDigests
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import verify_signer
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from datetime import datetime

    from esign.pdf.model import Changes, UnverifiedPdf, UnverifiedPdfSignature
    from esign.seal.verify import IntactSealSignature
    from trustkit.cms.verify import VerifiedSigner
    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.timestamp.verify import VerifiedToken
    from trustkit.x509.certificate import Certificate

_MADE_HERE: Final = object()
_PARTS: Final = 4
_PADES_SUB_FILTER: Final = "ETSI.CAdES.detached"
_KNOWN_SUB_FILTERS: Final = frozenset({_PADES_SUB_FILTER, "adbe.pkcs7.detached"})  # of a message, table 257
_SHA1_SUB_FILTERS: Final = frozenset({"adbe.pkcs7.sha1", "adbe.x509.rsa_sha1"})  # ISO 32000-2 12.8.3: deprecated


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOctets:
    """Proof that `certificate`'s key signed the byte range; what a later revision shows is not said. Made only here.

    Attributes:
        form: ``pades``, ``cms``, ``gbt35275``, ``ses-v1``, ``ses-v4``, ``ses-v5`` or ``rfc3161``.
        claimed_time: the signer's word, from the signed attributes or the seal signature, else /M; a document time stamp's
            own time for ``rfc3161``.
        timestamp_tokens: DER of the tokens that stamp the signature value, unverified unless `token` or the seal
            signature holds them verified.
        signer, seal_signature, token: the details; exactly one is set.
        certificates: what the signature brings for building a path.
    """

    signature: UnverifiedPdfSignature
    form: str
    certificate: Certificate
    digest_algorithm: DigestAlgorithm
    suite: SignatureSuite
    signature_value: bytes = field(repr=False)
    claimed_time: datetime | None
    timestamp_tokens: tuple[bytes, ...] = field(default=(), repr=False)
    certificates: tuple[Certificate, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    signer: VerifiedSigner | None = None
    seal_signature: IntactSealSignature | None = None
    token: VerifiedToken | None = None
    notes: tuple[str, ...] = ()
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "SignedOctets come from verify_signed_octets"
            raise TypeError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntactPdfSignature:
    """A signature over octets that no later revision changes beyond what it allows. Trust is not said. Made only here."""

    octets: SignedOctets
    changes: Changes
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "an IntactPdfSignature comes from verify_pdf_signature"
            raise TypeError(message)


def verify_pdf_signature(pdf: UnverifiedPdf, signature: UnverifiedPdfSignature) -> IntactPdfSignature:
    """Return who signed the file and that it still shows what was signed.

    Raises:
        TrustError: what `verify_signed_octets` raises, then PDF_CHANGED.
    """
    return require_unchanged(verify_signed_octets(pdf, signature))


def require_unchanged(octets: SignedOctets) -> IntactPdfSignature:
    """Return the proof completed. Raise PDF_CHANGED when later revisions hold more than the signature allows."""
    changes = octets.signature.later_changes
    if changes.kind is ChangeKind.FORBIDDEN:
        raise TrustError(ErrorCode.PDF_CHANGED, changes.detail)
    return IntactPdfSignature(octets=octets, changes=changes, made_here=_MADE_HERE)


def verify_signed_octets(pdf: UnverifiedPdf, signature: UnverifiedPdfSignature) -> SignedOctets:
    """Return who signed the octets of the signature's byte range.

    Raises:
        TrustError: PDF_BYTE_RANGE; PDF_SIGNATURE_FORM for a syntax nobody here knows; ALGORITHM_WEAK for the SHA-1
            sub-filters; and by form what `trustkit.cms`, `esign.seal` and `trustkit.timestamp` raise.
    """
    if signature.sub_filter in _SHA1_SUB_FILTERS:
        raise TrustError(
            ErrorCode.ALGORITHM_WEAK, "the sub-filter signs through SHA-1", sub_filter=signature.sub_filter
        )
    if signature.form is SignatureForm.UNKNOWN:
        raise TrustError(
            ErrorCode.PDF_SIGNATURE_FORM, "neither a signed message nor a seal", sub_filter=signature.sub_filter[:64]
        )
    covered = covered_octets(pdf, signature)
    if signature.form is SignatureForm.SES:
        return _seal(signature, covered)
    if signature.form is SignatureForm.RFC3161:
        return _document_stamp(signature, covered)
    return _message(signature, covered)


def require_in_place(pdf: UnverifiedPdf, signature: UnverifiedPdfSignature) -> None:
    """Raise PDF_BYTE_RANGE unless a signature lies in the file where its byte range leaves the gap, whatever it is worth."""
    covered_octets(pdf, signature)


def covered_octets(pdf: UnverifiedPdf, signature: UnverifiedPdfSignature) -> ContentDigests:
    """Return the octets of the byte range once its gap is proved to be /Contents. Raise PDF_BYTE_RANGE."""
    data, numbers = pdf.data, signature.byte_range
    if len(numbers) != _PARTS or numbers[0] != 0:
        raise TrustError(ErrorCode.PDF_BYTE_RANGE, "not of the form [0 a b c]")
    _, start, end, rest = numbers
    if not 0 < start < end - 1 or end + rest > len(data):
        raise TrustError(ErrorCode.PDF_BYTE_RANGE, "the ranges overlap, or run past the end of the file")
    if data[start] != ord("<") or data[end - 1] != ord(">"):
        raise TrustError(ErrorCode.PDF_BYTE_RANGE, "the gap is not exactly one hexadecimal string")
    try:
        gap = binascii.unhexlify(data[start + 1 : end - 1])
    except binascii.Error as error:
        raise TrustError(ErrorCode.PDF_BYTE_RANGE, "the gap holds more than hexadecimal digits") from error
    if gap != signature.contents + signature.padding:
        raise TrustError(ErrorCode.PDF_BYTE_RANGE, "the gap is not the signature's /Contents")
    if signature.padding.strip(b"\0"):
        raise TrustError(ErrorCode.PDF_BYTE_RANGE, "octets other than zero follow the signature inside /Contents")
    octets = memoryview(data)  # a slice of it copies nothing: files are large
    return ContentDigests(octets[:start], octets[end : end + rest])


def _message(signature: UnverifiedPdfSignature, covered: ContentDigests) -> SignedOctets:
    """Forms A and B: RFC 5652 (PAdES by its sub-filter, EN 319 142-1 5.3) and GB/T 35275."""
    message = parse_signed_message(signature.contents)
    if len(message.signers) != 1:
        # ISO 32000-1 12.8.3.3.1: "there shall only be a single signer"
        raise TrustError(ErrorCode.PDF_SIGNATURE_FORM, "not exactly one signer", signers=len(message.signers))
    if message.content is not None:
        raise TrustError(ErrorCode.PDF_SIGNATURE_FORM, "the message holds content, where a PDF's is detached")
    if message.content_type not in DATA_TYPES:
        # octets signed as something else, such as what a time stamp says, were not signed as a document
        raise TrustError(
            ErrorCode.PDF_SIGNATURE_FORM, "the message is about something else than data", oid=message.content_type
        )
    signer = verify_signer(message, 0, content=covered)
    form = "gbt35275" if message.dialect is Dialect.GBT35275 else "cms"
    notes = signer.notes
    if signature.sub_filter not in _KNOWN_SUB_FILTERS:
        notes = (*notes, "sub-filter-unknown")
    if signature.sub_filter == _PADES_SUB_FILTER:
        form = "pades"
        if not signer.certificate_bound:
            notes = (*notes, "signing-certificate-attribute-missing")  # EN 319 142-1 6.3 wants it
    return SignedOctets(
        signature=signature,
        form=form,
        certificate=signer.certificate,
        digest_algorithm=signer.digest_algorithm,
        suite=signer.suite,
        signature_value=signer.signature,
        claimed_time=signer.claimed_signing_time or signature.claimed_time,
        timestamp_tokens=signer.timestamp_tokens,
        certificates=signer.certificates,
        crls=message.crls,
        signer=signer,
        notes=notes,
        made_here=_MADE_HERE,
    )


def _seal(signature: UnverifiedPdfSignature, covered: ContentDigests) -> SignedOctets:
    """Form C: an SES_Signature whose dataHash is the digest of the byte range."""
    parsed = parse_seal_signature(signature.contents)
    intact = verify_seal_signature(parsed, content=covered)
    return SignedOctets(
        signature=signature,
        form=f"ses-v{int(parsed.version)}",
        certificate=intact.certificate,
        digest_algorithm=intact.suite.digest,
        suite=intact.suite,
        signature_value=parsed.signature,
        claimed_time=intact.claimed_time,
        timestamp_tokens=() if parsed.timestamp is None else (parsed.timestamp,),
        seal_signature=intact,
        notes=(*intact.notes, *intact.seal.notes),
        made_here=_MADE_HERE,
    )


def _document_stamp(signature: UnverifiedPdfSignature, covered: ContentDigests) -> SignedOctets:
    """A document time stamp: a token whose imprint is the digest of the byte range (EN 319 142-1 5.4.3)."""
    parsed = parse_token(signature.contents)
    token = verify_token(parsed, imprint=covered.digest(parsed.imprint_algorithm))
    return SignedOctets(
        signature=signature,
        form="rfc3161",
        certificate=token.certificate,
        digest_algorithm=token.imprint_algorithm,
        suite=token.suite,
        signature_value=parsed.message.signers[0].signature,
        claimed_time=token.gen_time,
        certificates=token.certificates,
        crls=token.crls,
        token=token,
        notes=token.notes,
        made_here=_MADE_HERE,
    )
