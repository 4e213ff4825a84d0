"""An ACME request as it arrives (RFC 8555 6.2): flattened JWS with `url`, `nonce`, and exactly one of `jwk` and `kid`.

    message = read_message(body)
    message.jwk or message.kid                      # who says they speak; `verify_message` proves it
    verified = verify_message(message, key, url=url)

`payload_of` reads the payload: an empty one is POST-as-GET (6.3), anything else a JSON object whose unknown members are left
aside (6.1). The nonce is taken last, by the caller, once everything else is right: nobody else's mistakes use nonces up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.flattened import parse_flattened
from trustkit.jose.jwk import Jwk, parse_jwk
from trustkit.jose.model import JwsAlgorithm, UnverifiedJws
from trustkit.jose.verify import VerifiedJws, verify_jws

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

MEDIA_TYPE: Final = "application/jose+json"
ALGORITHMS: Final = (JwsAlgorithm.ES256, JwsAlgorithm.ES384, JwsAlgorithm.EDDSA, JwsAlgorithm.RS256)
MAX_PAYLOAD_DEPTH: Final = 8
_MALFORMED: Final = frozenset(
    {
        ErrorCode.JWS_MALFORMED,
        ErrorCode.BASE64_MALFORMED,
        ErrorCode.JSON_DEPTH,
        ErrorCode.JSON_DUPLICATE_KEY,
        ErrorCode.JSON_MALFORMED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeMessage:
    """One request, unverified. One of `jwk` and `kid` (empty) is there; `nonce` is as found."""

    jws: UnverifiedJws
    jwk: Jwk | None
    kid: str
    url: str
    nonce: JsonValue = field(repr=False)


def read_message(body: bytes | dict[str, JsonValue]) -> AcmeMessage:
    """Return the parts of a request.

    Raises:
        TrustError: ACME_MALFORMED for its form, and for both or neither of `jwk` and `kid`; ALGORITHM_UNKNOWN for an
            algorithm outside of the list; ACME_KEY for a key that cannot be one; INPUT_TOO_LARGE.
    """
    try:
        jws = parse_flattened(body)
    except TrustError as error:
        if error.code in _MALFORMED:
            raise TrustError(ErrorCode.ACME_MALFORMED, error.detail, **error.facts) from error
        raise
    if jws.algorithm not in ALGORITHMS:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "JWS algorithm", alg=jws.algorithm.value)
    url = jws.header.get("url")
    if not isinstance(url, str):
        raise TrustError(ErrorCode.ACME_MALFORMED, "the protected header has no url (RFC 8555 6.4)")
    if ("jwk" in jws.header) == ("kid" in jws.header):
        raise TrustError(ErrorCode.ACME_MALFORMED, "exactly one of jwk and kid (RFC 8555 6.2)")
    jwk = None
    if "jwk" in jws.header:
        try:
            jwk = parse_jwk(jws.header["jwk"])
        except TrustError as error:
            raise TrustError(ErrorCode.ACME_KEY, error.detail, **error.facts) from error
    return AcmeMessage(jws=jws, jwk=jwk, kid=jws.key_id, url=url, nonce=jws.header.get("nonce"))


def verify_message(message: AcmeMessage, key: Jwk, *, url: str) -> VerifiedJws:
    """Return the request as signed by the owner of `key`, for this URL.

    Raises:
        TrustError: ACME_UNAUTHORIZED when it was signed for another URL (RFC 8555 6.4); ALGORITHM_MISMATCH;
            ACME_MALFORMED for a signature that is not the key's (RFC 8555 6.2 has no type of its own for it).
    """
    if message.url != url:
        raise TrustError(ErrorCode.ACME_UNAUTHORIZED, "signed for another URL (RFC 8555 6.4)")
    try:
        return verify_jws(message.jws, key.public_key)
    except TrustError as error:
        if error.code is ErrorCode.ALGORITHM_MISMATCH:
            raise
        raise TrustError(ErrorCode.ACME_MALFORMED, "the signature is not by this key") from error


def payload_of(verified: VerifiedJws) -> dict[str, JsonValue] | None:
    """Return the payload's object, or None for POST-as-GET. Raise ACME_MALFORMED."""
    if not verified.payload:
        return None
    try:
        value = parse_json(verified.payload, max_depth=MAX_PAYLOAD_DEPTH)
    except TrustError as error:
        raise TrustError(ErrorCode.ACME_MALFORMED, error.detail) from error
    if not isinstance(value, dict):
        raise TrustError(ErrorCode.ACME_MALFORMED, "the payload is no object")
    return value
