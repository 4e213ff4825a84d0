"""What the rest of the house asks of a key: a signature. How the key is kept is the adapter's business."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite


class Signer(Protocol):
    """Signs with one key under one suite. Safe to use from several threads."""

    @property
    def suite(self) -> SignatureSuite:
        """What its signatures are made of."""

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies them."""

    def sign(self, message: bytes, /) -> bytes:
        """Return the signature over `message`: DER for SM2 and ECDSA, raw for RSA and Ed25519.

        SM2 signs e = SM3(Z ‖ M) with Z of the default signer ID (GM/T 0009); nothing is to be prepended.

        Raises:
            TrustError: SIGNING_FAILED.
        """


class BatchSigner(Signer, Protocol):
    """A signer that takes many messages at once."""

    def sign_batch(self, messages: Sequence[bytes], /) -> tuple[bytes, ...]:
        """Return the signature over each message, in order. Raise SIGNING_FAILED; then none is returned."""
