"""The software adapter of `EcdhKey`: elliptic-curve Diffie-Hellman with a key in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.custody.secrecy import Secretive

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.classic import ClassicMaterial


class SoftwareEcdhKey(Secretive):
    """An `EcdhKey` over a key in memory."""

    __slots__ = ("_material", "_public_key")

    def __init__(self, material: ClassicMaterial, public_key: PublicKey) -> None:
        self._material, self._public_key = material, public_key

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    def shared_secret(self, peer: PublicKey, /) -> bytes:
        """See `EcdhKey.shared_secret`."""
        return self._material.shared_secret(peer)
