"""The types of passkeys (WebAuthn Level 3): who asks, and what a browser sends back, not yet believed."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fido2.cose import ES256, ES384, ES512, RS256, CoseKey, Ed448, Ed25519, EdDSA

if TYPE_CHECKING:
    from fido2.webauthn import AttestationObject, AuthenticatorData

# COSE algorithms that are offered, in the order of preference. SM2 has no number at IANA, so no authenticator makes it.
ALGORITHMS: Final[Mapping[int, type[CoseKey]]] = {
    kind.ALGORITHM: kind for kind in (EdDSA, ES256, Ed25519, ES384, ES512, Ed448, RS256)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """Who asks for passkeys.

    Attributes:
        id: the domain credentials are bound to, such as ``example.gov.cn``.
        origins: the pages that may use them, such as ``https://login.example.gov.cn``; whole, compared octet by octet.
        embedders: pages that may show one of ours within them; empty means that nobody may.
    """

    id: str
    name: str
    origins: frozenset[str]
    embedders: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientData:
    """What the browser says of the request (WebAuthn 5.8.1). `digest` is SHA-256 over the octets as they came."""

    type: str
    challenge: str = field(repr=False)
    origin: str
    cross_origin: bool
    top_origin: str | None
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedRegistration:
    """A new credential as it came. `transports` are those words of the browser's that are of their form."""

    credential: bytes = field(repr=False)
    client: ClientData
    attestation: AttestationObject = field(repr=False)
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedAssertion:
    """The use of a credential as it came; `user` is the handle it was made for, where the authenticator says it."""

    credential: bytes = field(repr=False)
    client: ClientData
    authenticator: AuthenticatorData = field(repr=False)
    signature: bytes = field(repr=False)
    user: bytes | None = field(repr=False)
