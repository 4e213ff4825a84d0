"""The part of the walk in which a platform asks the wallet: the question, the answer of a wallet of our own, and the verdict."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from esign.credential.sign import KeyBinding, present
from esign.credential.suites import CredentialSuite
from trustkit.app.demo.stage import UnexpectedAnswerError
from trustkit.clock import SystemClock
from trustkit.crypto.cipher import encrypt
from trustkit.crypto.cipher_suites import GCM_TAG, CipherParameters, CipherSuite
from trustkit.crypto.kdf import derive_concat
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.jose.jwk import Jwk, jwk_of, parse_jwk

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from trustkit.app.demo.wallet import Wallet

_QUESTIONS: Final = "/v1/presentations"
_QUERY: Final[dict[str, JsonValue]] = {
    "credentials": [{"id": "licence", "format": "dc+sd-jwt", "meta": {}, "claims": [{"path": ["CZZT"]}]}]
}
_NONCE: Final = 12


def show_presentation(client: httpx.Client, wallet: Wallet, tell: Callable[[str], None]) -> None:
    """Ask the wallet for the holder's name in each suite, let it answer, and tell the verdict; then show that an answer serves once."""
    tell(
        "     By it the platform asks the holder's wallet for his name alone: POST /v1/presentations (OpenID4VP, DCQL)."
    )
    for suite in CredentialSuite:
        made = _object(client.post(_QUESTIONS, json={"dcql_query": _QUERY, "suite": suite.value}), 201)
        asked = dict(parse_qsl(urlsplit(str(made["request"])).query))
        answer = {"response": _answered(asked, wallet, suite)}
        place = urlsplit(asked["response_uri"]).path
        _object(client.post(place, data=answer), 200)
        told = _object(client.post(f"{_QUESTIONS}/{made['id']}/result", json={"key": made["key"]}), 200)
        claims = [
            f"{'.'.join(map(str, each['path']))} = {', '.join(map(str, each['values']))}"
            for each in told["credentials"][0]["claims"]
        ]
        if told["indication"] != "TOTAL-PASSED":
            raise UnexpectedAnswerError(f"{_QUESTIONS}: {told['indication']}, {told['checks']}")
        tell(f"       {suite.value}: {told['indication']}, {'; '.join(claims)}")
        again = client.post(place, data=answer)
        if again.status_code != 409:  # noqa: PLR2004 - a question is answered once
            raise UnexpectedAnswerError(f"{place}: {again.status_code} for a second answer")
        client.delete(f"{_QUESTIONS}/{made['id']}")


def _answered(asked: dict[str, str], wallet: Wallet, suite: CredentialSuite) -> str:
    """Return the wallet's answer: the credential with the one claim and the holder's signature, encrypted to the key in the question."""
    signer = wallet.keys[suite].signer()
    binding = KeyBinding(signer=signer, audience=asked["client_id"], nonce=asked["nonce"], at=SystemClock().now())
    shown = present(wallet.files[suite].read_text("ascii").strip(), paths=(("CZZT",),), binding=binding)
    metadata = parse_json(asked["client_metadata"].encode("utf-8"))
    keys: Any = metadata["jwks"] if isinstance(metadata, dict) else {}
    key = keys["keys"][0]
    plaintext = canonical_json({"vp_token": {"licence": [shown]}, "state": asked["state"]})
    return _encrypted(plaintext, parse_jwk(key), key["kid"])


def _encrypted(plaintext: bytes, recipient: Jwk, key_id: str) -> str:
    """RFC 7516 with ECDH-ES (RFC 7518 4.6) and A256GCM."""
    ephemeral, suite = generate_key(KeyKind.EC_P256), CipherSuite.AES256_GCM
    members: dict[str, JsonValue] = dict(jwk_of(ephemeral.public_key).members)
    header: dict[str, JsonValue] = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key_id, "epk": members}
    protected = encode_base64url(canonical_json(header))
    info = b"\0\0\0\7A256GCM" + bytes(8) + (8 * suite.key_size).to_bytes(4, "big")
    key = derive_concat(ephemeral.ecdh_key().shared_secret(recipient.public_key), info, suite.key_size)
    nonce = secrets.token_bytes(_NONCE)
    sealed = encrypt(CipherParameters(suite=suite, iv=nonce), key, plaintext, associated=protected.encode("ascii"))
    parts = (nonce, sealed[:-GCM_TAG], sealed[-GCM_TAG:])
    return ".".join((protected, "", *map(encode_base64url, parts)))


def _object(answer: httpx.Response, status: int) -> dict[str, Any]:
    if answer.status_code != status:
        raise UnexpectedAnswerError(f"{answer.url.path}: {answer.status_code} {answer.text[:300]}")
    found: dict[str, Any] = answer.json()
    return found
