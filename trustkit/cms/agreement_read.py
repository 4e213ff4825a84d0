"""KeyAgreeRecipientInfo from octets (RFC 5652 6.2.2, RFC 5753 3.1); part of `trustkit.cms.envelope_read`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.cms.envelope_model import AgreementTerms, Recipient, RecipientKind
from trustkit.cms.fields import Fields, elements
from trustkit.cms.signer_read import read_issuer_and_serial
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.cms.model import AlgorithmIdentifier
    from trustkit.encoding.der import Tlv

MAX_TERMS: Final = 1024  # octets of a point or of the sender's contribution
_CONTEXT_0, _CONTEXT_1 = 0xA0, 0xA1


def read_agreement(octets: bytes, element: Tlv, limit: int) -> tuple[Recipient, ...]:
    """Return the recipients of one agreement, at most `limit`. Raise CMS_MALFORMED, DER_MALFORMED, DER_NOT_DER."""
    fields = Fields(octets, element, "KeyAgreeRecipientInfo")
    fields.integer("version")
    point = _originator(octets, fields.take(_CONTEXT_0, "originator"))
    ukm = None
    if (found := fields.optional(_CONTEXT_1)) is not None:
        wrapper = Fields(octets, found, "ukm")
        ukm = wrapper.octet_string("ukm")
        wrapper.finish()
    algorithm = fields.algorithm("keyEncryptionAlgorithm")
    keys = elements(octets, fields.take(der.SEQUENCE, "recipientEncryptedKeys"), limit, "recipientEncryptedKeys")
    fields.finish()
    if max(len(point), len(ukm or b"")) > MAX_TERMS:
        raise TrustError(ErrorCode.CMS_MALFORMED, "key agreement terms are too long", limit=MAX_TERMS)
    terms = AgreementTerms(point=point, ukm=ukm, wrap=_wrap_of(algorithm))
    return tuple(_recipient(octets, key, algorithm, terms) for key in keys)


def _originator(octets: bytes, element: Tlv) -> bytes:
    """Return the point of originatorKey [1]; empty for a sender named by certificate or key identifier."""
    fields = Fields(octets, element, "originator")
    key = fields.any("originator")
    fields.finish()
    if key.tag != _CONTEXT_1:
        return b""
    public = Fields(octets, key, "originatorKey")
    public.algorithm("algorithm")
    bits = der.content(octets, public.take(der.BIT_STRING, "publicKey"))
    public.finish()
    if bits[:1] != b"\x00":
        raise TrustError(ErrorCode.CMS_MALFORMED, "originatorKey is not whole octets")
    return bits[1:]


def _wrap_of(algorithm: AlgorithmIdentifier) -> str:
    """Return the OID of KeyWrapAlgorithm, which is the parameters of the key agreement (RFC 5753 7.1.4)."""
    data = algorithm.parameters
    if data is None or data[:1] != bytes((der.SEQUENCE,)):
        return ""
    return Fields(data, der.parse_strict(data, max_size=MAX_TERMS), "KeyWrapAlgorithm").oid("algorithm")


def _recipient(octets: bytes, element: Tlv, algorithm: AlgorithmIdentifier, terms: AgreementTerms) -> Recipient:
    """RecipientEncryptedKey ::= SEQUENCE { rid CHOICE { issuerAndSerialNumber, rKeyId [0] }, encryptedKey }."""
    if element.tag != der.SEQUENCE:
        raise TrustError(ErrorCode.CMS_MALFORMED, f"recipientEncryptedKeys: tag {element.tag:#04x}")
    fields = Fields(octets, element, "RecipientEncryptedKey")
    key_id = fields.optional(_CONTEXT_0)
    issuer, serial = (None, None) if key_id is not None else read_issuer_and_serial(octets, fields)
    subject = None
    if key_id is not None:
        subject = Fields(octets, key_id, "RecipientKeyIdentifier").octet_string("subjectKeyIdentifier")
    encrypted = fields.octet_string("encryptedKey")
    fields.finish()
    if len(encrypted) > MAX_TERMS:
        raise TrustError(ErrorCode.CMS_MALFORMED, "encryptedKey is too long", octets=len(encrypted))
    return Recipient(
        kind=RecipientKind.KEY_AGREEMENT,
        issuer_der=issuer,
        serial=serial,
        subject_key_id=subject,
        algorithm=algorithm,
        encrypted_key=encrypted,
        agreement=terms,
    )
