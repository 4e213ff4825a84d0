"""Key binding (RFC 9901 4.3, 7.3): whoever hands a credential over has the key it was issued to, and means it for one asker.

The signature alone says only that the holder once made it. What makes it proof of possession is that it names the asker
(`aud`), his nonce and a time near now: without those it may have been made for somebody else and handed on.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from esign.credential.model import BINDING_KIND
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import JwtClaims, read_claims, same_text
from trustkit.jose.jwk import Jwk, parse_jwk
from trustkit.jose.verify import verify_jws

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from esign.credential.model import SdAlgorithm, UnverifiedSdJwt
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.model import JwsAlgorithm, UnverifiedJws

BINDING_AGE: Final = timedelta(minutes=5)  # RFC 9901 7.3 3 e leaves the window to the verifier's policy
BINDING_SKEW: Final = timedelta(seconds=60)
MAX_NONCE: Final = 1024
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingDemand:
    """Who asked, with what nonce, for a presentation made since when. Raise BUG for a demand that would check nothing."""

    audience: str
    nonce: str = field(repr=False)
    longest: timedelta = BINDING_AGE
    skew: timedelta = BINDING_SKEW

    def __post_init__(self) -> None:
        if not self.audience or not 0 < len(self.nonce) <= MAX_NONCE:
            raise TrustError(ErrorCode.BUG, "a demand without audience or nonce")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBinding:
    """The holder's key signed this presentation.

    Attributes:
        key: the one the issuer named in `cnf`.
        audience: whom it was made for; `made_at`: when it says to have been made.
        possession: it was made for who asked now: audience, nonce and time are those demanded. False where nobody said what
            he had asked for.
    """

    key: Jwk
    audience: str
    made_at: datetime
    possession: bool
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedBinding comes from verify_binding"
            raise TypeError(message)


def holder_key(claims: Mapping[str, JsonValue]) -> Jwk | None:
    """Return the key a credential was issued to (`cnf.jwk`, RFC 7800 3.2), None without `cnf`. Raise BINDING_KEY."""
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    try:
        return parse_jwk(confirmation.get("jwk") if isinstance(confirmation, dict) else None)
    except TrustError as error:
        raise TrustError(CredentialCode.BINDING_KEY, f"cnf holds no key that is usable here: {error.detail}") from error


def verify_binding(
    unverified: UnverifiedSdJwt,
    binding: UnverifiedJws,
    *,
    key: Jwk | None,
    algorithms: Collection[JwsAlgorithm],
    hashing: SdAlgorithm,
    demand: BindingDemand | None,
    now: datetime,
) -> VerifiedBinding:
    """Return the verified binding (RFC 9901 7.3 3, in its order).

    Args:
        unverified: the presentation.
        binding: its key binding JWT.
        key: what the issuer named in `cnf`.
        algorithms: those a holder may sign with.
        hashing: the hash of the issuer's JWT.
        demand: what was asked for; None where nobody says so, and nothing is proved of now.
        now: the time it is judged at.

    Raises:
        TrustError: BINDING_KEY (no `cnf`), BINDING_MALFORMED (type, claims), ALGORITHM_MISMATCH, BINDING_SIGNATURE, BINDING_TIME,
            BINDING_AUDIENCE, BINDING_NONCE, BINDING_HASH.
    """
    if key is None:
        raise TrustError(CredentialCode.BINDING_KEY, "the issuer named no holder")
    if binding.algorithm not in algorithms:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "not an algorithm of holders here", alg=binding.algorithm.value)
    if binding.type != BINDING_KIND:
        raise TrustError(CredentialCode.BINDING_MALFORMED, f"typ is {BINDING_KIND}")
    try:
        claims = _claims(verify_jws(binding, key.public_key).payload)
    except TrustError as error:
        if error.code is CredentialCode.BINDING_MALFORMED:
            raise
        raise TrustError(CredentialCode.BINDING_SIGNATURE, f"{error.code.value}: {error.detail}") from error
    made_at = claims.issued_at
    if made_at is None or made_at > now + (BINDING_SKEW if demand is None else demand.skew):
        raise TrustError(CredentialCode.BINDING_TIME, "iat is ahead of now")
    if demand is not None:
        _require_asked(claims, demand, now=now, made_at=made_at)
    if not same_text(claims.text("sd_hash"), hashing.hash_text(unverified.presented)):
        raise TrustError(CredentialCode.BINDING_HASH, "sd_hash is of other disclosures")
    return VerifiedBinding(
        key=key,
        audience=claims.audience[0],
        made_at=made_at,
        possession=demand is not None,
        made_here=_MADE_HERE,
    )


def _require_asked(claims: JwtClaims, demand: BindingDemand, *, now: datetime, made_at: datetime) -> None:
    if now - made_at > demand.longest + demand.skew:
        raise TrustError(CredentialCode.BINDING_TIME, "iat is too long ago", most=int(demand.longest.total_seconds()))
    if claims.audience != (demand.audience,):
        raise TrustError(CredentialCode.BINDING_AUDIENCE, "aud names another")
    if not same_text(claims.text("nonce"), demand.nonce):
        raise TrustError(CredentialCode.BINDING_NONCE, "nonce is another")


def _claims(payload: bytes) -> JwtClaims:
    """Read what every key binding JWT has (RFC 9901 4.3): `iat`, one `aud`, `nonce`, `sd_hash`; its own times count, too."""
    try:
        claims = read_claims(payload)
        texts = (claims.text("nonce"), claims.text("sd_hash"))
    except TrustError as error:
        raise TrustError(CredentialCode.BINDING_MALFORMED, error.detail) from error
    if not all(texts) or claims.issued_at is None or len(claims.audience) != 1 or not claims.audience[0]:
        raise TrustError(CredentialCode.BINDING_MALFORMED, "iat, one aud, nonce and sd_hash are needed")
    return claims
