"""What the rest of the house asks of a key: to sign, decrypt, agree on a key. How it is kept is the adapter's business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.rsa_oaep import OaepParameters
    from trustkit.crypto.sm2_ciphertext import Sm2Ciphertext
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.agreement import AgreedKey, ExchangeRole, PeerShare


class Signer(Protocol):
    """Signs with one key under one suite. Safe to use from several threads."""

    @property
    def suite(self) -> SignatureSuite:
        """What its signatures are made of."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies them."""

    def sign(self, message: bytes, /) -> bytes:
        """Return the signature over `message`: DER for SM2 and ECDSA, raw for RSA, Ed25519 and ML-DSA.

        SM2 signs e = SM3(Z ‖ M) with Z of the default signer ID (GM/T 0009); nothing is to be prepended.

        Raises:
            TrustError: SIGNING_FAILED.
        """


@runtime_checkable
class BatchSigner(Signer, Protocol):
    """A signer that takes many messages at once."""

    def sign_batch(self, messages: Sequence[bytes], /) -> tuple[bytes, ...]:
        """Return the signature over each message, in order. Raise SIGNING_FAILED; then none is returned."""


@runtime_checkable
class DigestSigner(Signer, Protocol):
    """A signer that signs what was hashed elsewhere: for remote signing, where the message stays with who asks."""

    def sign_digest(self, suite: SignatureSuite, digest: bytes, /) -> bytes:
        """Return the signature over a message of which only the digest is known, in the form of `sign`.

        Args:
            suite: which of its key's suites; it need not be the signer's own.
            digest: of the suite's digest algorithm. For SM2 it is e = SM3(Z ‖ M), with Z of this key.

        Raises:
            TrustError: ALGORITHM_MISMATCH for another kind's suite, one that hashes by itself, or a digest of another length;
                SIGNING_FAILED.
        """


def require_digest(suite: SignatureSuite, key: PublicKey, digest: bytes) -> None:
    """Raise ALGORITHM_MISMATCH unless a key signs under a suite what was hashed before, and the digest has its length."""
    if suite.key_kind is not key.kind or not suite.takes_digest:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", suite=suite.value, key=key.kind.value)
    if len(digest) != suite.digest.size:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "length of the digest", suite=suite.value, octets=len(digest))


def sign_all(signer: Signer, messages: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the signature over each message, in order: in one call where the signer takes many. Raise SIGNING_FAILED."""
    if isinstance(signer, BatchSigner):
        return signer.sign_batch(messages)
    return tuple(signer.sign(message) for message in messages)


class Decryptor(Protocol):
    """Decrypts SM2 ciphertexts with one key. Safe to use from several threads."""

    @property
    def public_key(self) -> PublicKey:
        """The key they were encrypted to."""

    def decrypt(self, ciphertext: Sm2Ciphertext, /) -> bytes:
        """Return the plaintext (GB/T 32918.4 7). `trustkit.crypto.sm2_ciphertext` makes the argument from octets.

        Raises:
            TrustError: DECRYPTION_FAILED (hash, key stream, another key: one answer without a cause), CIPHERTEXT_POINT.
        """


@runtime_checkable
class OaepDecryptor(Protocol):
    """Decrypts RSAES-OAEP with one key. PKCS#1 v1.5 is no port: answering for it is an oracle (RFC 8017 7.2)."""

    @property
    def public_key(self) -> PublicKey:
        """The key they were encrypted to."""

    def decrypt_oaep(self, ciphertext: bytes, parameters: OaepParameters, /) -> bytes:
        """Return the plaintext (RFC 8017 7.1.2), the label empty.

        Raises:
            TrustError: DECRYPTION_FAILED (length, padding, another key: one answer without a cause).
        """


@runtime_checkable
class EcdhKey(Protocol):
    """Elliptic-curve Diffie-Hellman with one key of P-256 or P-384. SM2 has an agreement of its own, `KeyAgreement`."""

    @property
    def public_key(self) -> PublicKey:
        """The static key the other side used."""

    def shared_secret(self, peer: PublicKey, /) -> bytes:
        """Return the shared x coordinate (SEC 1 3.3.1). It is no key: something must be derived from it.

        Raises:
            TrustError: DECRYPTION_FAILED (a peer of another curve; one answer without a cause).
        """


class KeyExchange(Protocol):
    """One run of SM2 key agreement on one side: the ephemeral share is made, and serves once."""

    @property
    def share(self) -> bytes:
        """The own ephemeral point X ‖ Y (64 octets), R_A or R_B, to be sent to the other side."""

    def agree(self, peer: PeerShare, /, *, size: int) -> AgreedKey:
        """Return the key of `size` octets and the confirmation values (GB/T 32918.3 6.1).

        Raises:
            TrustError: AGREEMENT_FAILED (a point off the curve, the result at infinity), USAGE (size, a second call).
        """


class KeyAgreement(Protocol):
    """Runs SM2 key agreement with one key. Safe to use from several threads."""

    @property
    def public_key(self) -> PublicKey:
        """The static key the other side needs."""

    def start(self, role: ExchangeRole, own_id: bytes, /) -> KeyExchange:
        """Return a run with a fresh ephemeral share, as initiator (A) or responder (B). Raise SIGNING_FAILED, USAGE."""
