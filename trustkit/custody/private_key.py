"""Private keys in this process's memory: made, read from PKCS#8, and turned into signers.

A `PrivateKey` shows its kind and the identifier of its public half, nothing else, and cannot be pickled or copied. The
memory of a running process is not protected: who may read it has the key. Use a hardware adapter where that matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.pss import PSS_OID
from trustkit.crypto.public_key import EC_PUBLIC_KEY, ED25519, RSA_ENCRYPTION, KeyKind, parse_public_key
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.classic import ClassicMaterial, ClassicPrivateKey
from trustkit.custody.decryption import SoftwareDecryptor, SoftwareKeyAgreement
from trustkit.custody.ecdh import SoftwareEcdhKey
from trustkit.custody.ml_dsa import ML_DSA_KEYS, require_same_ml_dsa_key, seed_form
from trustkit.custody.port import require_digest
from trustkit.custody.private_key_info import PrivateKeyInfo, sm2_scalar
from trustkit.custody.rsa_decryption import SoftwareOaepDecryptor
from trustkit.custody.secrecy import Secretive
from trustkit.custody.sm2_material import Sm2Material
from trustkit.custody.sm2_openssl import generate_sm2_scalar
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustkit.crypto.public_key import PublicKey

RSA_BITS: Final = 3072  # 128 bits of strength, as SM2 has (NIST SP 800-57 part 1, table 2)
_RSA_EXPONENT: Final = 65537
# The library is handed no others: its kinds without a use here fail in ways of their own (X448 with an InternalError).
_LOADED: Final = frozenset({EC_PUBLIC_KEY, RSA_ENCRYPTION, PSS_OID, ED25519, *ML_DSA_KEYS})
_USUAL: Final = {
    KeyKind.SM2: SignatureSuite.SM2_SM3,
    KeyKind.EC_P256: SignatureSuite.ECDSA_P256_SHA256,
    KeyKind.EC_P384: SignatureSuite.ECDSA_P384_SHA384,
    KeyKind.RSA: SignatureSuite.RSA_PKCS1_SHA256,  # what every reader of certificates and PDF accepts
    KeyKind.ED25519: SignatureSuite.ED25519,
    KeyKind.ML_DSA_44: SignatureSuite.ML_DSA_44,
    KeyKind.ML_DSA_65: SignatureSuite.ML_DSA_65,
    KeyKind.ML_DSA_87: SignatureSuite.ML_DSA_87,
}
_MADE: Final[dict[KeyKind, Callable[[], ClassicPrivateKey]]] = {
    KeyKind.EC_P256: lambda: ec.generate_private_key(ec.SECP256R1()),
    KeyKind.EC_P384: lambda: ec.generate_private_key(ec.SECP384R1()),
    KeyKind.RSA: lambda: rsa.generate_private_key(_RSA_EXPONENT, RSA_BITS),
    KeyKind.ED25519: ed25519.Ed25519PrivateKey.generate,
    KeyKind.ML_DSA_44: mldsa.MLDSA44PrivateKey.generate,
    KeyKind.ML_DSA_65: mldsa.MLDSA65PrivateKey.generate,
    KeyKind.ML_DSA_87: mldsa.MLDSA87PrivateKey.generate,
}


class KeyMaterial(Protocol):
    """The secret behind a `PrivateKey`, by the library that computes with it."""

    @property
    def spki(self) -> bytes:
        """The public half."""

    def sign(self, suite: SignatureSuite, message: bytes, /) -> bytes:
        """Return the signature. Raise SIGNING_FAILED."""

    def sign_digest(self, suite: SignatureSuite, digest: bytes, /) -> bytes:
        """Return the signature over a digest of the suite's. Raise SIGNING_FAILED."""

    def private_key_info(self) -> bytes:
        """Return PrivateKeyInfo octets: the secret itself, for encryption and nothing else."""


class PrivateKey(Secretive):
    """A private key of a known kind."""

    __slots__ = ("_material", "kind", "public_key")

    def __init__(self, material: KeyMaterial) -> None:
        """Hold the material. Raise KEY_* when its public half is not acceptable."""
        self._material = material
        self.public_key: PublicKey = parse_public_key(material.spki)
        self.kind: KeyKind = self.public_key.kind

    def signer(self, suite: SignatureSuite | None = None) -> SoftwareSigner:
        """Return a signer for `suite`, or for the kind's usual one. Raise ALGORITHM_MISMATCH."""
        return SoftwareSigner(self._material, usual_suite(self.kind, suite), self.public_key)

    def decryptor(self) -> SoftwareDecryptor:
        """Return a decryptor of SM2 ciphertexts. Raise ALGORITHM_MISMATCH for a key of another kind."""
        return SoftwareDecryptor(self._sm2(), self.public_key)

    def oaep_decryptor(self) -> SoftwareOaepDecryptor:
        """Return a decryptor of RSAES-OAEP. Raise ALGORITHM_MISMATCH for a key of another kind."""
        if self.kind is not KeyKind.RSA or not isinstance(self._material, ClassicMaterial):
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=self.kind.value)
        return SoftwareOaepDecryptor(self._material, self.public_key)

    def ecdh_key(self) -> SoftwareEcdhKey:
        """Return the private half of ECDH. Raise ALGORITHM_MISMATCH for a key of no curve of ECDSA."""
        if self.kind not in {KeyKind.EC_P256, KeyKind.EC_P384} or not isinstance(self._material, ClassicMaterial):
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=self.kind.value)
        return SoftwareEcdhKey(self._material, self.public_key)

    def key_agreement(self) -> SoftwareKeyAgreement:
        """Return the private half of SM2 key agreement. Raise ALGORITHM_MISMATCH for a key of another kind."""
        return SoftwareKeyAgreement(self._sm2(), self.public_key)

    def _sm2(self) -> Sm2Material:
        if not isinstance(self._material, Sm2Material):
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=self.kind.value)
        return self._material

    def private_key_info(self) -> bytes:
        """Return PrivateKeyInfo octets: the secret itself. Only for handing to `pkcs8.encrypt_private_key`."""
        return self._material.private_key_info()

    def __repr__(self) -> str:
        return f"PrivateKey(kind={self.kind.value}, identifier={self.public_key.identifier.hex()})"


class SoftwareSigner(Secretive):
    """A `BatchSigner` and `DigestSigner` over a key in memory."""

    __slots__ = ("_material", "_public_key", "_suite")

    def __init__(self, material: KeyMaterial, suite: SignatureSuite, public_key: PublicKey) -> None:
        self._material = material
        self._suite = suite
        self._public_key = public_key

    @property
    def suite(self) -> SignatureSuite:
        """What its signatures are made of."""
        return self._suite

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies them."""
        return self._public_key

    def sign(self, message: bytes, /) -> bytes:
        """See `Signer.sign`."""
        return self._material.sign(self._suite, message)

    def sign_batch(self, messages: Sequence[bytes], /) -> tuple[bytes, ...]:
        """See `BatchSigner.sign_batch`."""
        return tuple(self._material.sign(self._suite, message) for message in messages)

    def sign_digest(self, suite: SignatureSuite, digest: bytes, /) -> bytes:
        """See `DigestSigner.sign_digest`."""
        require_digest(suite, self._public_key, digest)
        return self._material.sign_digest(suite, digest)

    def __repr__(self) -> str:
        return f"SoftwareSigner(suite={self._suite.value}, identifier={self._public_key.identifier.hex()})"


def usual_suite(kind: KeyKind, wanted: SignatureSuite | None = None) -> SignatureSuite:
    """Return the wanted suite, or the one a kind of key usually signs with. Raise ALGORITHM_MISMATCH for another kind's."""
    chosen = wanted or _USUAL[kind]
    if chosen.key_kind is not kind:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", suite=chosen.value, key=kind.value)
    return chosen


def generate_key(kind: KeyKind) -> PrivateKey:
    """Return a fresh key of a kind; RSA of 3072 bits. Raise SIGNING_FAILED when the library cannot make one."""
    if kind is KeyKind.SM2:
        return PrivateKey(Sm2Material(generate_sm2_scalar()))
    return PrivateKey(ClassicMaterial(_MADE[kind]()))


def load_private_key(info: PrivateKeyInfo, *, made_here: bool = False) -> PrivateKey:
    """Return the key a container held.

    `made_here` says that `generate_key` made it and that nobody could change it since, because it was kept authenticated: whether an RSA
    key's primes are prime is then not asked again, which takes longer than all else a service does with it at its start.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED (also when the public half beside it is another key's), KEY_UNSUPPORTED,
            KEY_WEAK.
    """
    if info.is_sm2:
        scalar, stated = sm2_scalar(info)
        material = Sm2Material(scalar)
        if stated and SPKI_PREFIX + stated != material.spki:
            raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "the public half is another key's")
        return PrivateKey(material)
    if info.algorithm not in _LOADED:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "kind of private key", oid=info.algorithm)
    octets = info.der if info.algorithm not in ML_DSA_KEYS else seed_form(info)
    try:
        key = load_der_private_key(octets, password=None, unsafe_skip_rsa_key_validation=made_here)
    except UnsupportedAlgorithm:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "kind of private key", oid=info.algorithm) from None
    except (ValueError, TypeError, InternalError):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "private key", oid=info.algorithm) from None
    if not isinstance(key, ClassicPrivateKey):
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "kind of private key", oid=info.algorithm)
    found = PrivateKey(ClassicMaterial(key))
    if info.algorithm in ML_DSA_KEYS:
        require_same_ml_dsa_key(info, found.public_key.subject_public_key)
    return found
