"""What a signed message says before anyone believes it: GB/T 35275 and RFC 5652 SignedData, octets kept as found.

`trustkit.cms.read` makes these values; `trustkit.cms.verify` turns one signer of them into a `VerifiedSigner`.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from enum import StrEnum, unique

from trustkit.cms.content import ContentDigests  # noqa: TC001 - a field type of a public dataclass


@unique
class Dialect(StrEnum):
    """Which family of identifiers the outer ContentInfo uses."""

    RFC5652 = "rfc5652"  # 1.2.840.113549.1.7.2: CMS, and PKCS#7 with whatever algorithms
    GBT35275 = "gbt35275"  # 1.2.156.10197.6.1.4.2.2


@unique
class Deviation(StrEnum):
    """Names of departures from the letter of a format that are tolerated, and always reported in `notes`."""

    ALGORITHM_PARAMETERS = "algorithm-parameters"  # SignerInfo names its algorithm with parameters nobody needs
    ATTRIBUTES_UNSORTED = "attributes-not-in-der-order"  # RFC 5652 5.4 signs the DER order; the octets found differ
    ATTRIBUTES_RESORTED = "attributes-verified-in-der-order"  # and the signature is over the DER order
    BER = "ber-lengths"  # streamed: indefinite lengths or segmented octet strings; read by their value
    CERTIFICATE_SKIPPED = "certificate-of-other-kind-skipped"  # attribute certificates and extended certificates
    CERTIFICATE_UNREADABLE = "certificate-unreadable"
    CRL_SKIPPED = "revocation-of-other-kind-skipped"  # RFC 5652 10.2.1 other, OCSP aside
    CONTENT_TYPE_SPELLING = (
        "content-type-by-other-name-of-data"  # inner type and attribute: the two OIDs of data, mixed
    )
    DIGEST_NOT_ANNOUNCED = "digest-not-announced"  # digestAlgorithms lacks the signer's
    INNER_TYPE_FOREIGN = "inner-type-of-other-dialect"
    ISSUER_ENCODING = "issuer-encoded-differently"
    KEY_IDENTIFIER = "signer-by-key-identifier"  # GB/T 35275-2017 knows issuerAndSerialNumber only
    KEY_TRANSPORT_IS_EXCHANGE = "key-transport-named-key-exchange"  # GmSSL: …301.2 where …301.3 encrypts
    RAW_SIGNATURE = "raw-signature-value"  # r‖s in 64 octets where GB/T 35276 has a DER SEQUENCE
    RECIPIENT_KEY_IDENTIFIER = "recipient-by-key-identifier"  # CFCA; GB/T 35275-2017 knows issuerAndSerialNumber only
    SHARED_INFO = "shared-info-present"  # GB/T 35275 encrypted content: of no use to SM2 key transport
    SIGNATURE_OID_FOREIGN = "signature-algorithm-of-other-dialect"
    SIGNATURE_OID_IS_KEY = "signature-algorithm-names-the-key"
    SIGNING_CERTIFICATE_SHA1 = "signing-certificate-v1"  # RFC 2634: SHA-1 by definition, never relied upon
    SM4_WITHOUT_MODE = "sm4-without-mode"  # CFCA: …104 beside an IV, which means CBC
    VERSION = "version"  # of SignedData or SignerInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmIdentifier:
    """An algorithm by dotted OID with its parameters as found (DER), None when absent."""

    oid: str
    parameters: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """One signer as found (RFC 5652 5.3).

    Attributes:
        issuer_der: issuer Name, with `serial`; None when `subject_key_id` names the signer.
        signed_attributes: the octets that are signed when there are attributes: the SET OF as found under tag 0x31.
        attributes: signed attributes, OID to all values (DER); several attributes of one type run together, so more
            than one value means "not single or not once".
        unsigned_attributes: likewise, covered by no signature.
    """

    version: int
    issuer_der: bytes | None
    serial: int | None
    subject_key_id: bytes | None
    digest_algorithm: AlgorithmIdentifier
    signed_attributes: bytes | None
    attributes: Mapping[str, tuple[bytes, ...]]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    unsigned_attributes: Mapping[str, tuple[bytes, ...]]
    notes: tuple[str, ...]

    @property
    def digest_oid(self) -> str:
        """Return the dotted OID of the digest algorithm."""
        return self.digest_algorithm.oid

    @property
    def signature_oid(self) -> str:
        """Return the dotted OID of the signature algorithm."""
        return self.signature_algorithm.oid

    @property
    def signature_parameters(self) -> bytes | None:
        """Return the parameters of the signature algorithm as found."""
        return self.signature_algorithm.parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMessage:
    """A SignedData as found; nothing in it is verified.

    Attributes:
        content_type: dotted OID of what is inside.
        content: the octets inside, None when detached.
        attached: the same octets with their digests, worked out once for all signers.
        certificates, crls: DER, in the order found.
        ocsp_responses: OCSPResponse octets carried beside the lists (RFC 5940).
        notes: `Deviation` names about the message as a whole.
        raw: the octets that were parsed.
    """

    dialect: Dialect
    version: int
    content_type: str
    content: bytes | None
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    signers: tuple[SignerInfo, ...]
    digest_algorithms: tuple[str, ...]
    notes: tuple[str, ...]
    raw: bytes
    attached: ContentDigests | None = field(compare=False, repr=False)
    ocsp_responses: tuple[bytes, ...] = ()

    @property
    def is_bag(self) -> bool:
        """Whether nobody signed: a carrier of certificates and lists (RFC 5652 5.1, "degenerate")."""
        return not self.signers
