"""Verifying one signer of a signed message: digest, attributes, certificate named, signature. Says nothing of trust.

    message = parse_signed_message(octets)
    signer = verify_signer(message, 0, content=None)
    signer.certificate.subject, signer.timestamp_tokens

Order of acts: RFC 5652 5.4 to 5.6. What is signed: without attributes the content octets themselves, with attributes the
DER of their SET OF; SM2 puts Z before either inside `verify_signature` (GB/T 35275; facts of CFCA and e-licence files).
"""

from __future__ import annotations

import hmac
from dataclasses import InitVar, dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.attributes import (
    DATA_TYPES,
    claimed_signing_time,
    refuse_attributes_as_content,
    require_consistent_attributes,
)
from trustkit.cms.content import ContentDigests
from trustkit.cms.model import Deviation, Dialect
from trustkit.cms.signer_certificate import embedded_certificates, find_candidates
from trustkit.cms.signing_certificate import match_signing_certificate
from trustkit.crypto.digest import DigestAlgorithm, digest_from_oid
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite, suite_from_algorithm
from trustkit.crypto.verify import verify_signature
from trustkit.encoding import der
from trustkit.encoding.der_write import set_of
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate  # noqa: TC001 - a field type of a public dataclass

if TYPE_CHECKING:
    from trustkit.cms.model import SignedMessage, SignerInfo

MAX_BARE_WORK: Final = (
    128 * 1024 * 1024
)  # octets: a signature without attributes digests the content anew for each signer
_RAW_SIGNATURE: Final = 64
_MADE_HERE: Final = object()


@unique
class SignatureForm(StrEnum):
    """The shape of a verified signature."""

    CADES = "cades"  # RFC 5652 with the signing certificate bound by hash (EN 319 122-1)
    CMS = "cms"
    GBT35275 = "gbt35275"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSigner:
    """A signature that holds under `certificate`; whether that certificate is trusted is not said. Made only here.

    Attributes:
        claimed_signing_time: what the signer says, proved by nobody.
        timestamp_tokens: signature time stamps found (DER), unverified; their imprint is over `signature`.
        content_digest: digest of the content by `digest_algorithm`.
        certificate_bound: whether a signing-certificate attribute of version 2 binds the certificate.
        certificates: readable certificates of the message, for path building.
        notes: `Deviation` names of the message and this signer.
    """

    index: int
    certificate: Certificate
    form: SignatureForm
    digest_algorithm: DigestAlgorithm
    suite: SignatureSuite
    signature: bytes = field(repr=False)
    content_digest: bytes
    claimed_signing_time: datetime | None
    timestamp_tokens: tuple[bytes, ...] = field(repr=False)
    certificate_bound: bool
    certificates: tuple[Certificate, ...] = field(repr=False)
    notes: tuple[str, ...]
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedSigner comes from verify_signer"
            raise TypeError(message)


def verify_signer(
    message: SignedMessage,
    index: int,
    *,
    content: bytes | ContentDigests | None,
    extra_certificates: tuple[Certificate, ...] = (),
) -> VerifiedSigner:
    """Return the verified signer number `index` (from 0) of a message.

    `content` is what a detached signature covers; for an attached one it is None, or the same octets once more.
    `extra_certificates` are searched after those inside the message.

    Raises:
        TrustError: INPUT_TOO_LARGE (see `MAX_BARE_WORK`); CMS_NO_SIGNER (no such index); CMS_CONTENT_MISSING; CMS_CONTENT_TWICE (content differs from that inside);
            CMS_NO_CERTIFICATE; CMS_ATTRIBUTES; CMS_DIGEST_MISMATCH; ALGORITHM_WEAK, ALGORITHM_UNKNOWN,
            ALGORITHM_MISMATCH; KEY_*; SIGNATURE_MALFORMED, also for raw r‖s; SIGNATURE_WRONG and its diagnoses.
    """
    if not 0 <= index < len(message.signers):
        raise TrustError(ErrorCode.CMS_NO_SIGNER, "no such signer", index=index, signers=len(message.signers))
    signer = message.signers[index]
    digest_algorithm = digest_from_oid(signer.digest_oid)
    covered = _covered(message, content)
    content_digest = covered.digest(digest_algorithm)
    attribute_notes: tuple[str, ...] = ()
    if signer.signed_attributes is not None:
        attribute_notes = require_consistent_attributes(message, signer, content_digest)
    elif message.content_type not in DATA_TYPES:
        # RFC 5652 5.3: signedAttrs "MUST be present if the content type … is not id-data"
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, "content other than data needs signed attributes")
    else:
        if len(message.signers) * covered.size > MAX_BARE_WORK:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "several signers over large content", limit=MAX_BARE_WORK)
        refuse_attributes_as_content(covered.octets())
    claimed_time = claimed_signing_time(signer)
    embedded, unreadable = embedded_certificates(message)
    candidates, issuer_notes = find_candidates(signer, (*embedded, *extra_certificates))
    found = _first_that_holds(signer, candidates, digest_algorithm, covered)
    notes = (*message.notes, *signer.notes, *attribute_notes, *unreadable, *issuer_notes, *found.notes)
    return VerifiedSigner(
        index=index,
        certificate=found.certificate,
        form=_form(message.dialect, bound=found.bound),
        digest_algorithm=digest_algorithm,
        suite=found.suite,
        signature=signer.signature,
        content_digest=content_digest,
        claimed_signing_time=claimed_time,
        timestamp_tokens=signer.unsigned_attributes.get(oids.SIGNATURE_TIME_STAMP, ()),
        certificate_bound=found.bound,
        certificates=embedded,
        notes=tuple(dict.fromkeys(notes)),
        made_here=_MADE_HERE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holding:
    """The candidate under which the signature holds."""

    certificate: Certificate
    suite: SignatureSuite
    bound: bool
    notes: tuple[str, ...]


def _covered(message: SignedMessage, content: bytes | ContentDigests | None) -> ContentDigests:
    if message.content is None or message.attached is None:
        if content is None:
            raise TrustError(ErrorCode.CMS_CONTENT_MISSING, "a detached signature, and what it covers was not given")
        return content if isinstance(content, ContentDigests) else ContentDigests(content)
    if content is not None:
        given = content.octets() if isinstance(content, ContentDigests) else content
        if not hmac.compare_digest(given, message.content):
            raise TrustError(ErrorCode.CMS_CONTENT_TWICE, "content inside the message and other content beside it")
    return message.attached


def _form(dialect: Dialect, *, bound: bool) -> SignatureForm:
    if dialect is Dialect.GBT35275:
        return SignatureForm.GBT35275
    return SignatureForm.CADES if bound else SignatureForm.CMS


def _first_that_holds(
    signer: SignerInfo,
    candidates: tuple[Certificate, ...],
    digest_algorithm: DigestAlgorithm,
    covered: ContentDigests,
) -> _Holding:
    """Try each candidate honestly; when none holds, raise the refusal of the first."""
    refusal: TrustError | None = None
    for certificate in candidates:
        try:
            return _hold(signer, certificate, digest_algorithm, covered)
        except TrustError as error:
            refusal = refusal or error
    raise refusal or TrustError(ErrorCode.CMS_NO_CERTIFICATE, "no candidate")


def _hold(
    signer: SignerInfo, certificate: Certificate, digest_algorithm: DigestAlgorithm, covered: ContentDigests
) -> _Holding:
    key = certificate.public_key
    suite = suite_from_algorithm(signer.signature_oid, signer.signature_parameters, digest=digest_algorithm, key=key)
    if digest_algorithm not in suite.message_digests:
        # GB/T 35275 and RFC 5754 alike: the digest of the SignerInfo is the one inside the signature algorithm. RFC 8419 and
        # RFC 9882 say which ones go with an algorithm that hashes by itself.
        raise TrustError(
            ErrorCode.ALGORITHM_MISMATCH,
            "digest and signature algorithm do not belong together",
            digest=digest_algorithm.value,
            suite=suite.value,
        )
    bound = match_signing_certificate(signer, certificate)
    notes: tuple[str, ...] = ()
    if oids.SIGNING_CERTIFICATE in signer.attributes:
        notes = (Deviation.SIGNING_CERTIFICATE_SHA1,)
    signed = covered.octets() if signer.signed_attributes is None else signer.signed_attributes
    try:
        verify_signature(suite=suite, key=key, message=signed, signature=signer.signature)
    except TrustError as error:
        if error.code is ErrorCode.SIGNATURE_MALFORMED and key.kind is KeyKind.SM2:
            _name_raw_form(signer.signature)
        if Deviation.ATTRIBUTES_UNSORTED not in signer.notes:
            raise
        # RFC 5652 5.4: what is signed is the DER encoding, whatever order was transmitted. The set is the same.
        verify_signature(suite=suite, key=key, message=_in_der_order(signed), signature=signer.signature)
        notes = (*notes, Deviation.ATTRIBUTES_RESORTED)
    return _Holding(certificate=certificate, suite=suite, bound=bound, notes=notes)


def _name_raw_form(signature: bytes) -> None:
    if len(signature) == _RAW_SIGNATURE:
        raise TrustError(
            ErrorCode.SIGNATURE_MALFORMED, "raw r‖s of 64 octets where GB/T 35276 wants a DER SEQUENCE", octets=64
        )


def _in_der_order(signed: bytes) -> bytes:
    outer = der.read_tlv(signed, 0, len(signed))
    return set_of(*(der.octets(signed, item) for item in der.children(signed, outer)))
