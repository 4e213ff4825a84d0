"""Signed attributes held against the message: content type, digest, algorithms, claimed time (RFC 5652 clause 11)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.fields import Fields, read_algorithm
from trustkit.cms.model import Deviation
from trustkit.encoding import der
from trustkit.encoding.der_write import oid
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.cms.model import SignedMessage, SignerInfo

_SIGNATURE_PROTECTED: Final = 0xA1  # [1]; a MAC would be [2]
MAX_PROTECTION_SIZE: Final = 4 * 1024  # two algorithm identifiers
DATA_TYPES: Final = frozenset({oids.DATA, oids.GBT_DATA})
_SET_OCTET: Final = bytes((der.SET,))
_MESSAGE_DIGEST_OID: Final = oid(oids.MESSAGE_DIGEST)
_LOOK: Final = 64 * 1024  # an attribute set is far smaller, and contents may be large


def require_consistent_attributes(message: SignedMessage, signer: SignerInfo, content_digest: bytes) -> tuple[str, ...]:
    """Hold contentType, messageDigest and algorithm protection against what they speak of; return notes.

    `content_digest` is the digest of the content by the signer's digest algorithm, without Z in the case of SM3
    (RFC 5652 5.4; GB/T 35275 likewise).

    Raises:
        TrustError: CMS_ATTRIBUTES when one of the two mandatory attributes is missing, repeated, of several values, or
            names another type; CMS_DIGEST_MISMATCH; ALGORITHM_MISMATCH (RFC 6211).
    """
    content_type = der.decode_oid(_single(signer, oids.CONTENT_TYPE, der.OID, "contentType"))
    notes: tuple[str, ...] = ()
    if content_type != message.content_type:
        # NOTE: writers of real e-licences name data by the PKCS#7 OID inside and by the GB/T 35275 OID in the attribute.
        # Both mean octets without structure, so nothing can be taken for something else.
        if not {content_type, message.content_type} <= DATA_TYPES:
            raise TrustError(ErrorCode.CMS_ATTRIBUTES, "contentType attribute names another type", found=content_type)
        notes = (Deviation.CONTENT_TYPE_SPELLING,)
    claimed = _single(signer, oids.MESSAGE_DIGEST, der.OCTET_STRING, "messageDigest")
    if not hmac.compare_digest(claimed, content_digest):
        raise TrustError(ErrorCode.CMS_DIGEST_MISMATCH, "messageDigest is not the digest of the content")
    if oids.ALGORITHM_PROTECTION in signer.attributes:
        _require_protected_algorithms(signer)
    return notes


def require_countersignature_attributes(signer: SignerInfo, signature_digest: bytes) -> None:
    """Hold a countersignature's messageDigest against the signature it covers (RFC 5652 11.4: and no contentType).

    Raises:
        TrustError: CMS_ATTRIBUTES, CMS_DIGEST_MISMATCH.
    """
    if oids.CONTENT_TYPE in signer.attributes:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, "a countersignature has no contentType")
    claimed = _single(signer, oids.MESSAGE_DIGEST, der.OCTET_STRING, "messageDigest")
    if not hmac.compare_digest(claimed, signature_digest):
        raise TrustError(ErrorCode.CMS_DIGEST_MISMATCH, "messageDigest is not the digest of the signature")


def refuse_attributes_as_content(octets: bytes) -> None:
    """Refuse content that is itself a set of signed attributes, when the signer has none.

    Such content would let a signature over attributes be shown as one over content: RFC 5652 signs both alike and
    marks neither. Raise CMS_ATTRIBUTES.
    """
    if octets[:1] != _SET_OCTET or _MESSAGE_DIGEST_OID not in octets[:_LOOK]:
        return
    try:
        whole = der.read_tlv(octets, 0, len(octets)).end == len(octets)
    except TrustError:
        return
    if whole:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, "the content is the signed attributes of another signature")


def claimed_signing_time(signer: SignerInfo) -> datetime | None:
    """Return the time the signer claims (RFC 5652 11.3), None without the attribute. Raise CMS_ATTRIBUTES."""
    if oids.SIGNING_TIME not in signer.attributes:
        return None
    value = single_value(signer, oids.SIGNING_TIME, "signingTime")
    element = der.read_tlv(value, 0, len(value))
    try:
        return der.decode_time(element.tag, der.content(value, element))
    except TrustError as error:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, "signingTime is no time") from error


def single_value(signer: SignerInfo, dotted: str, name: str) -> bytes:
    """Return the only value (DER) of a signed attribute that must be there once. Raise CMS_ATTRIBUTES."""
    values = signer.attributes.get(dotted, ())
    if len(values) != 1:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, f"{name} must be there once, with one value", values=len(values))
    return values[0]


def _single(signer: SignerInfo, dotted: str, tag: int, name: str) -> bytes:
    value = single_value(signer, dotted, name)
    element = der.read_tlv(value, 0, len(value))
    if element.tag != tag:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, f"{name} has tag {element.tag:#04x}")
    return der.content(value, element)


def _require_protected_algorithms(signer: SignerInfo) -> None:
    """CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, signatureAlgorithm [1] … } (RFC 6211 2)."""
    value = single_value(signer, oids.ALGORITHM_PROTECTION, "algorithm protection")
    fields = Fields(
        value, der.parse_strict(value, max_size=MAX_PROTECTION_SIZE), "algorithm protection", ErrorCode.CMS_ATTRIBUTES
    )
    digest = fields.algorithm("digestAlgorithm")
    signature = read_algorithm(
        value, fields.take(_SIGNATURE_PROTECTED, "signatureAlgorithm"), "signatureAlgorithm", ErrorCode.CMS_ATTRIBUTES
    )
    fields.finish()
    if digest.oid != signer.digest_oid or signature.oid != signer.signature_oid:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "the signed algorithms are not those of the SignerInfo")
