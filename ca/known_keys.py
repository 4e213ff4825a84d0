"""Keys whose private half others have, such as Debian's of 2006 to 2008 (CVE-2008-0166): no certificate is made for them.

The CA is handed a list, and asks it by the digest a key is known by there. The digest is that of badkeys (badkeys.info): SHA-256 over the
number that tells a key of its kind apart, as few octets as it takes, cut to 15 octets.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.crypto.public_key import KeyKind, rsa_numbers
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey

DIGEST_SIZE: Final = 15  # octets
_POINTS: Final = frozenset({KeyKind.SM2, KeyKind.EC_P256, KeyKind.EC_P384})


class KnownKeys(Protocol):
    """A list of keys that others have."""

    def collection(self, digest: bytes, /) -> int | None:
        """Return the number of the collection a key is from, by its digest of `DIGEST_SIZE` octets; None for one not listed."""


def known_digest(key: PublicKey) -> bytes:
    """Return what a key is listed by: of RSA its modulus, of a curve's key x, of Ed25519 and ML-DSA the key itself."""
    octets = key.subject_public_key
    if key.kind is KeyKind.RSA:
        octets = _number(rsa_numbers(key).n)
    elif key.kind in _POINTS:
        octets = _number(int.from_bytes(octets[1 : 1 + len(octets) // 2], "big"))  # of 04 ‖ X ‖ Y
    elif key.kind is KeyKind.ED25519:
        octets = _number(int.from_bytes(octets, "big"))
    return hashlib.sha256(octets).digest()[:DIGEST_SIZE]


def require_secret(key: PublicKey, known: KnownKeys | None) -> None:
    """Raise CA_KEY_KNOWN for a key on the list; without one every key passes."""
    if known is not None and (collection := known.collection(known_digest(key))) is not None:
        raise TrustError(ErrorCode.CA_KEY_KNOWN, "others have the private key", collection=collection)


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
