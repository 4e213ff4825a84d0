"""Signed JSON tokens as found: compact JWS (RFC 7515), with the SM2 algorithm of GM/T 0125 beside ES256, ES384, EdDSA, PS256, RS256."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final

from trustkit.crypto.suites import SignatureSuite
from trustkit.encoding.canonical_json import JsonValue  # noqa: TC001 - a field type of a public dataclass


@unique
class JwsAlgorithm(StrEnum):
    """The allow-list of `alg`; each belongs to one suite, and so to one kind of key. ``none`` cannot be said."""

    SGD_SM3_SM2 = "SGD_SM3_SM2"  # GM/T 0125.1-2022; not in the IANA registry
    ES256 = "ES256"  # RFC 7518 3.4
    ES384 = "ES384"  # RFC 7518 3.4
    EDDSA = "EdDSA"  # RFC 8037 3.1, Ed25519 alone
    RS256 = "RS256"  # RFC 7518 3.3
    PS256 = "PS256"  # RFC 7518 3.5

    @property
    def joined(self) -> bool:
        """Whether its signatures are r‖s, which the suite has as a DER SEQUENCE."""
        return self not in {JwsAlgorithm.RS256, JwsAlgorithm.PS256, JwsAlgorithm.EDDSA}

    @property
    def suite(self) -> SignatureSuite:
        """Return the suite behind the name."""
        return _SUITES[self]


_SUITES = {
    JwsAlgorithm.SGD_SM3_SM2: SignatureSuite.SM2_SM3,
    JwsAlgorithm.ES256: SignatureSuite.ECDSA_P256_SHA256,
    JwsAlgorithm.ES384: SignatureSuite.ECDSA_P384_SHA384,
    JwsAlgorithm.EDDSA: SignatureSuite.ED25519,
    JwsAlgorithm.RS256: SignatureSuite.RSA_PKCS1_SHA256,
    JwsAlgorithm.PS256: SignatureSuite.RSA_PSS_SHA256,
}
# Other names the field gives SGD_SM3_SM2 (Go services; Java with Bouncy Castle). No token is read by them unless its issuer's
# configuration says that it writes them.
SM2_ALIASES: Final[Mapping[str, JwsAlgorithm]] = MappingProxyType(
    {"SM2": JwsAlgorithm.SGD_SM3_SM2, "SM3withSM2": JwsAlgorithm.SGD_SM3_SM2}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedJws:
    """A compact JWS taken apart; nothing in it is verified.

    Attributes:
        signing_input: the octets that are signed, as found: header and payload text joined by a dot.
        signature: as found: r‖s, or an Ed25519 or RSA signature.
        type: the `typ` header in lower case, empty when absent.
        certificates: the `x5c` header (DER, the signer's first), empty when absent.
    """

    algorithm: JwsAlgorithm
    header: Mapping[str, JsonValue]
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    type: str
    key_id: str
    certificates: tuple[bytes, ...] = field(repr=False)
