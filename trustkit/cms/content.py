"""What a detached signature covers: one or several runs of octets, digested once for each algorithm."""

from __future__ import annotations

from trustkit.crypto.digest import DigestAlgorithm, hasher


class ContentDigests:
    """Content in parts (the two ranges of a PDF), joined only when a signature without attributes needs the octets.

    Digests are kept, so several signers over one content cost one pass. Equality is identity.
    """

    __slots__ = ("_digests", "_parts")

    def __init__(self, *parts: bytes | memoryview) -> None:
        self._parts = parts
        self._digests: dict[DigestAlgorithm, bytes] = {}

    def digest(self, algorithm: DigestAlgorithm) -> bytes:
        """Return the digest over all parts in order. Raise ALGORITHM_WEAK."""
        known = self._digests.get(algorithm)
        if known is None:
            state = hasher(algorithm)
            for part in self._parts:
                state.update(part)
            known = self._digests[algorithm] = state.digest()
        return known

    @property
    def size(self) -> int:
        """Return the number of octets."""
        return sum(len(part) for part in self._parts)

    def octets(self) -> bytes:
        """Return all parts joined."""
        only = self._parts[0] if len(self._parts) == 1 else None
        return only if isinstance(only, bytes) else b"".join(self._parts)
