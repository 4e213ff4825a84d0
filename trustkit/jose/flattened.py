"""JWS in the flattened JSON form (RFC 7515 7.2.2), as ACME sends it (RFC 8555 6.2): all headers protected, one signature.

    jws = parse_flattened(body)
    verify_jws(jws, key)               # trustkit.jose.verify, as for the compact form

The key may be in the header here (`jwk`): ACME's new-account says who comes with it. It is returned beside the token, never
used by itself.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import UnverifiedJws
from trustkit.jose.read import REFUSED_HEADERS, read_algorithm, read_header, read_text, require_signature_size

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

MAX_FLATTENED: Final = 128 * 1024  # a certificate request of 64 KiB in base64, and its header
_MEMBERS: Final = frozenset({"protected", "payload", "signature"})
_REFUSED: Final = tuple(name for name in REFUSED_HEADERS if name != "jwk")


def parse_flattened(body: bytes | dict[str, JsonValue]) -> UnverifiedJws:
    """Return the parts of a flattened JWS, from its octets or from an object that was read already.

    Raises:
        TrustError: INPUT_TOO_LARGE; JWS_MALFORMED for another member than the three (an unprotected `header` and
            `signatures` among them), their types, a header refused as in `parse_jws` (all but `jwk`), a signature of the
            wrong size; ALGORITHM_UNKNOWN; BASE64_MALFORMED; JSON_*.
    """
    value = parse_json(body, max_size=MAX_FLATTENED, max_depth=8) if isinstance(body, bytes) else body
    protected, payload, signature = flattened_parts(value)
    header = read_header(protected, refused=_REFUSED)
    algorithm = read_algorithm(header)
    octets = decode_base64url(signature)
    require_signature_size(algorithm, len(octets))
    return UnverifiedJws(
        algorithm=algorithm,
        header=MappingProxyType(header),
        payload=decode_base64url(payload),
        signing_input=protected + b"." + payload,
        signature=octets,
        type=read_text(header, "typ").lower(),
        key_id=read_text(header, "kid"),
        certificates=(),
    )


def flattened_parts(value: JsonValue) -> tuple[bytes, bytes, bytes]:
    """Return protected header, payload and signature as found, base64url. Raise JWS_MALFORMED."""
    if not isinstance(value, dict) or set(value) != _MEMBERS:
        raise TrustError(ErrorCode.JWS_MALFORMED, "an object with protected, payload and signature, and nothing else")
    parts = []
    for name in ("protected", "payload", "signature"):
        text = value[name]
        if not isinstance(text, str) or not text.isascii():
            raise TrustError(ErrorCode.JWS_MALFORMED, f"{name} is no base64url text")
        parts.append(text.encode("ascii"))
    return parts[0], parts[1], parts[2]
