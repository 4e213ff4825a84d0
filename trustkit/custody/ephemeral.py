"""Ephemeral scalars for SM2 signatures and key agreement: see `trustkit.crypto.engines.scalar`.

A repeated or biased scalar of a signature gives the private key away. The class that holds one shows nothing of it.
"""

from __future__ import annotations

from trustkit.crypto.engines.scalar import FreshScalar
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode


class EphemeralScalar(Secretive, FreshScalar):
    """Room for one scalar. `draw` raises SIGNING_FAILED when the kernel gives no random octets."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(ErrorCode.SIGNING_FAILED)
