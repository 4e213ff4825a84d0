"""Signature suites: the allow-list of what trustkit signs and verifies, found by OID.

A suite fixes everything: kind of key, padding, digest. There is no algorithm string and no default; what is not listed
is refused, and what is listed as weak (MD5, SHA-1) is refused by that name.

    suite_from_algorithm("1.2.156.10197.1.501", None) is SignatureSuite.SM2_SM3
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.pss import PSS_OID, pss_parameters, read_pss_digest
from trustkit.crypto.public_key import (
    EC_PUBLIC_KEY,
    ED25519,
    ML_DSA_44,
    ML_DSA_65,
    ML_DSA_87,
    RSA_ENCRYPTION,
    SM2_CURVE,
    KeyKind,
)
from trustkit.encoding.der_write import null, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey


@unique
class SignatureSuite(StrEnum):
    """What a signature is made of. The value is the stable name in settings, reports and logs."""

    SM2_SM3 = "sm2-sm3"
    ECDSA_P256_SHA256 = "ecdsa-p256-sha256"
    ECDSA_P256_SHA384 = "ecdsa-p256-sha384"
    ECDSA_P256_SHA512 = "ecdsa-p256-sha512"
    ECDSA_P384_SHA256 = "ecdsa-p384-sha256"
    ECDSA_P384_SHA384 = "ecdsa-p384-sha384"
    ECDSA_P384_SHA512 = "ecdsa-p384-sha512"
    RSA_PKCS1_SHA256 = "rsa-pkcs1-sha256"
    RSA_PKCS1_SHA384 = "rsa-pkcs1-sha384"
    RSA_PKCS1_SHA512 = "rsa-pkcs1-sha512"
    RSA_PSS_SHA256 = "rsa-pss-sha256"
    RSA_PSS_SHA384 = "rsa-pss-sha384"
    RSA_PSS_SHA512 = "rsa-pss-sha512"
    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"
    ML_DSA_65 = "ml-dsa-65"
    ML_DSA_87 = "ml-dsa-87"

    @property
    def key_kind(self) -> KeyKind:
        """Return the kind of key the suite needs."""
        return _TABLE[self][0]

    @property
    def digest(self) -> DigestAlgorithm:
        """Return the digest inside the suite, or, for one that hashes by itself, the one CMS writes beside it.

        Ed25519: the SHA-512 of RFC 8032 and RFC 8419. ML-DSA: SHA-512, which RFC 9882 has every level support.
        """
        return _TABLE[self][1]

    @property
    def message_digests(self) -> frozenset[DigestAlgorithm]:
        """Return the digests of the content that CMS may state beside the suite, of at least its strength.

        One for most; for ML-DSA those of RFC 9882 that trustkit knows.
        """
        return _BESIDE.get(self, frozenset({self.digest}))

    @property
    def oid(self) -> str:
        """Return the OID of the AlgorithmIdentifier."""
        return _TABLE[self][2]

    def parameters_der(self) -> bytes | None:
        """Return the parameters that say more than the OID, DER, None where there are none: those of PSS."""
        return pss_parameters(self.digest) if self.oid == PSS_OID else None

    @property
    def takes_digest(self) -> bool:
        """Whether it signs a digest made elsewhere; Ed25519 and ML-DSA, as they are used here, hash by themselves."""
        return _TABLE[self][2] not in _BARE

    def algorithm_identifier(self) -> bytes:
        """Return the AlgorithmIdentifier to write: parameters NULL for RSA, absent for all others but PSS."""
        return _IDENTIFIERS[self]


_S = SignatureSuite
_D = DigestAlgorithm
_SM2_SM3: Final = "1.2.156.10197.1.501"  # GM/T 0006
_SM2_SIGN: Final = "1.2.156.10197.1.301.1"  # GM/T 0006; digestEncryptionAlgorithm of GB/T 35275
_EC: Final = "1.2.840.10045.4.3."  # RFC 5758 3.2
_RSA: Final = "1.2.840.113549.1.1."  # RFC 8017, RFC 5754 3.2
_TABLE: Final[dict[SignatureSuite, tuple[KeyKind, DigestAlgorithm, str]]] = {
    _S.SM2_SM3: (KeyKind.SM2, _D.SM3, _SM2_SM3),
    _S.ECDSA_P256_SHA256: (KeyKind.EC_P256, _D.SHA256, _EC + "2"),
    _S.ECDSA_P256_SHA384: (KeyKind.EC_P256, _D.SHA384, _EC + "3"),
    _S.ECDSA_P256_SHA512: (KeyKind.EC_P256, _D.SHA512, _EC + "4"),
    _S.ECDSA_P384_SHA256: (KeyKind.EC_P384, _D.SHA256, _EC + "2"),
    _S.ECDSA_P384_SHA384: (KeyKind.EC_P384, _D.SHA384, _EC + "3"),
    _S.ECDSA_P384_SHA512: (KeyKind.EC_P384, _D.SHA512, _EC + "4"),
    _S.RSA_PKCS1_SHA256: (KeyKind.RSA, _D.SHA256, _RSA + "11"),
    _S.RSA_PKCS1_SHA384: (KeyKind.RSA, _D.SHA384, _RSA + "12"),
    _S.RSA_PKCS1_SHA512: (KeyKind.RSA, _D.SHA512, _RSA + "13"),
    _S.RSA_PSS_SHA256: (KeyKind.RSA, _D.SHA256, PSS_OID),
    _S.RSA_PSS_SHA384: (KeyKind.RSA, _D.SHA384, PSS_OID),
    _S.RSA_PSS_SHA512: (KeyKind.RSA, _D.SHA512, PSS_OID),
    _S.ED25519: (KeyKind.ED25519, _D.SHA512, ED25519),
    _S.ML_DSA_44: (KeyKind.ML_DSA_44, _D.SHA512, ML_DSA_44),
    _S.ML_DSA_65: (KeyKind.ML_DSA_65, _D.SHA512, ML_DSA_65),
    _S.ML_DSA_87: (KeyKind.ML_DSA_87, _D.SHA512, ML_DSA_87),
}
_BESIDE: Final = {
    _S.ML_DSA_44: frozenset({_D.SHA256, _D.SHA384, _D.SHA512}),
    _S.ML_DSA_65: frozenset({_D.SHA384, _D.SHA512}),
}
_BARE: Final = {ED25519: _S.ED25519, ML_DSA_44: _S.ML_DSA_44, ML_DSA_65: _S.ML_DSA_65, ML_DSA_87: _S.ML_DSA_87}
_PSS: Final = {_D.SHA256: _S.RSA_PSS_SHA256, _D.SHA384: _S.RSA_PSS_SHA384, _D.SHA512: _S.RSA_PSS_SHA512}
_PKCS1: Final = {_D.SHA256: _S.RSA_PKCS1_SHA256, _D.SHA384: _S.RSA_PKCS1_SHA384, _D.SHA512: _S.RSA_PKCS1_SHA512}
_ECDSA: Final = {
    (kind, digest): suite for suite, (kind, digest, oid_) in _TABLE.items() if oid_.startswith(_EC)
}  # fmt: skip
_RSA_BY_OID: Final = {_TABLE[suite][2]: suite for suite in _PKCS1.values()}
_EC_BY_OID: Final = {_EC + "2": _D.SHA256, _EC + "3": _D.SHA384, _EC + "4": _D.SHA512}
_USUAL_CURVE: Final = {_D.SHA256: KeyKind.EC_P256, _D.SHA384: KeyKind.EC_P384, _D.SHA512: KeyKind.EC_P384}
_WEAK: Final = {
    "1.2.840.113549.1.1.2": "md2WithRSA",
    "1.2.840.113549.1.1.3": "md4WithRSA",
    "1.2.840.113549.1.1.4": "md5WithRSA",
    "1.2.840.113549.1.1.5": "sha1WithRSA",
    "1.3.14.3.2.29": "sha1WithRSA",
    "1.2.840.10040.4.3": "dsaWithSha1",
    "1.2.840.10045.4.1": "ecdsaWithSha1",
}
_NULL: Final = null()
_ABSENT_OR_NULL: Final = (None, b"", _NULL)  # GB/T 35275 writers put NULL where certificates have nothing
_CURVE_PARAMETERS: Final = (*_ABSENT_OR_NULL, oid(SM2_CURVE))


def _identifier(suite: SignatureSuite) -> bytes:
    kind, digest, dotted = _TABLE[suite]
    if dotted == PSS_OID:
        return sequence(oid(dotted), pss_parameters(digest))
    return sequence(oid(dotted), _NULL) if kind is KeyKind.RSA else sequence(oid(dotted))


_IDENTIFIERS: Final = {suite: _identifier(suite) for suite in SignatureSuite}


def suite_from_algorithm(
    oid: str,
    parameters_der: bytes | None,
    *,
    digest: DigestAlgorithm | None = None,
    key: PublicKey | None = None,
) -> SignatureSuite:
    """Return the suite an AlgorithmIdentifier names.

    Args:
        oid: The algorithm's dotted OID.
        parameters_der: Its parameters as found, or None when absent.
        digest: The digest algorithm stated beside it, as in a SignerInfo. It must agree, and it completes the bare
            forms (rsaEncryption, id-ecPublicKey, SM2 signature without a digest) which say nothing of it.
        key: The key that will verify. ECDSA OIDs do not name the curve: without a key the usual one is taken, and
            `verify_signature` refuses a key of another kind.

    Raises:
        TrustError: ALGORITHM_UNKNOWN (OID, parameters), ALGORITHM_WEAK (MD5, SHA-1), ALGORITHM_MISMATCH (digest or key
            of another kind).
    """
    if oid in _WEAK:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "signature algorithm", algorithm=_WEAK[oid])
    if digest is not None and digest.weak:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "digest algorithm", algorithm=digest.value)
    suite = _find(oid, parameters_der, digest, key)
    # Ed25519 and ML-DSA say nothing of a digest of the content; whoever reads a message compares it (RFC 8419, RFC 9882).
    if digest not in {None, suite.digest} and oid not in _BARE:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "digest beside the signature", suite=suite.value)
    if key is not None and key.kind is not suite.key_kind:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", suite=suite.value, key=key.kind.value)
    return suite


def _find(oid: str, parameters: bytes | None, digest: DigestAlgorithm | None, key: PublicKey | None) -> SignatureSuite:
    if oid == PSS_OID:
        return _PSS[read_pss_digest(parameters or b"")]
    if oid in _RSA_BY_OID and parameters in _ABSENT_OR_NULL:
        return _RSA_BY_OID[oid]
    if oid in _EC_BY_OID and not parameters:
        stated = _EC_BY_OID[oid]
        return _ecdsa(_USUAL_CURVE[stated] if key is None else key.kind, stated)
    if oid == _SM2_SM3 and parameters in _ABSENT_OR_NULL:
        return SignatureSuite.SM2_SM3
    if oid in _BARE and not parameters:
        return _BARE[oid]
    return _find_bare(oid, parameters, digest, key)


def _find_bare(
    oid: str, parameters: bytes | None, digest: DigestAlgorithm | None, key: PublicKey | None
) -> SignatureSuite:
    """Return the suite of an OID that names only the kind of key; the digest must be stated beside it."""
    if digest is not None:
        if oid in {_SM2_SIGN, SM2_CURVE} and parameters in _CURVE_PARAMETERS:
            return SignatureSuite.SM2_SM3
        if oid == EC_PUBLIC_KEY and key is not None:
            if key.kind is KeyKind.SM2 and parameters in _CURVE_PARAMETERS:
                return SignatureSuite.SM2_SM3
            if parameters in _ABSENT_OR_NULL:
                return _ecdsa(key.kind, digest)
        if oid == RSA_ENCRYPTION and parameters in _ABSENT_OR_NULL and digest in _PKCS1:
            return _PKCS1[digest]
    raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "signature algorithm or its parameters", oid=oid)


def _ecdsa(kind: KeyKind, digest: DigestAlgorithm) -> SignatureSuite:
    suite = _ECDSA.get((kind, digest))
    if suite is None:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "ECDSA with this key", key=kind.value, digest=digest.value)
    return suite
