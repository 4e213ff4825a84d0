"""A secret of 16 octets as N shares, any M of which give it back and fewer say nothing of it (Shamir over GF(2^128)).

    shares = split_secret(secret, threshold=2, count=3)
    combine_shares(shares[:2])

The arithmetic is PyCryptodome's. It does not notice a wrong share: `trustkit.custody.key_set` does, by a digest of each one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from Cryptodome.Protocol.SecretSharing import Shamir

from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET_SIZE: Final = 16
MIN_THRESHOLD: Final = 2  # with one share enough there would be no split knowledge
MAX_SHARES: Final = 16  # people who can be brought together


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Secretive):
    """One point of the polynomial: its index from 1, and 16 octets that are a secret."""

    index: int
    octets: bytes = field(repr=False)


def split_secret(secret: bytes, *, threshold: int, count: int) -> tuple[Share, ...]:
    """Return `count` shares of 16 octets. Raise USAGE for a secret of another size, or a threshold not from 2 to `count`."""
    if len(secret) != SECRET_SIZE:
        raise TrustError(ErrorCode.USAGE, "a secret to be shared has 16 octets", octets=len(secret))
    if not MIN_THRESHOLD <= threshold <= count <= MAX_SHARES:
        told = f"shares: at least {MIN_THRESHOLD} needed, no more than there are, and {MAX_SHARES} at most"
        raise TrustError(ErrorCode.USAGE, told, threshold=threshold, shares=count)
    return tuple(
        Share(index=index, octets=octets) for index, octets in Shamir.split(threshold, count, secret, ssss=False)
    )


def combine_shares(shares: Sequence[Share]) -> bytes:
    """Return the secret of as many distinct shares as its threshold; of other shares, nonsense. Raise USAGE."""
    if len({share.index for share in shares}) != len(shares) or len(shares) < MIN_THRESHOLD:
        raise TrustError(ErrorCode.USAGE, "shares are combined when there are enough, each once", shares=len(shares))
    return bytes(Shamir.combine([(share.index, share.octets) for share in shares], ssss=False))
