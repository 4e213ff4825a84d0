"""Proof that a wallet has the key a credential is to be bound to (OpenID4VCI 1.0, appendix F.1: proof type ``jwt``), read in the order of F.4.

    key = verify_key_proof(text, issuer=ISSUER, nonce=nonce, now=now).key
    key = verify_answered_proof(text, issuer=ISSUER, require_given=require_given, now=now).key

The key is in the proof's own header (`jwk`). What ties it to whoever is to have the credential is the nonce: only he was given it.
Proofs that name their key otherwise (`kid`, `x5c`) are refused, and so are attestations. Wallets make proofs; nothing here does.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.carried_key import parse_with_key
from trustkit.jose.claims import JwtClaims, read_claims, same_text
from trustkit.jose.jwk import Jwk  # noqa: TC001 - a field type of a public dataclass
from trustkit.jose.jwt import DEFAULT_SKEW
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.verify import verify_jws

if TYPE_CHECKING:
    from collections.abc import Callable

PROOF_KIND: Final = "openid4vci-proof+jwt"
MAX_PROOF: Final = 16 * 1024
MAX_NONCE: Final = 1024
PROOF_AGE: Final = timedelta(minutes=5)  # F.4 leaves the window to the issuer
_ALGORITHMS: Final = frozenset({JwsAlgorithm.SGD_SM3_SM2, JwsAlgorithm.ES256})  # the keys credentials are bound to
_REFUSED: Final = ("kid", "x5c", "key_attestation", "trust_chain")  # other ways to name a key: one is enough
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedKeyProof:
    """Whoever was given `nonce` has this key."""

    key: Jwk
    nonce: str = field(repr=False)
    made_at: datetime
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedKeyProof comes from verify_key_proof"
            raise TypeError(message)


def verify_key_proof(text: str, *, issuer: str, nonce: str, now: datetime) -> VerifiedKeyProof:
    """Return the verified proof.

    Args:
        text: compact JWS.
        issuer: our own identifier, which has to be `aud`.
        nonce: the one the wallet was given.
        now: the time it is judged at.

    Raises:
        TrustError: BUG without issuer or nonce; INPUT_TOO_LARGE; PROOF_MALFORMED (form, type, key, a claim missing or of the wrong type);
            ALGORITHM_UNKNOWN, ALGORITHM_MISMATCH; SIGNATURE_*; PROOF_AUDIENCE; PROOF_NONCE; PROOF_TIME.
    """
    if not 0 < len(nonce) <= MAX_NONCE:
        raise TrustError(ErrorCode.BUG, "a proof is asked for with a nonce")

    def require_same(answered: str) -> None:
        if not same_text(answered, nonce):
            raise TrustError(CredentialCode.PROOF_NONCE, "nonce is another")

    return verify_answered_proof(text, issuer=issuer, require_given=require_same, now=now)


def verify_answered_proof(
    text: str, *, issuer: str, require_given: Callable[[str], None], now: datetime
) -> VerifiedKeyProof:
    """Return the verified proof, where many nonces were given out; `require_given` raises for one that was not.

    Raises:
        TrustError: as `verify_key_proof`, and what `require_given` raises.
    """
    if not issuer:
        raise TrustError(ErrorCode.BUG, "a proof is asked for by an issuer")
    jws, key = parse_with_key(
        text, kind=PROOF_KIND, max_size=MAX_PROOF, malformed=CredentialCode.PROOF_MALFORMED, refused=_REFUSED
    )
    if jws.algorithm not in _ALGORITHMS:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "not an algorithm for proofs here", alg=jws.algorithm.value)
    claims, made_at = _claims(verify_jws(jws, key.public_key).payload)
    if claims.audience != (issuer,):
        raise TrustError(CredentialCode.PROOF_AUDIENCE, "aud names another")
    nonce = claims.text("nonce")
    require_given(nonce)
    if not -DEFAULT_SKEW <= now - made_at <= PROOF_AGE + DEFAULT_SKEW:
        raise TrustError(CredentialCode.PROOF_TIME, "iat", most=int(PROOF_AGE.total_seconds()))
    return VerifiedKeyProof(key=key, nonce=nonce, made_at=made_at, made_here=_MADE_HERE)


def _claims(payload: bytes) -> tuple[JwtClaims, datetime]:
    """Read the claims every proof has here: one `aud`, `iat`, `nonce`."""
    try:
        claims = read_claims(payload)
        nonce = claims.text("nonce")
    except TrustError as error:
        raise TrustError(CredentialCode.PROOF_MALFORMED, error.detail) from error
    if claims.issued_at is None or not nonce or len(claims.audience) != 1 or not claims.audience[0]:
        raise TrustError(CredentialCode.PROOF_MALFORMED, "one aud, iat and nonce are needed")
    return claims, claims.issued_at
