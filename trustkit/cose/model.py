"""Signed CBOR as found: COSE_Sign1 (RFC 9052 4.2), with SM2 under a number for private use beside ES256, ES384 and EdDSA.

No number is registered for SM2. Those below -65536 are for private use (IANA, COSE Algorithms), so whoever reads this needs to be
told: `SM2` is -70125, after GM/T 0125, whose JSON form is called SGD_SM3_SM2 in `trustkit.jose`. The -48 of an expired draft has
become ML-DSA-44 (RFC 9964) and is refused like every number outside of the list.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from enum import IntEnum, unique
from typing import Final

from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding.cbor import CborKey, CborValue, encode_cbor

SIGN1_TAG: Final = 18  # RFC 9052 2


@unique
class CoseAlgorithm(IntEnum):
    """The allow-list of `alg`; each belongs to one suite, and so to one kind of key."""

    SM2 = -70125  # private use: SM2 with SM3 and the default ID, signature r‖s; see docs/capsule.md
    ES256 = -7  # RFC 9053 2.1
    ES384 = -35  # RFC 9053 2.1
    EDDSA = -8  # RFC 9053 2.2, Ed25519 alone

    @property
    def suite(self) -> SignatureSuite:
        """Return the suite behind the number."""
        return _SUITES[self]

    @property
    def signature_size(self) -> int:
        """How many octets a signature has."""
        return 96 if self is CoseAlgorithm.ES384 else 64

    @property
    def joined(self) -> bool:
        """Whether its signatures are r‖s, which the suite has as a DER SEQUENCE."""
        return self is not CoseAlgorithm.EDDSA


_SUITES: Final = {
    CoseAlgorithm.SM2: SignatureSuite.SM2_SM3,
    CoseAlgorithm.ES256: SignatureSuite.ECDSA_P256_SHA256,
    CoseAlgorithm.ES384: SignatureSuite.ECDSA_P384_SHA384,
    CoseAlgorithm.EDDSA: SignatureSuite.ED25519,
}

SUITES: Final = frozenset(_SUITES.values())  # what a COSE_Sign1 is signed with here


@unique
class Label(IntEnum):
    """Header parameters that are understood (RFC 9052 3.1, RFC 9360 2, RFC 9596)."""

    ALGORITHM = 1
    CRITICAL = 2
    CONTENT_TYPE = 3
    KEY_ID = 4
    TYPE = 16
    X5BAG = 32
    X5CHAIN = 33
    X5T = 34
    X5U = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSign1:
    """A COSE_Sign1 taken apart; nothing in it is verified.

    Attributes:
        protected: what the signature covers, its octets as found in `protected_octets`.
        unprotected: what anybody may have changed.
        type: the `typ` or else the content type where it is a text, in lower case; from the protected header, empty when absent.
        key_id: of the protected header, else of the other; empty when absent.
        certificates: `x5chain`, DER, the signer's first; empty when absent.
        thumbprint: the SHA-256 of the signer's certificate by `x5t`; empty when absent.
    """

    algorithm: CoseAlgorithm
    protected: Mapping[CborKey, CborValue]
    protected_octets: bytes = field(repr=False)
    unprotected: Mapping[CborKey, CborValue]
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    type: str
    key_id: bytes
    certificates: tuple[bytes, ...] = field(repr=False)
    thumbprint: bytes = field(repr=False)

    def signed_octets(self, external: bytes = b"") -> bytes:
        """Return what is signed: the Sig_structure, with what is known on both sides and not sent (RFC 9052 4.4)."""
        return signature_structure(self.protected_octets, external, self.payload)


def signature_structure(protected: bytes, external: bytes, payload: bytes) -> bytes:
    """Return the octets a COSE_Sign1 signs (RFC 9052 4.4)."""
    return encode_cbor(["Signature1", protected, external, payload])
