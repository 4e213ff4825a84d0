"""An SM2 private key in memory, signing through the engine the process chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.engines.selection import current_engine
from trustkit.custody.private_key_info import encode_sm2_private_key
from trustkit.custody.secrecy import Secretive
from trustkit.custody.sm2_ipp import IppSm2Signing
from trustkit.custody.sm2_openssl import OpensslSm2Signing

if TYPE_CHECKING:
    from trustkit.crypto.suites import SignatureSuite


class Sm2Material(Secretive):
    """The scalar d and the library that signs with it."""

    __slots__ = ("_point", "_scalar", "_signing", "spki")

    def __init__(self, scalar: bytes) -> None:
        """Hold d (32 octets, 1…n−2). Raise KEY_CONTAINER_MALFORMED."""
        self._scalar = scalar
        by_openssl = OpensslSm2Signing(scalar)
        self._point = by_openssl.point
        self._signing: IppSm2Signing | OpensslSm2Signing = by_openssl
        if current_engine().name == IppSm2Signing.name:
            self._signing = IppSm2Signing(scalar, self._point)
        self.spki: bytes = SPKI_PREFIX + self._point

    def sign(self, _suite: SignatureSuite, message: bytes, /) -> bytes:
        """Return the DER signature over e = SM3(Z ‖ M). Raise SIGNING_FAILED."""
        return self._signing.sign(message)

    def private_key_info(self) -> bytes:
        """Return PrivateKeyInfo octets: the secret itself."""
        return encode_sm2_private_key(self._scalar, self._point)
