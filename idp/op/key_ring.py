"""The provider's keys at one moment: which sign, which verify, and the two sets others read them from.

    signer, kid = ring.signing(JwsAlgorithm.ES256)
    ring.verifying
    ring.jwks(), ring.gm_jwks(Sm2CurveName.SM2P256V1)

SM2 keys stand at an address of their own: a JWK of a curve they do not know makes some libraries drop the whole set.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - as above
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Self

from trustkit.crypto.public_key import KeyKind
from trustkit.custody.port import Signer  # noqa: TC001 - as above
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.keys import JwkSet, VerificationKey, jwks_document
from trustkit.jose.model import JwsAlgorithm  # noqa: TC001 - as above

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.jwk import Sm2CurveName


@unique
class KeyState(StrEnum):
    """The life of a key. It is published in all three; it signs in one."""

    NEXT = "next"  # published before it signs, so that whoever reads the set knows it by then
    CURRENT = "current"
    RETIRED = "retired"  # published until nothing it signed is in force any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKey:
    """One key without its private half."""

    kid: str
    algorithm: JwsAlgorithm
    state: KeyState
    key: VerificationKey
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """All keys there are. `signers` has those that are current, by algorithm; `verifying` every one whose tokens may still be about."""

    keys: tuple[ProviderKey, ...]
    signers: Mapping[JwsAlgorithm, tuple[Signer, str]] = field(repr=False)
    verifying: JwkSet

    @classmethod
    def of(cls, keys: tuple[ProviderKey, ...], signers: Mapping[JwsAlgorithm, tuple[Signer, str]]) -> Self:
        """Return the ring of some keys. Raise JWKS_MALFORMED when two of one kind have one `kid`."""
        return cls(keys=keys, signers=signers, verifying=JwkSet.of(*(found.key for found in keys)))

    def signing(self, algorithm: JwsAlgorithm) -> tuple[Signer, str]:
        """Return the current key for an algorithm and its `kid`. Raise OP_KEY_MISSING."""
        found = self.signers.get(algorithm)
        if found is None:
            raise TrustError(IdentityCode.OP_KEY_MISSING, "no key signs by this algorithm", alg=algorithm.value)
        return found

    def jwks(self) -> Mapping[str, JsonValue]:
        """Return the set of standard keys, as `jwks_uri` gives it out."""
        return jwks_document(*(found.key for found in self.keys if found.key.public_key.kind is not KeyKind.SM2))

    def gm_jwks(self, curve: Sm2CurveName) -> Mapping[str, JsonValue]:
        """Return the set of SM2 keys, as `gm_jwks_uri` gives it out, `crv` spelled as the home is configured to."""
        found = (found.key for found in self.keys if found.key.public_key.kind is KeyKind.SM2)
        return jwks_document(*found, sm2_curve=curve)
