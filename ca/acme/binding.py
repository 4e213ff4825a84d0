"""External account binding (RFC 8555 7.3.4): a MAC over the account key, by a key the authority gave out beforehand.

binding = read_binding(payload["externalAccountBinding"])
require_binding(binding, mac_key, account_key=jwk, url=url)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.mac import MacAlgorithm, verify_mac
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.flattened import flattened_parts
from trustkit.jose.jwk import parse_jwk
from trustkit.jose.read import read_header

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.jwk import Jwk

_ALGORITHMS: Final = {
    "HS256": MacAlgorithm.HMAC_SHA256,
    "HS384": MacAlgorithm.HMAC_SHA384,
    "HS512": MacAlgorithm.HMAC_SHA512,
}
_MAX_KID: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedBinding:
    """A binding as found: who gave the key out is not proved."""

    kid: str
    url: str
    algorithm: MacAlgorithm
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    mac: bytes = field(repr=False)


def read_binding(value: JsonValue) -> UnverifiedBinding:
    """Return the parts of a binding. Raise ACME_MALFORMED: also for a nonce, which it must not have."""
    try:
        protected, payload, mac = flattened_parts(value)
        header = read_header(protected)
        octets, code = decode_base64url(payload), decode_base64url(mac)
    except TrustError as error:
        raise TrustError(ErrorCode.ACME_MALFORMED, f"externalAccountBinding: {error.detail}") from error
    name, kid, url = header.get("alg"), header.get("kid"), header.get("url")
    if not isinstance(name, str) or name not in _ALGORITHMS or "nonce" in header:
        raise TrustError(ErrorCode.ACME_MALFORMED, "externalAccountBinding has a MAC algorithm and no nonce")
    if not isinstance(kid, str) or not 0 < len(kid) <= _MAX_KID or not isinstance(url, str):
        raise TrustError(ErrorCode.ACME_MALFORMED, "externalAccountBinding has kid and url")
    return UnverifiedBinding(
        kid=kid,
        url=url,
        algorithm=_ALGORITHMS[name],
        payload=octets,
        signing_input=protected + b"." + payload,
        mac=code,
    )


def require_binding(binding: UnverifiedBinding, mac_key: bytes, *, account_key: Jwk, url: str) -> None:
    """Raise ACME_BINDING unless the owner of the MAC key bound just this account key, for just this URL."""
    try:
        verify_mac(binding.algorithm, mac_key, binding.signing_input, binding.mac)
        bound = parse_jwk(parse_json(binding.payload))
    except TrustError as error:
        raise TrustError(ErrorCode.ACME_BINDING, "the MAC, or the key under it") from error
    if bound.thumbprint != account_key.thumbprint or binding.url != url:
        raise TrustError(ErrorCode.ACME_BINDING, "another account key or URL was bound")
