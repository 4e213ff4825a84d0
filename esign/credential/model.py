"""SD-JWT as found (RFC 9901): an issuer's JWT, disclosures, and perhaps a key binding JWT, joined by tildes.

The issuer signs digests instead of claims; whoever holds the disclosures chooses which of them to hand on, and what he holds
back nobody can guess, because every disclosure begins with a salt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, TypeAlias

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import JsonValue  # noqa: TC001 - a field type of a public dataclass
from trustkit.encoding.text64 import encode_base64url
from trustkit.jose.model import UnverifiedJws  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Mapping

ClaimPath: TypeAlias = tuple[str | int, ...]  # keys, and places from 0 in arrays
SD: Final = "_sd"  # RFC 9901 4.2.4.1: digests of an object's members
ELEMENT: Final = "..."  # RFC 9901 4.2.4.2: the digest of an element of an array
SD_ALG: Final = "_sd_alg"  # RFC 9901 4.1.1
RESERVED: Final = frozenset({SD, ELEMENT, SD_ALG})
SEPARATOR: Final = "~"
BINDING_KIND: Final = "kb+jwt"  # RFC 9901 4.3
MAX_SD_JWT: Final = 256 * 1024  # octets; a licence with all its disclosures takes eight thousand
MAX_DISCLOSURES: Final = 256  # a licence type has at most 64 fields
MAX_DISCLOSURE: Final = 32 * 1024  # octets once decoded; a field has at most four thousand characters
MAX_DIGESTS: Final = 1024  # decoys included
MAX_DEPTH: Final = 16  # objects and arrays in one another, through disclosures too


@unique
class SdAlgorithm(StrEnum):
    """The allow-list of `_sd_alg` (RFC 9901 4.1.1): its names are those of IANA's registry of named information hashes.

    ``sm3`` is not in that registry; it is written by the SM2 profile alone.
    """

    SHA_256 = "sha-256"
    SM3 = "sm3"

    @property
    def digest(self) -> DigestAlgorithm:
        """Return the algorithm behind the name."""
        return _DIGESTS[self]

    def hash_text(self, text: str) -> str:
        """Return the digest of US-ASCII text in base64url (RFC 9901 4.2.3, 4.3.1)."""
        return encode_base64url(digest(_DIGESTS[self], text.encode("ascii")))


_DIGESTS: Final[Mapping[SdAlgorithm, DigestAlgorithm]] = {
    SdAlgorithm.SHA_256: DigestAlgorithm.SHA256,
    SdAlgorithm.SM3: DigestAlgorithm.SM3,
}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A claim somebody disclosed (RFC 9901 4.2).

    Attributes:
        text: base64url as found; the digest is over it.
        name: the claim's name, None for an element of an array.
    """

    text: str = field(repr=False)
    name: str | None
    value: JsonValue = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSdJwt:
    """An SD-JWT taken apart; nothing in it is verified.

    Attributes:
        jws: the issuer's JWT.
        binding: the key binding JWT, None when the last part is empty.
        presented: what `sd_hash` is over: everything up to the last tilde, and it (RFC 9901 4.3.1).
    """

    jws: UnverifiedJws
    disclosures: tuple[Disclosure, ...]
    binding: UnverifiedJws | None
    presented: str = field(repr=False)
