"""A wallet's proof of its key (OpenID4VCI, jwt), right or bent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.credential.key_proof import PROOF_KIND
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.jose.jwk import jwk_of
from trustkit.jose.sign import sign_jws

if TYPE_CHECKING:
    from trustkit.custody.port import Signer


def key_proof(
    signer: Signer,
    *,
    issuer: str,
    nonce: str,
    seconds: int,
    header: dict[str, JsonValue] | None = None,
    bent: dict[str, JsonValue] | None = None,
) -> str:
    """Return a proof made at a NumericDate, with other headers and claims; None leaves one out."""
    head: dict[str, JsonValue] = {"typ": PROOF_KIND, "jwk": dict(jwk_of(signer.public_key).members)}
    body: dict[str, JsonValue] = {"aud": issuer, "iat": seconds, "nonce": nonce}
    payload = canonical_json({name: value for name, value in (body | (bent or {})).items() if value is not None})
    return sign_jws(
        {name: value for name, value in (head | (header or {})).items() if value is not None}, payload, signer
    )
