"""The software adapter of `OaepDecryptor`: RSAES-OAEP with a key in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.custody.secrecy import Secretive

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.rsa_oaep import OaepParameters
    from trustkit.custody.classic import ClassicMaterial


class SoftwareOaepDecryptor(Secretive):
    """An `OaepDecryptor` over a key in memory."""

    __slots__ = ("_material", "_public_key")

    def __init__(self, material: ClassicMaterial, public_key: PublicKey) -> None:
        self._material, self._public_key = material, public_key

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    def decrypt_oaep(self, ciphertext: bytes, parameters: OaepParameters, /) -> bytes:
        """See `OaepDecryptor.decrypt_oaep`."""
        return self._material.decrypt_oaep(ciphertext, parameters)
