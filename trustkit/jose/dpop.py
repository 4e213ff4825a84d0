"""Proofs that whoever sends a token has its key (DPoP, RFC 9449): read in the order of 4.3.

proof = verify_dpop(header, method="POST", url=URL, algorithms=..., now=now)                      # at the token endpoint
proof = verify_dpop(header, ..., access_token=token, thumbprint=confirmed)                        # with a token bound to a key
once(proof.once, proof.expires_at)                                                            # the caller refuses a second use

The key is in the proof's own header, and proves nothing but that its owner made the proof: a token is bound to its thumbprint.
Proofs are made by clients, so nothing here makes one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.carried_key import parse_with_key
from trustkit.jose.claims import JwtClaims, read_claims, same_text
from trustkit.jose.jwk import Jwk  # noqa: TC001 - a field type of a public dataclass
from trustkit.jose.jwt import DEFAULT_SKEW
from trustkit.jose.verify import verify_jws

if TYPE_CHECKING:
    from collections.abc import Collection, Container

    from trustkit.jose.model import JwsAlgorithm

DPOP_KIND: Final = "dpop+jwt"
MAX_PROOF: Final = 16 * 1024  # a key of RSA 8192 bits in its header, and a few short claims
PROOF_LIFETIME: Final = timedelta(seconds=60)  # RFC 9449 11.1: seconds or minutes
_MAX_ID: Final = 256
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[0-9a-zA-Z._-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-\"$->@-~]*)?(?:\?[!-\"$-~]*)?(?:#[!-~]*)?",
    flags=re.IGNORECASE | re.ASCII,
)
_PORTS: Final = {"https": "443", "http": "80"}
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedProof:
    """Who made this request has the key of `thumbprint` (RFC 7638, SHA-256).

    Attributes:
        once: names the proof among all: it is good for one use until `expires_at`.
        nonce: the one of the server's that it has; empty without.
    """

    thumbprint: str
    key: Jwk
    once: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    nonce: str = field(repr=False)
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedProof comes from verify_dpop"
            raise TypeError(message)


def verify_dpop(
    text: str,
    *,
    method: str,
    url: str,
    algorithms: Collection[JwsAlgorithm],
    now: datetime,
    access_token: str = "",
    thumbprint: str = "",
    nonces: Container[str] | None = None,
    lifetime: timedelta = PROOF_LIFETIME,
    skew: timedelta = DEFAULT_SKEW,
) -> VerifiedProof:
    """Return the verified proof (RFC 9449 4.3, steps 2 to 12; that there is one header is the caller's to see).

    Args:
        text: the DPoP header's value.
        method: of the request, as it came.
        url: of the request; its query and fragment are not compared.
        algorithms: those this server is configured to take.
        now: the time it is judged at.
        access_token: the one that came with the request, which `ath` has to be the hash of; empty where none came.
        thumbprint: of the key that token is bound to (`cnf.jkt`); empty where none is bound yet.
        nonces: those this server gave out and takes; None when it asks for none.
        lifetime: how long ago the proof may have been made.
        skew: by how much clocks may differ.

    Raises:
        TrustError: INPUT_TOO_LARGE; DPOP_MALFORMED (form, type, key, a claim missing or of the wrong type); ALGORITHM_UNKNOWN,
            ALGORITHM_MISMATCH; SIGNATURE_*; DPOP_TARGET; DPOP_NONCE; DPOP_TIME; DPOP_TOKEN; DPOP_KEY.
    """
    jws, key = parse_with_key(text, kind=DPOP_KIND, max_size=MAX_PROOF, malformed=ErrorCode.DPOP_MALFORMED)
    if jws.algorithm not in algorithms:  # 4.3 (5)
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "not an algorithm for proofs here", alg=jws.algorithm.value)
    claims = _claims(verify_jws(jws, key.public_key).payload)  # 4.3 (6), (7)
    if claims.text("htm") != method or _address(claims.text("htu")) != _address(url):  # 4.3 (8), (9)
        raise TrustError(ErrorCode.DPOP_TARGET, "htm and htu are another request's")
    nonce = claims.text("nonce")
    if nonces is not None and (not nonce or nonce not in nonces):  # 4.3 (10)
        raise TrustError(ErrorCode.DPOP_NONCE, "nonce")
    issued = claims.issued_at
    if issued is None or not -skew <= now - issued <= lifetime + skew:  # 4.3 (11)
        raise TrustError(ErrorCode.DPOP_TIME, "iat", most=int(lifetime.total_seconds()))
    if access_token and not same_text(claims.text("ath"), access_token_hash(access_token)):  # 4.3 (12)
        raise TrustError(ErrorCode.DPOP_TOKEN, "ath is of another token")
    if thumbprint and not same_text(key.thumbprint, thumbprint):  # 4.3 (12)
        raise TrustError(ErrorCode.DPOP_KEY, "the token is bound to another key")
    return VerifiedProof(
        thumbprint=key.thumbprint,
        key=key,
        once=f"{key.thumbprint} {claims.token_id}",
        issued_at=issued,
        expires_at=issued + lifetime + 2 * skew,
        nonce=nonce,
        made_here=_MADE_HERE,
    )


def access_token_hash(access_token: str) -> str:
    """Return `ath` of an access token: SHA-256 of its ASCII text, base64url (RFC 9449 4.2)."""
    return encode_base64url(hashlib.sha256(access_token.encode("utf-8")).digest())


def _claims(payload: bytes) -> JwtClaims:
    """Read the claims every proof has (4.3, 3)."""
    try:
        claims = read_claims(payload)
        texts = (claims.token_id, claims.text("htm"), claims.text("htu"))
        _ = claims.text("ath"), claims.text("nonce")
    except TrustError as error:
        raise TrustError(ErrorCode.DPOP_MALFORMED, error.detail) from error
    if not all(texts) or len(claims.token_id) > _MAX_ID or claims.issued_at is None:
        raise TrustError(ErrorCode.DPOP_MALFORMED, "jti, htm, htu and iat are needed")
    return claims


def _address(url: str) -> tuple[str, str, str, str]:
    """Return what is compared of an address: without query and fragment (4.3, 9), scheme and host in lower case, no default port.

    RFC 3986 6.2.2.1 and 6.2.3; percent-encodings are compared as they are written.
    """
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise TrustError(ErrorCode.DPOP_TARGET, "htu is no address of http or https")
    scheme = found["scheme"].lower()
    return scheme, found["host"].lower(), found["port"] or _PORTS[scheme], found["path"] or "/"
