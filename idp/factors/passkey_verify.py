"""Judging what a passkey sent, in the order of WebAuthn Level 3, 7.1 and 7.2. Pure: what is kept is handed in.

    registration = verify_registration(parse_registration(body), party, challenge=challenge, attestation=policy, now=now)
    assertion = verify_assertion(parse_assertion(body), party, challenge=challenge, key=cose, need_verified=True)

Signatures are checked over the octets as found. Whether the credential is known, whose it is, and what its counter was, is for
`idp.factors.passkeys`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from fido2 import cbor
from fido2.cose import RS256, CoseKey

from idp.factors.passkey_model import ALGORITHMS
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from datetime import datetime

    from fido2.webauthn import AuthenticatorData

    from idp.factors.passkey_attestation import AttestationPolicy
    from idp.factors.passkey_model import ClientData, RelyingParty, UnverifiedAssertion, UnverifiedRegistration

_CREATE: Final = "webauthn.create"
_GET: Final = "webauthn.get"
_MIN_RSA_OCTETS: Final = 256
_MODULUS: Final = -1  # RFC 8230 4
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRegistration:
    """A credential that was made for us just now. `key` is its public key in COSE; `hardware` what attestation has shown."""

    credential: bytes = field(repr=False)
    key: bytes = field(repr=False)
    aaguid: bytes
    counter: int
    backup_eligible: bool
    backed_up: bool
    hardware: bool
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        _require_made_here(made_here)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedAssertion:
    """A credential that was used for us just now; `user_verified` when its owner was recognised by it."""

    credential: bytes = field(repr=False)
    counter: int
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        _require_made_here(made_here)


def verify_registration(
    found: UnverifiedRegistration,
    party: RelyingParty,
    *,
    challenge: str,
    attestation: AttestationPolicy,
    now: datetime,
) -> VerifiedRegistration:
    """Return the credential that was made (WebAuthn 7.1).

    Raises:
        TrustError: FACTOR_PASSKEY_CHALLENGE, FACTOR_PASSKEY_ORIGIN, FACTOR_PASSKEY_UNVERIFIED (nobody was there),
            FACTOR_PASSKEY_MALFORMED, FACTOR_PASSKEY_KEY, FACTOR_ATTESTATION.
    """
    _require_client(found.client, party, kind=_CREATE, challenge=challenge)
    data = found.attestation.auth_data
    _require_authenticator(data, party, need_verified=False)
    made = data.credential_data
    if made is None or made.credential_id != found.credential:
        raise TrustError(IdentityCode.FACTOR_PASSKEY_MALFORMED, "no credential, or another than the one that is named")
    _require_key(made.public_key)
    return VerifiedRegistration(
        credential=bytes(made.credential_id),
        key=cbor.encode(dict(made.public_key)),
        aaguid=bytes(made.aaguid),
        counter=int(data.counter),
        backup_eligible=data.is_backup_eligible(),
        backed_up=data.is_backed_up(),
        hardware=attestation.shows_hardware(found.attestation, found.client.digest, now=now),
        made_here=_MADE_HERE,
    )


def verify_assertion(
    found: UnverifiedAssertion, party: RelyingParty, *, challenge: str, key: bytes, need_verified: bool
) -> VerifiedAssertion:
    """Return the use of the credential whose public key is given (WebAuthn 7.2).

    Raises:
        TrustError: FACTOR_PASSKEY_CHALLENGE, FACTOR_PASSKEY_ORIGIN, FACTOR_PASSKEY_UNVERIFIED, FACTOR_PASSKEY_MALFORMED,
            FACTOR_PASSKEY_SIGNATURE.
    """
    _require_client(found.client, party, kind=_GET, challenge=challenge)
    data = found.authenticator
    _require_authenticator(data, party, need_verified=need_verified)
    try:
        CoseKey.parse(cbor.decode(key)).verify(bytes(data) + found.client.digest, found.signature)  # type: ignore[arg-type] # a map
    except (InvalidSignature, ValueError) as error:
        raise TrustError(IdentityCode.FACTOR_PASSKEY_SIGNATURE, "the signature does not hold") from error
    return VerifiedAssertion(
        credential=found.credential,
        counter=int(data.counter),
        user_verified=data.is_user_verified(),
        backup_eligible=data.is_backup_eligible(),
        backed_up=data.is_backed_up(),
        made_here=_MADE_HERE,
    )


def _require_client(client: ClientData, party: RelyingParty, *, kind: str, challenge: str) -> None:
    if client.type != kind:
        raise TrustError(IdentityCode.FACTOR_PASSKEY_MALFORMED, "made for another ceremony", needed=kind)
    if not hmac.compare_digest(client.challenge.encode(), challenge.encode()):
        raise TrustError(IdentityCode.FACTOR_PASSKEY_CHALLENGE, "another challenge was answered")
    if client.origin not in party.origins:
        raise TrustError(IdentityCode.FACTOR_PASSKEY_ORIGIN, "a page of another origin asked")
    if client.cross_origin and not party.embedders:
        raise TrustError(IdentityCode.FACTOR_PASSKEY_ORIGIN, "asked within a page of another origin")
    if client.top_origin is not None and not (client.cross_origin and client.top_origin in party.embedders):
        raise TrustError(IdentityCode.FACTOR_PASSKEY_ORIGIN, "asked within a page that may not")


def _require_authenticator(data: AuthenticatorData, party: RelyingParty, *, need_verified: bool) -> None:
    if not hmac.compare_digest(data.rp_id_hash, hashlib.sha256(party.id.encode()).digest()):
        raise TrustError(IdentityCode.FACTOR_PASSKEY_ORIGIN, "the credential is bound to another domain")
    if not data.is_user_present():
        raise TrustError(IdentityCode.FACTOR_PASSKEY_UNVERIFIED, "nobody was there")
    if need_verified and not data.is_user_verified():
        raise TrustError(IdentityCode.FACTOR_PASSKEY_UNVERIFIED, "the authenticator did not recognise its owner")
    if data.is_backed_up() and not data.is_backup_eligible():
        raise TrustError(IdentityCode.FACTOR_PASSKEY_MALFORMED, "backed up, and cannot be")


def _require_key(key: CoseKey) -> None:
    """Raise FACTOR_PASSKEY_KEY unless the key is of an algorithm that was offered, and one that algorithm can use."""
    algorithm = key.get(3)
    if not isinstance(algorithm, int) or algorithm not in ALGORITHMS:
        raise TrustError(IdentityCode.FACTOR_PASSKEY_KEY, "an algorithm that was not offered")
    if algorithm == RS256.ALGORITHM and not _MIN_RSA_OCTETS <= len(key.get(_MODULUS, b"")) <= 4 * _MIN_RSA_OCTETS:
        raise TrustError(IdentityCode.FACTOR_PASSKEY_KEY, "an RSA key of a size that is not taken")
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return  # a key that can be asked; of no signature it says that it does not hold
    except Exception as error:  # the library's keys raise whatever their coordinates do
        raise TrustError(IdentityCode.FACTOR_PASSKEY_KEY, "no key of its algorithm") from error
    raise TrustError(IdentityCode.FACTOR_PASSKEY_KEY, "a key that accepts anything")


def _require_made_here(made_here: object) -> None:
    if made_here is not _MADE_HERE:
        message = "made by idp.factors.passkey_verify alone"
        raise TypeError(message)
