"""Compact JWS from text, strictly: no algorithm outside the list, no `crit`, one way to write each octet (RFC 7515).

jws = parse_jws(text)
jws.header["typ"], jws.certificates
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import decode_base64, decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import JwsAlgorithm, UnverifiedJws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

MAX_JWS_SIZE: Final = 4 * 1024 * 1024  # a status list of ten million incompressible entries
MAX_HEADER_SIZE: Final = 64 * 1024  # five certificates take eight
MAX_HEADER_DEPTH: Final = 8
MAX_CERTIFICATES: Final = 10
SIGNATURE_SIZES: Final = {  # octets: r‖s (RFC 7518 3.4, GM/T 0125), R‖S of Ed25519 (RFC 8032 5.1.6)
    JwsAlgorithm.SGD_SM3_SM2: 64,
    JwsAlgorithm.ES256: 64,
    JwsAlgorithm.ES384: 96,
    JwsAlgorithm.EDDSA: 64,
}
MIN_RSA_SIGNATURE: Final = 256  # octets of the smallest RSA key trustkit takes
MAX_RSA_SIGNATURE: Final = 1024  # octets of the largest RSA key trustkit takes
_PARTS: Final = 3
_OFTEN_SEEN: Final = 4096  # octets, with a certificate or two
_MAX_TEXT: Final = 256
# Headers that fetch or carry keys of the sender's choosing (RFC 7515 4.1.2-4.1.4) or change how the rest is read.
REFUSED_HEADERS: Final = ("crit", "b64", "jku", "jwk", "x5u", "zip", "enc")


def parse_jws(
    text: str | bytes,
    *,
    max_size: int = MAX_JWS_SIZE,
    max_header: int = MAX_HEADER_SIZE,
    refused: tuple[str, ...] = REFUSED_HEADERS,
    aliases: Mapping[str, JwsAlgorithm] = MappingProxyType({}),
) -> UnverifiedJws:
    """Return the parts of a compact JWS (RFC 7515 7.1, 5.2 steps 1 to 7).

    Args:
        text: as it came.
        max_size: of the whole in octets; `max_header` of the header once it is decoded. Both are looked at before anything is.
        max_header: see there.
        refused: headers that are not accepted.
        aliases: other names for algorithms that this token's issuer is configured to write (`SM2_ALIASES`).

    Raises:
        TrustError: INPUT_TOO_LARGE; JWS_MALFORMED for its shape, a header of the wrong type or one refused here (`crit`, `b64`,
            `jku`, `jwk`, `x5u`, `zip`, `enc`), a signature of the wrong size; ALGORITHM_UNKNOWN for an `alg` outside the
            list; BASE64_MALFORMED; JSON_DUPLICATE_KEY, JSON_DEPTH, JSON_MALFORMED.
    """
    if len(text) > max_size:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "JWS", octets=len(text), limit=max_size)
    try:
        raw = text.encode("ascii") if isinstance(text, str) else bytes(text)
    except UnicodeEncodeError as error:
        raise TrustError(ErrorCode.JWS_MALFORMED, "not ASCII") from error
    parts = raw.split(b".", _PARTS)
    if len(parts) != _PARTS:
        raise TrustError(ErrorCode.JWS_MALFORMED, "not three parts joined by dots", parts=len(parts))
    header = read_header(parts[0], refused=refused, max_size=max_header)
    algorithm = read_algorithm(header, aliases)
    signature = decode_base64url(parts[2])
    require_signature_size(algorithm, len(signature))
    return UnverifiedJws(
        algorithm=algorithm,
        header=MappingProxyType(header),
        payload=decode_base64url(parts[1]),
        signing_input=raw[: len(parts[0]) + 1 + len(parts[1])],
        signature=signature,
        type=read_text(header, "typ").lower(),  # RFC 7515 4.1.9: media types compare without case
        key_id=read_text(header, "kid"),
        certificates=_certificates(header),
    )


def require_signature_size(algorithm: JwsAlgorithm, octets: int) -> None:
    """Raise JWS_MALFORMED unless a signature has a size the algorithm can make."""
    if algorithm.suite.key_kind is KeyKind.RSA:
        if not MIN_RSA_SIGNATURE <= octets <= MAX_RSA_SIGNATURE:
            raise TrustError(ErrorCode.JWS_MALFORMED, "signature is not of an RSA key's size", octets=octets)
    elif octets != SIGNATURE_SIZES[algorithm]:
        raise TrustError(ErrorCode.JWS_MALFORMED, "signature is not of the algorithm's size", octets=octets)


def read_header(
    part: bytes, *, refused: tuple[str, ...] = REFUSED_HEADERS, max_size: int = MAX_HEADER_SIZE
) -> dict[str, JsonValue]:
    """Return the protected header of base64url text. Raise INPUT_TOO_LARGE, JWS_MALFORMED, BASE64_MALFORMED, JSON_*."""
    if len(part) > (most := max_size * 4 // 3 + 2):  # before it is decoded
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "JWS header", octets=len(part), limit=most)
    value = _often_seen(part) if len(part) <= _OFTEN_SEEN else _header(part)
    for name in refused:
        if name in value:
            raise TrustError(ErrorCode.JWS_MALFORMED, f"header {name} is not accepted")
    return dict(value)


def _header(part: bytes) -> Mapping[str, JsonValue]:
    value = parse_json(decode_base64url(part), max_size=MAX_HEADER_SIZE, max_depth=MAX_HEADER_DEPTH)
    if not isinstance(value, dict):
        raise TrustError(ErrorCode.JWS_MALFORMED, "header is not an object")
    return MappingProxyType(value)


# All tokens of one kind under one key have the same header. What was read of the same octets is the same; refusals are not kept.
_often_seen: Final = lru_cache(maxsize=256)(_header)


def read_algorithm(
    header: dict[str, JsonValue], aliases: Mapping[str, JwsAlgorithm] = MappingProxyType({})
) -> JwsAlgorithm:
    """Return the `alg` of a header. Raise JWS_MALFORMED, ALGORITHM_UNKNOWN for one outside of the list."""
    name = header.get("alg")
    if not isinstance(name, str):
        raise TrustError(ErrorCode.JWS_MALFORMED, "header alg is missing or no text")
    return named_algorithm(name, aliases)


def named_algorithm(name: str, aliases: Mapping[str, JwsAlgorithm] = MappingProxyType({})) -> JwsAlgorithm:
    """Return the algorithm of a name. Raise ALGORITHM_UNKNOWN for one outside of the list and of `aliases`."""
    if name in aliases:
        return aliases[name]
    try:
        return JwsAlgorithm(name)
    except ValueError as error:
        shown = name[:32] if name.isprintable() else "unprintable"
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "JWS algorithm", alg=shown) from error


def read_text(header: dict[str, JsonValue], name: str) -> str:
    """Return a short text of a header, empty when it is absent. Raise JWS_MALFORMED."""
    value = header.get(name, "")
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        raise TrustError(ErrorCode.JWS_MALFORMED, f"header {name} is no short text")
    return value


def _certificates(header: dict[str, JsonValue]) -> tuple[bytes, ...]:
    """RFC 7515 4.1.6: an array of base64 (not base64url) DER, the signer's first."""
    if "x5c" not in header:
        return ()
    value = header["x5c"]
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CERTIFICATES:
        raise TrustError(ErrorCode.JWS_MALFORMED, "header x5c is no array of one to ten certificates")
    found: list[bytes] = []
    for item in value:
        if not isinstance(item, str):
            raise TrustError(ErrorCode.JWS_MALFORMED, "header x5c holds something else than text")
        found.append(decode_base64(item))
    return tuple(found)
