"""Encrypted messages before anyone opens them: GB/T 35275, RFC 5652 and RFC 5083, octets kept as found.

`trustkit.cms.envelope_read` makes these values, `trustkit.cms.open` opens them for whoever has a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from trustkit.cms.model import AlgorithmIdentifier, Dialect, SignedMessage, SignerInfo


@unique
class EnvelopeKind(StrEnum):
    """Which of the encrypted types a message is."""

    ENVELOPED = "enveloped-data"
    AUTH_ENVELOPED = "auth-enveloped-data"  # RFC 5083: a changed ciphertext is noticed
    SIGNED_AND_ENVELOPED = "signed-and-enveloped-data"  # GB/T 35275, PKCS#7 v1.5


@unique
class RecipientKind(StrEnum):
    """How a recipient gets the content key (RFC 5652 6.2)."""

    KEY_TRANSPORT = "key-transport"
    KEY_AGREEMENT = "key-agreement"
    KEY_ENCRYPTION_KEY = "key-encryption-key"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """What the recipients of one key agreement share (RFC 5652 6.2.2): the sender's ephemeral point, and algorithms.

    `point` is empty when the sender is named by certificate, which is told and not opened.
    """

    point: bytes
    ukm: bytes | None
    wrap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient as found. Key transport and key agreement are read into; the other kinds are told and never opened.

    Attributes:
        issuer_der: issuer Name, with `serial`; None when `subject_key_id` names the recipient.
        encrypted_key: DER of SM2Cipher, RSA octets, or what AES key wrap made.
        agreement: of key agreement only.
    """

    kind: RecipientKind
    issuer_der: bytes | None = None
    serial: int | None = None
    subject_key_id: bytes | None = None
    algorithm: AlgorithmIdentifier | None = None
    encrypted_key: bytes = field(default=b"", repr=False)
    agreement: AgreementTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedContent:
    """EncryptedContentInfo (RFC 5652 6.1). `octets` is None when they travel apart."""

    content_type: str
    algorithm: AlgorithmIdentifier
    octets: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopedMessage:
    """EnvelopedData, AuthEnvelopedData or SignedAndEnvelopedData as found; nothing in it is verified.

    Attributes:
        authenticated: the DER of authAttrs under the tag of SET OF, empty without them (RFC 5083 2.2).
        tag: the authentication tag of AuthEnvelopedData.
        certificates, crls, ocsp_responses, digest_algorithms, signers: of SignedAndEnvelopedData; certificates, CRLs and OCSP
            responses (RFC 5940) also of originatorInfo.
        notes: `Deviation` names.
    """

    kind: EnvelopeKind
    dialect: Dialect
    version: int
    recipients: tuple[Recipient, ...]
    content: EncryptedContent
    authenticated: bytes
    tag: bytes
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    digest_algorithms: tuple[str, ...]
    signers: tuple[SignerInfo, ...]
    notes: tuple[str, ...]
    raw: bytes = field(repr=False)
    ocsp_responses: tuple[bytes, ...] = ()

    def signatures(self) -> SignedMessage:
        """Return the signatures of SignedAndEnvelopedData as a detached message over the opened content.

        NOTE: PKCS#7 v1.5 clause 11 encrypts the signature value too. GB/T 35275 writers do not, and nor does anything here:
        a value that was encrypted is no signature, and is refused as malformed or wrong.
        """
        return SignedMessage(
            dialect=self.dialect,
            version=self.version,
            content_type=self.content.content_type,
            content=None,
            certificates=self.certificates,
            crls=self.crls,
            ocsp_responses=self.ocsp_responses,
            signers=self.signers,
            digest_algorithms=self.digest_algorithms,
            notes=self.notes,
            raw=self.raw,
            attached=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedMessage:
    """EncryptedData: encrypted under a key both sides have by other means; nobody is named (RFC 5652 8)."""

    dialect: Dialect
    version: int
    content: EncryptedContent
    notes: tuple[str, ...]
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestedMessage:
    """DigestedData: content with its digest, by nobody (RFC 5652 7)."""

    dialect: Dialect
    version: int
    digest_algorithm: AlgorithmIdentifier
    content_type: str
    content: bytes | None = field(repr=False)
    digest: bytes
    notes: tuple[str, ...]
    raw: bytes = field(repr=False)
