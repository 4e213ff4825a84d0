"""An SM2 private key in memory, signing through the engine the process chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.engines.selection import current_engine
from trustkit.custody.private_key_info import encode_sm2_private_key
from trustkit.custody.secrecy import Secretive
from trustkit.custody.sm2_ipp import IppSm2Signing
from trustkit.custody.sm2_ipp_agreement import IppSm2Exchange
from trustkit.custody.sm2_ipp_decryption import IppSm2Decryption
from trustkit.custody.sm2_openssl import OpensslSm2Signing
from trustkit.custody.sm2_openssl_agreement import OpensslSm2Exchange
from trustkit.custody.sm2_openssl_decryption import OpensslSm2Decryption

if TYPE_CHECKING:
    from trustkit.crypto.sm2_ciphertext import Sm2Ciphertext
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.agreement import ExchangeRole


class Sm2Material(Secretive):
    """The scalar d and the library that signs with it."""

    __slots__ = ("_decryption", "_point", "_scalar", "_signing", "spki")

    def __init__(self, scalar: bytes) -> None:
        """Hold d (32 octets, 1…n−2). Raise KEY_CONTAINER_MALFORMED."""
        self._scalar = scalar
        by_openssl = OpensslSm2Signing(scalar)
        self._point = by_openssl.point
        self._signing: IppSm2Signing | OpensslSm2Signing = by_openssl
        if current_engine().name == IppSm2Signing.name:
            self._signing = IppSm2Signing(scalar, self._point)
        self._decryption: IppSm2Decryption | OpensslSm2Decryption | None = None
        self.spki: bytes = SPKI_PREFIX + self._point

    def sign(self, _suite: SignatureSuite, message: bytes, /) -> bytes:
        """Return the DER signature over e = SM3(Z ‖ M). Raise SIGNING_FAILED."""
        return self._signing.sign(message)

    def sign_digest(self, _suite: SignatureSuite, digest: bytes, /) -> bytes:
        """Return the DER signature over e = `digest`. Raise SIGNING_FAILED."""
        return self._signing.sign_digest(digest)

    def decrypt(self, ciphertext: Sm2Ciphertext, /) -> bytes:
        """Return the plaintext. Raise DECRYPTION_FAILED, CIPHERTEXT_POINT."""
        # Made when first needed, as most keys only sign; two threads may both make one, which does no harm.
        if self._decryption is None:
            by_ipp = self._signing.name == IppSm2Decryption.name
            self._decryption = IppSm2Decryption(self._scalar) if by_ipp else OpensslSm2Decryption(self._scalar)
        return self._decryption.decrypt(ciphertext)

    def exchange(
        self, role: ExchangeRole, own_id: bytes, /, ephemeral: Sm2Material | None = None
    ) -> IppSm2Exchange | OpensslSm2Exchange:
        """Return a run of key agreement, with a fresh ephemeral key unless one is given. Raise SIGNING_FAILED, USAGE."""
        maker = IppSm2Exchange if self._signing.name == IppSm2Exchange.name else OpensslSm2Exchange
        given = None if ephemeral is None else ephemeral._scalar  # noqa: SLF001 - of its own class
        return maker(self._scalar, self._point, role, own_id, given)

    def private_key_info(self) -> bytes:
        """Return PrivateKeyInfo octets: the secret itself."""
        return encode_sm2_private_key(self._scalar, self._point)
