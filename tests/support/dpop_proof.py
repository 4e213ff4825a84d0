"""Proofs of a client's key for one request (DPoP, RFC 9449 4.2): what `trustkit.jose.dpop.verify_dpop` reads, made by a client of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.encoding.canonical_json import canonical_json
from trustkit.jose.claims import numeric_date
from trustkit.jose.dpop import DPOP_KIND, access_token_hash
from trustkit.jose.jwk import jwk_of
from trustkit.jose.sign import sign_jws

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue


def sign_dpop(
    signer: Signer, *, method: str, url: str, token_id: str, now: datetime, access_token: str = "", nonce: str = ""
) -> str:
    """Return a proof for one request (RFC 9449 4.2); `trustkit.jose.dpop.verify_dpop` reads it.

    Args:
        signer: of the key tokens are bound to; its public key stands in the header.
        method: of the request.
        url: of the request; query and fragment are left off.
        token_id: `jti`, at least 96 random bits as text.
        now: the time of making.
        access_token: the one sent beside it; empty at the token endpoint.
        nonce: what the server gave out last; empty where it gave none.

    Raises:
        TrustError: as `sign_jws`; KEY_UNSUPPORTED for a key that has no JWK.
    """
    claims: dict[str, JsonValue] = {
        "htm": method,
        "htu": url.partition("#")[0].partition("?")[0],
        "iat": numeric_date(now),
        "jti": token_id,
    }
    if access_token:
        claims["ath"] = access_token_hash(access_token)
    if nonce:
        claims["nonce"] = nonce
    header: dict[str, JsonValue] = {"typ": DPOP_KIND, "jwk": dict(jwk_of(signer.public_key).members)}
    return sign_jws(header, canonical_json(claims), signer)
