"""What the room asks of the home's secret: digests nobody else can make, and texts nobody else can read."""

from __future__ import annotations

from typing import Protocol


class Sealing(Protocol):
    """Keyed digests and sealing under one secret of the home; each purpose has a key of its own. Safe in several threads."""

    def mac(self, purpose: str, /, *parts: bytes) -> bytes:
        """Return HMAC-SM3 (32 octets) over the parts, each with its length before it, so that no two lists look alike."""

    def seal(self, purpose: str, context: bytes, plain: bytes, /) -> bytes:
        """Return `plain` encrypted and authenticated (SM4-GCM), bound to `context`, such as the row it is kept in."""

    def open(self, purpose: str, context: bytes, sealed: bytes, /) -> bytes:
        """Return what was sealed. Raise DECRYPTION_FAILED (changed, of another context or home)."""
