"""Encrypted and digested messages from octets, under limits: GB/T 35275 and RFC 5652 clauses 6 to 8, RFC 5083.

message = parse_enveloped_message(octets)
message.kind, message.recipients, message.content.algorithm.oid

Strictly DER, but for one thing streaming writers do: octet strings in segments, when `trustkit.cms.message_read` has brought
the lengths in order. Nothing is decrypted and nothing is verified here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.agreement_read import read_agreement
from trustkit.cms.envelope_model import (
    DigestedMessage,
    EncryptedContent,
    EnvelopedMessage,
    EnvelopeKind,
    Recipient,
    RecipientKind,
    SealedMessage,
)
from trustkit.cms.fields import Fields, elements
from trustkit.cms.model import AlgorithmIdentifier, Deviation, Dialect, SignerInfo
from trustkit.cms.read import (
    MAX_MESSAGE_SIZE,
    RevocationInformation,
    open_content_info,
    read_certificates,
    read_digest_algorithms,
    read_encapsulated,
    read_revocation,
    read_signers,
)
from trustkit.cms.signer_read import read_issuer_and_serial
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.der import Tlv

MAX_RECIPIENTS: Final = 1000  # a circular to every county; each costs an attempt at most
MAX_ENCRYPTED_KEY: Final = 8 * 1024
MAX_SEGMENTS: Final = 200_000
MAX_ATTRIBUTES_SIZE: Final = 1024 * 1024
MAX_TAG: Final = 16
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2 = 0xA0, 0xA1, 0xA2
_PRIMITIVE_0, _PRIMITIVE_1, _PRIMITIVE_2 = 0x80, 0x81, 0x82
_VERSIONS: Final = {Dialect.GBT35275: {1}, Dialect.RFC5652: {0, 2, 3, 4}}
_KINDS: Final = {
    oids.ENVELOPED_DATA: (EnvelopeKind.ENVELOPED, Dialect.RFC5652),
    oids.AUTH_ENVELOPED_DATA: (EnvelopeKind.AUTH_ENVELOPED, Dialect.RFC5652),
    oids.SIGNED_AND_ENVELOPED_DATA: (EnvelopeKind.SIGNED_AND_ENVELOPED, Dialect.RFC5652),
    oids.GBT_ENVELOPED_DATA: (EnvelopeKind.ENVELOPED, Dialect.GBT35275),
    oids.GBT_SIGNED_AND_ENVELOPED_DATA: (EnvelopeKind.SIGNED_AND_ENVELOPED, Dialect.GBT35275),
}
_SEALED: Final = {oids.ENCRYPTED_DATA: Dialect.RFC5652, oids.GBT_ENCRYPTED_DATA: Dialect.GBT35275}
_OTHER_KINDS: Final = {
    _CONTEXT_2: RecipientKind.KEY_ENCRYPTION_KEY,
    0xA3: RecipientKind.PASSWORD,
    0xA4: RecipientKind.OTHER,
}


def parse_enveloped_message(octets: bytes, *, max_size: int = MAX_MESSAGE_SIZE) -> EnvelopedMessage:
    """Return the unverified encrypted message inside a ContentInfo.

    Raises:
        TrustError: CMS_UNSUPPORTED for another content type; CMS_MALFORMED; CMS_NO_RECIPIENT for an empty set; what
            `parse_signed_message` raises.
    """
    content_type, wrapper = open_content_info(octets, max_size=max_size)
    if content_type not in _KINDS:
        name = oids.OTHER_TYPES.get(content_type, "a type that is not known here")
        raise TrustError(ErrorCode.CMS_UNSUPPORTED, f"{name}, not an envelope", oid=content_type)
    kind, dialect = _KINDS[content_type]
    element = wrapper.take(der.SEQUENCE, kind.value)
    wrapper.finish()
    return _Envelope(octets, element, kind, dialect).read()


class _Envelope:
    """One pass over an envelope's members, which differ by kind."""

    def __init__(self, octets: bytes, element: Tlv, kind: EnvelopeKind, dialect: Dialect) -> None:
        self.octets, self.kind, self.dialect = octets, kind, dialect
        self.fields = Fields(octets, element, kind.value)
        self.notes: list[str] = []

    def read(self) -> EnvelopedMessage:
        version = self.fields.integer("version")
        if version not in ({1, 2} if self._signed and self.dialect is Dialect.RFC5652 else _VERSIONS[self.dialect]):
            self.notes.append(Deviation.VERSION)
        certificates: tuple[bytes, ...] = ()
        revocation = RevocationInformation()
        if not self._signed and (originator := self.fields.optional(_CONTEXT_0)) is not None:
            inside = Fields(self.octets, originator, "originatorInfo")
            certificates, _ = read_certificates(self.octets, inside.optional(_CONTEXT_0))
            revocation = read_revocation(self.octets, inside.optional(_CONTEXT_1))
            inside.finish()
        recipients = self._recipients(self.fields.take(der.SET, "recipientInfos"))
        digests: tuple[str, ...] = ()
        if self._signed:
            digests = read_digest_algorithms(self.octets, self.fields.take(der.SET, "digestAlgorithms"))
        content = read_encrypted_content(
            self.octets, self.fields.take(der.SEQUENCE, "encryptedContentInfo"), self.notes
        )
        signers: tuple[SignerInfo, ...] = ()
        authenticated, tag = b"", b""
        if self._signed:
            certificates, _ = read_certificates(self.octets, self.fields.optional(_CONTEXT_0))
            revocation = read_revocation(self.octets, self.fields.optional(_CONTEXT_1))
            found = self.fields.take(der.SET, "signerInfos")
            signers = read_signers(self.octets, found, self.dialect, frozenset(digests))
        elif self.kind is EnvelopeKind.AUTH_ENVELOPED:
            authenticated, tag = self._authenticated()
        else:
            self.fields.optional(_CONTEXT_1)  # unprotectedAttrs: covered by nothing, and of no use to anything here
        self.fields.finish()
        return EnvelopedMessage(
            kind=self.kind,
            dialect=self.dialect,
            version=version,
            recipients=recipients,
            content=content,
            authenticated=authenticated,
            tag=tag,
            certificates=certificates,
            crls=revocation.crls,
            ocsp_responses=revocation.ocsp_responses,
            digest_algorithms=digests,
            signers=signers,
            notes=tuple(dict.fromkeys(self.notes)),
            raw=self.octets,
        )

    @property
    def _signed(self) -> bool:
        return self.kind is EnvelopeKind.SIGNED_AND_ENVELOPED

    def _authenticated(self) -> tuple[bytes, bytes]:
        """Return authAttrs as SET OF and the tag (RFC 5083 2.1)."""
        attributes = self.fields.optional(_CONTEXT_1)
        tag = self.fields.octet_string("mac")
        self.fields.optional(_CONTEXT_2)  # unauthAttrs
        if len(tag) > MAX_TAG:
            raise TrustError(ErrorCode.CMS_MALFORMED, "mac is too long", octets=len(tag))
        if attributes is None:
            return b"", tag
        if attributes.end - attributes.start > MAX_ATTRIBUTES_SIZE:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "authenticated attributes", limit=MAX_ATTRIBUTES_SIZE)
        return bytes((der.SET,)) + self.octets[attributes.start + 1 : attributes.end], tag

    def _recipients(self, element: Tlv) -> tuple[Recipient, ...]:
        items = elements(self.octets, element, MAX_RECIPIENTS, "recipientInfos")
        found = tuple(recipient for item in items for recipient in self._recipient(item))
        if not found:
            raise TrustError(ErrorCode.CMS_NO_RECIPIENT, "an envelope for nobody")
        if len(found) > MAX_RECIPIENTS:
            raise TrustError(ErrorCode.CMS_MALFORMED, "recipientInfos: too many recipients", limit=MAX_RECIPIENTS)
        return found

    def _recipient(self, item: Tlv) -> tuple[Recipient, ...]:
        """RecipientInfo ::= CHOICE { ktri, kari [1], kekri [2], pwri [3], ori [4] } (RFC 5652 6.2)."""
        if item.tag == _CONTEXT_1:
            return read_agreement(self.octets, item, MAX_RECIPIENTS)
        if item.tag in _OTHER_KINDS:
            return (Recipient(kind=_OTHER_KINDS[item.tag]),)
        if item.tag != der.SEQUENCE:
            raise TrustError(ErrorCode.CMS_MALFORMED, f"recipientInfos: tag {item.tag:#04x}")
        fields = Fields(self.octets, item, "RecipientInfo")
        version = fields.integer("version")
        key_id = fields.optional(_PRIMITIVE_0)
        issuer, serial = (None, None) if key_id is not None else read_issuer_and_serial(self.octets, fields)
        algorithm = fields.algorithm("keyEncryptionAlgorithm")
        encrypted_key = fields.octet_string("encryptedKey")
        fields.finish()
        if len(encrypted_key) > MAX_ENCRYPTED_KEY:
            raise TrustError(ErrorCode.CMS_MALFORMED, "encryptedKey is too long", octets=len(encrypted_key))
        self._note_recipient(version, algorithm, by_key_id=key_id is not None)
        recipient = Recipient(
            kind=RecipientKind.KEY_TRANSPORT,
            issuer_der=issuer,
            serial=serial,
            subject_key_id=None if key_id is None else der.content(self.octets, key_id),
            algorithm=algorithm,
            encrypted_key=encrypted_key,
        )
        return (recipient,)

    def _note_recipient(self, version: int, algorithm: AlgorithmIdentifier, *, by_key_id: bool) -> None:
        gbt = self.dialect is Dialect.GBT35275
        if version != (1 if gbt else 2 if by_key_id else 0):
            self.notes.append(Deviation.VERSION)
        if gbt and by_key_id:
            self.notes.append(Deviation.RECIPIENT_KEY_IDENTIFIER)
        if algorithm.oid == oids.SM2_KEY_EXCHANGE:
            self.notes.append(Deviation.KEY_TRANSPORT_IS_EXCHANGE)


def read_encrypted_content(octets: bytes, element: Tlv, notes: list[str]) -> EncryptedContent:
    """Return EncryptedContentInfo, with the shared information GB/T 35275 has behind it told in `notes`."""
    fields = Fields(octets, element, "EncryptedContentInfo")
    content_type = fields.oid("contentType")
    algorithm = fields.algorithm("contentEncryptionAlgorithm")
    whole = fields.optional(_PRIMITIVE_0)
    segmented = fields.optional(_CONTEXT_0) if whole is None else None
    shared = [fields.optional(tag) for tag in (_PRIMITIVE_1, _PRIMITIVE_2)]
    fields.finish()
    if any(found is not None for found in shared):
        notes.append(Deviation.SHARED_INFO)
    if algorithm.oid == oids.SM4_WITHOUT_MODE:
        notes.append(Deviation.SM4_WITHOUT_MODE)
    encrypted = None
    if whole is not None:
        encrypted = der.content(octets, whole)
    elif segmented is not None:
        notes.append(Deviation.BER)
        encrypted = _joined(octets, segmented)
    return EncryptedContent(content_type=content_type, algorithm=algorithm, octets=encrypted)


def _joined(octets: bytes, element: Tlv) -> bytes:
    """Return the octets of a constructed [0] IMPLICIT OCTET STRING, as OpenSSL and BouncyCastle stream it."""
    segments = elements(octets, element, MAX_SEGMENTS, "encryptedContent")
    if any(segment.tag != der.OCTET_STRING for segment in segments):
        raise TrustError(ErrorCode.CMS_MALFORMED, "encryptedContent: a segment that is no OCTET STRING")
    return b"".join(der.content(octets, segment) for segment in segments)


def parse_sealed_message(octets: bytes, *, max_size: int = MAX_MESSAGE_SIZE) -> SealedMessage:
    """Return EncryptedData ::= SEQUENCE { version, encryptedContentInfo, unprotectedAttrs [1] OPTIONAL } (RFC 5652 8)."""
    content_type, wrapper = open_content_info(octets, max_size=max_size)
    if content_type not in _SEALED:
        raise TrustError(ErrorCode.CMS_UNSUPPORTED, "not EncryptedData", oid=content_type)
    fields = Fields(octets, wrapper.take(der.SEQUENCE, "EncryptedData"), "EncryptedData")
    wrapper.finish()
    notes: list[str] = []
    version = fields.integer("version")
    content = read_encrypted_content(octets, fields.take(der.SEQUENCE, "encryptedContentInfo"), notes)
    fields.optional(_CONTEXT_1)
    fields.finish()
    if version not in ({1} if _SEALED[content_type] is Dialect.GBT35275 else {0, 2}):
        notes.append(Deviation.VERSION)
    return SealedMessage(
        dialect=_SEALED[content_type], version=version, content=content, notes=tuple(dict.fromkeys(notes)), raw=octets
    )


def parse_digested_message(octets: bytes, *, max_size: int = MAX_MESSAGE_SIZE) -> DigestedMessage:
    """Return DigestedData ::= SEQUENCE { version, digestAlgorithm, encapContentInfo, digest } (RFC 5652 7)."""
    content_type, wrapper = open_content_info(octets, max_size=max_size)
    if content_type != oids.DIGESTED_DATA:
        raise TrustError(ErrorCode.CMS_UNSUPPORTED, "not DigestedData", oid=content_type)
    fields = Fields(octets, wrapper.take(der.SEQUENCE, "DigestedData"), "DigestedData")
    wrapper.finish()
    version = fields.integer("version")
    algorithm = fields.algorithm("digestAlgorithm")
    inner, content = read_encapsulated(octets, fields.take(der.SEQUENCE, "encapContentInfo"))
    found = fields.octet_string("digest")
    fields.finish()
    notes = () if version in {0, 2} else (Deviation.VERSION,)
    return DigestedMessage(
        dialect=Dialect.RFC5652,
        version=version,
        digest_algorithm=algorithm,
        content_type=inner,
        content=content,
        digest=found,
        notes=notes,
        raw=octets,
    )
