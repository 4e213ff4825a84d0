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
    require_countersignature_attributes,
)
from trustkit.cms.content import ContentDigests
from trustkit.cms.dialects import Case, ForeignWay, is_digest_with_z, name_foreign_way, refusal_of
from trustkit.cms.model import Deviation, Dialect
from trustkit.cms.raw_signature import accept_raw, is_raw
from trustkit.cms.signer_certificate import embedded_certificates, find_candidates
from trustkit.cms.signer_read import read_countersigner
from trustkit.cms.signing_certificate import match_signing_certificate
from trustkit.crypto.digest import DigestAlgorithm, digest_from_oid
from trustkit.crypto.suites import SignatureSuite, suite_from_algorithm
from trustkit.crypto.verify import verify_signature
from trustkit.encoding import der
from trustkit.encoding.der_write import set_of
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate  # noqa: TC001 - a field type of a public dataclass

if TYPE_CHECKING:
    from trustkit.cms.model import SignedMessage, SignerInfo
    from trustkit.crypto.public_key import PublicKey

MAX_BARE_WORK: Final = (
    128 * 1024 * 1024
)  # octets: a signature without attributes digests the content anew for each signer
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
    accepted: frozenset[str] = frozenset(),
) -> VerifiedSigner:
    """Return the verified signer number `index` (from 0) of a message.

    `content` is what a detached signature covers; for an attached one it is None, or the same octets once more.
    `extra_certificates` are searched after those inside the message. `accepted` names dialects that are refused unless
    asked for (`trustkit.cms.dialects`, ON_REQUEST).

    Raises:
        TrustError: INPUT_TOO_LARGE (see `MAX_BARE_WORK`); CMS_NO_SIGNER (no such index); CMS_CONTENT_MISSING; CMS_CONTENT_TWICE (content differs from that inside);
            CMS_NO_CERTIFICATE; CMS_ATTRIBUTES; CMS_DIGEST_MISMATCH; ALGORITHM_WEAK, ALGORITHM_UNKNOWN,
            ALGORITHM_MISMATCH; KEY_*; SIGNATURE_MALFORMED, also for raw r‖s; SIGNATURE_WRONG and its diagnoses;
            CMS_DIALECT for a foreign way of signing that is recognised.
    """
    if not 0 <= index < len(message.signers):
        raise TrustError(ErrorCode.CMS_NO_SIGNER, "no such signer", index=index, signers=len(message.signers))
    signer = message.signers[index]
    digest_algorithm = digest_from_oid(signer.digest_oid)
    covered = _covered(message, content)
    content_digest = covered.digest(digest_algorithm)
    embedded, unreadable = embedded_certificates(message)
    pool = (*embedded, *extra_certificates)
    attribute_notes: tuple[str, ...] = ()
    if signer.signed_attributes is None:
        _require_bare_content(message, covered)
    else:
        try:
            attribute_notes = require_consistent_attributes(message, signer, content_digest)
        except TrustError as error:
            _name_digest_with_z(error, signer, covered, pool)
            raise
    claimed_time = claimed_signing_time(signer)
    candidates, issuer_notes = find_candidates(signer, pool)
    attempt = _Attempt(
        message=message, signer=signer, digest_algorithm=digest_algorithm, covered=covered, accepted=accepted
    )
    found = _first_that_holds(attempt, candidates)
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


def _require_bare_content(message: SignedMessage, covered: ContentDigests) -> None:
    """Raise unless this content may be signed without attributes: CMS_ATTRIBUTES, INPUT_TOO_LARGE."""
    if message.content_type not in DATA_TYPES:
        # RFC 5652 5.3: signedAttrs "MUST be present if the content type … is not id-data"
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, "content other than data needs signed attributes")
    if len(message.signers) * covered.size > MAX_BARE_WORK:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "several signers over large content", limit=MAX_BARE_WORK)
    refuse_attributes_as_content(covered.octets())


def _form(dialect: Dialect, *, bound: bool) -> SignatureForm:
    if dialect is Dialect.GBT35275:
        return SignatureForm.GBT35275
    return SignatureForm.CADES if bound else SignatureForm.CMS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What is held against each candidate."""

    message: SignedMessage
    signer: SignerInfo
    digest_algorithm: DigestAlgorithm
    covered: ContentDigests
    accepted: frozenset[str] = frozenset()


def _first_that_holds(attempt: _Attempt, candidates: tuple[Certificate, ...]) -> _Holding:
    """Try each candidate honestly; when none holds, raise the refusal of the first."""
    refusal: TrustError | None = None
    for certificate in candidates:
        try:
            return _hold(attempt, certificate)
        except TrustError as error:
            refusal = refusal or error
    raise refusal or TrustError(ErrorCode.CMS_NO_CERTIFICATE, "no candidate")


def _hold(attempt: _Attempt, certificate: Certificate) -> _Holding:
    signer, key = attempt.signer, certificate.public_key
    suite = suite_from_algorithm(
        signer.signature_oid, signer.signature_parameters, digest=attempt.digest_algorithm, key=key
    )
    if attempt.digest_algorithm not in suite.message_digests:
        # GB/T 35275 and RFC 5754 alike: the digest of the SignerInfo is the one inside the signature algorithm. RFC 8419 and
        # RFC 9882 say which ones go with an algorithm that hashes by itself.
        raise TrustError(
            ErrorCode.ALGORITHM_MISMATCH,
            "digest and signature algorithm do not belong together",
            digest=attempt.digest_algorithm.value,
            suite=suite.value,
        )
    bound = match_signing_certificate(signer, certificate)
    notes: tuple[str, ...] = ()
    if oids.SIGNING_CERTIFICATE in signer.attributes:
        notes = (Deviation.SIGNING_CERTIFICATE_SHA1,)
    signed = attempt.covered.octets() if signer.signed_attributes is None else signer.signed_attributes
    signature = signer.signature
    if is_raw(key, signature):
        signature = accept_raw(signature, attempt.accepted)
        notes = (*notes, Deviation.RAW_SIGNATURE)
    try:
        verify_signature(suite=suite, key=key, message=signed, signature=signature)
    except TrustError as error:
        if Deviation.ATTRIBUTES_UNSORTED in signer.notes and _holds_in_der_order(suite, key, signed, signature):
            # RFC 5652 5.4: what is signed is the DER encoding, whatever order was transmitted. The set is the same.
            return _Holding(
                certificate=certificate, suite=suite, bound=bound, notes=(*notes, Deviation.ATTRIBUTES_RESORTED)
            )
        if error.code is ErrorCode.SIGNATURE_WRONG:
            case = Case(message=attempt.message, signer=signer, covered=attempt.covered, key=key, suite=suite)
            way = name_foreign_way(case)
            if way is not None:
                raise refusal_of(way) from error
        raise
    return _Holding(certificate=certificate, suite=suite, bound=bound, notes=notes)


def _holds_in_der_order(suite: SignatureSuite, key: PublicKey, signed: bytes, signature: bytes) -> bool:
    try:
        verify_signature(suite=suite, key=key, message=_in_der_order(signed), signature=signature)
    except TrustError:
        return False
    return True


def _name_digest_with_z(
    error: TrustError, signer: SignerInfo, covered: ContentDigests, pool: tuple[Certificate, ...]
) -> None:
    """Name a messageDigest that has Z in it, where that is why it differs; else return."""
    if error.code is not ErrorCode.CMS_DIGEST_MISMATCH:
        return
    value = signer.attributes[oids.MESSAGE_DIGEST][0]
    claimed = der.content(value, der.read_tlv(value, 0, len(value)))
    try:
        candidates, _ = find_candidates(signer, pool)
        with_z = any(is_digest_with_z(claimed, covered, each.public_key) for each in candidates)
    except TrustError:
        return
    if with_z:
        raise refusal_of(ForeignWay.DIGEST_WITH_Z) from error


def _in_der_order(signed: bytes) -> bytes:
    outer = der.read_tlv(signed, 0, len(signed))
    return set_of(*(der.octets(signed, item) for item in der.children(signed, outer)))


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCountersigner:
    """A countersignature that holds under `certificate` (RFC 5652 11.4): somebody saw the signature. Made only here."""

    certificate: Certificate
    suite: SignatureSuite
    claimed_signing_time: datetime | None
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedCountersigner comes from verify_countersignature"
            raise TypeError(message)


def verify_countersignature(
    message: SignedMessage, index: int, number: int, *, extra_certificates: tuple[Certificate, ...] = ()
) -> VerifiedCountersigner:
    """Return countersignature `number` of signer `index`, which holds over that signer's signature value.

    Raises:
        TrustError: CMS_NO_SIGNER (no such one); CMS_ATTRIBUTES (contentType, which is not allowed; messageDigest missing);
            what `verify_signer` raises.
    """
    signer = message.signers[index] if 0 <= index < len(message.signers) else None
    values = () if signer is None else signer.unsigned_attributes.get(oids.COUNTERSIGNATURE, ())
    if signer is None or not 0 <= number < len(values):
        raise TrustError(ErrorCode.CMS_NO_SIGNER, "no such countersignature", index=index, number=number)
    found = read_countersigner(values[number], message.dialect)
    digest_algorithm = digest_from_oid(found.digest_oid)
    covered = ContentDigests(signer.signature)
    if found.signed_attributes is not None:
        require_countersignature_attributes(found, covered.digest(digest_algorithm))
    embedded, _ = embedded_certificates(message)
    candidates, _ = find_candidates(found, (*embedded, *extra_certificates))
    attempt = _Attempt(message=message, signer=found, digest_algorithm=digest_algorithm, covered=covered)
    holding = _first_that_holds(attempt, candidates)
    return VerifiedCountersigner(
        certificate=holding.certificate,
        suite=holding.suite,
        claimed_signing_time=claimed_signing_time(found),
        made_here=_MADE_HERE,
    )
