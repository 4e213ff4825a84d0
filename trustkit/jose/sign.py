"""Writing compact JWS (RFC 7515 5.1): the header in canonical JSON, the signature raw r‖s (RSA, Ed25519: as it is).

text = sign_jws({"typ": "statuslist+jwt"}, payload, signer)
text = sign_jwt({"iss": issuer, "sub": subject, **lifetime_claims(now, lifetime)}, signer, kind="at+jwt", key_id=kid)
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.crypto.joined_signature import der_to_joined
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import encode_base64, encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import lifetime_claims
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.read import SIGNATURE_SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate

_ASSERTION_LIFETIME: Final = timedelta(minutes=1)
_ALGORITHMS: Final = {algorithm.suite: algorithm for algorithm in JwsAlgorithm}


def sign_jws(header: Mapping[str, JsonValue], payload: bytes, signer: Signer) -> str:
    """Return the compact JWS of `payload`. `alg` is added to the header by the signer's suite.

    Raises:
        TrustError: ALGORITHM_MISMATCH for a suite JWS is not signed with here; USAGE when the header sets `alg` itself;
            JSON_MALFORMED for a header that is no JSON; what the signer raises.
    """
    algorithm = _ALGORITHMS.get(signer.suite)
    if algorithm is None:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "no JWS algorithm for the suite", suite=signer.suite.value)
    if "alg" in header:
        raise TrustError(ErrorCode.USAGE, "alg follows from the signer")
    protected = canonical_json({**header, "alg": algorithm.value})
    signing_input = f"{encode_base64url(protected)}.{encode_base64url(payload)}"
    signature = signer.sign(signing_input.encode("ascii"))
    if algorithm.joined:
        signature = der_to_joined(signature, SIGNATURE_SIZES[algorithm] // 2)
    return f"{signing_input}.{encode_base64url(signature)}"


def sign_jwt(claims: Mapping[str, JsonValue], signer: Signer, *, kind: str, key_id: str = "") -> str:
    """Return the token of some claims (RFC 7519 7.1); `trustkit.jose.jwt.verify_jwt` reads it.

    Args:
        claims: as they are written; times by `numeric_date` or `lifetime_claims`.
        signer: its suite says `alg`.
        kind: the `typ`, such as ``at+jwt``; every kind of token has one (RFC 8725 3.11).
        key_id: the `kid` the reader finds the key by; left out when empty.

    Raises:
        TrustError: as `sign_jws`; USAGE without a kind.
    """
    if not kind:
        raise TrustError(ErrorCode.USAGE, "a token has a kind")
    header: dict[str, JsonValue] = {"typ": kind, **({"kid": key_id} if key_id else {})}
    return sign_jws(header, canonical_json(dict(claims)), signer)


def sign_client_assertion(
    signer: Signer, *, client: str, audience: str, token_id: str, now: datetime, key_id: str = ""
) -> str:
    """Return a client's assertion for one request (RFC 7523 3), good for a minute.

    `audience` is the server's issuer identifier. `trustkit.jose.client_assertion.verify_client_assertion` reads it. Raise as `sign_jws`.
    """
    claims: dict[str, JsonValue] = {"iss": client, "sub": client, "aud": audience, "jti": token_id}
    claims |= lifetime_claims(now, _ASSERTION_LIFETIME)
    return sign_jwt(claims, signer, kind="JWT", key_id=key_id)


def certificate_header(chain: tuple[Certificate, ...]) -> list[JsonValue]:
    """Return the value of `x5c`: base64 DER, the signer's certificate first (RFC 7515 4.1.6)."""
    return [encode_base64(certificate.der) for certificate in chain]
