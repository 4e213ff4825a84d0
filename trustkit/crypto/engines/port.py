"""What the verifying side asks of an SM2 engine, whichever library does the arithmetic.

The signer ID is an argument of every call and never has a default: libraries disagree about it (OpenSSL 3.0 takes the
empty one), and a wrong ID only shows as a wrong signature.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.sm2 import Sm2Signature


@unique
class EngineAnswer(Enum):
    """What an engine says of one signature. There is no third answer: what cannot be computed is INVALID or raises."""

    VALID = "valid"
    INVALID = "invalid"


class Sm2Item(NamedTuple):
    """One signature to verify: point X ‖ Y (64 octets, on the curve), signer ID, message, signature."""

    point: bytes
    signer_id: bytes
    message: bytes
    signature: Sm2Signature


# An `Sm2Item`, or the like without names: a batch leaves two microseconds for each signature, and names take a tenth of them.
LaneItem: TypeAlias = tuple[bytes, bytes, bytes, tuple[bytes, bytes]]


class Sm2Engine(Protocol):
    """Verifies one SM2 signature at a time. Safe to call from several threads and after a fork."""

    @property
    def name(self) -> str:
        """The engine's name in settings and in ``trustkit doctor``."""

    def verify(self, point: bytes, signer_id: bytes, message: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """Answer for the signature over `message` by the owner of `point` under `signer_id` (GB/T 32918.2 7.1)."""

    def verify_digest(self, point: bytes, digest: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """Answer for the signature over e = `digest` (32 octets) as it stands, without Z."""

    def is_on_curve(self, point: bytes, /) -> bool:
        """Whether the 64 octets X ‖ Y are a point of the SM2 curve."""


class Sm2BatchEngine(Protocol):
    """Verifies many SM2 signatures in one call."""

    @property
    def name(self) -> str:
        """The engine's name in settings and in ``trustkit doctor``."""

    def verify_many(self, items: Sequence[LaneItem], /) -> tuple[EngineAnswer, ...]:
        """Answer for each item, in order."""
