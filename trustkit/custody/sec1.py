"""ECPrivateKey on its own (SEC 1 C.4, RFC 5915), the ``EC PRIVATE KEY`` of PEM: always unprotected."""

from __future__ import annotations

from typing import Final

from trustkit.crypto.public_key import EC_PUBLIC_KEY, KeyKind
from trustkit.custody.private_key import PrivateKey, load_private_key
from trustkit.custody.private_key_info import MAX_PRIVATE_KEY_INFO, parse_private_key_info
from trustkit.encoding import der
from trustkit.encoding.der_write import explicit, integer, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

_MAX_DEPTH: Final = 4
_CURVE_TAG, _PUBLIC_TAG = 0xA0, 0xA1
_VERSION: Final = 1
_KINDS: Final = frozenset({KeyKind.SM2, KeyKind.EC_P256, KeyKind.EC_P384})


def parse_sec1(data: bytes) -> PrivateKey:
    """Return the key of ECPrivateKey octets, which must name its curve. The inverse of `encode_sec1`.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, KEY_UNSUPPORTED (curve, explicit parameters, no curve).
    """
    try:
        outer = der.parse_strict(data, max_size=MAX_PRIVATE_KEY_INFO, max_depth=_MAX_DEPTH)
        members = der.children(data, outer)
        curves = [der.children(data, each)[0] for each in members if each.tag == _CURVE_TAG]
        named = bool(curves) and curves[0].tag == der.OID
        curve = der.octets(data, curves[0]) if named else b""
    except (TrustError, IndexError):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not an ECPrivateKey") from None
    if not named:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "the curve of the private key is not named")
    identifier = sequence(oid(EC_PUBLIC_KEY), curve)
    return load_private_key(parse_private_key_info(sequence(integer(0), identifier, octet_string(data))))


def encode_sec1(key: PrivateKey) -> bytes:
    """Return ECPrivateKey with curve and public key: the secret itself, in the open. Raise ALGORITHM_MISMATCH."""
    if key.kind not in _KINDS:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "SEC 1 is for keys on a curve", key=key.kind.value)
    info = parse_private_key_info(key.private_key_info())
    data = info.private_key
    _, scalar, *rest = der.children(data, der.parse_strict(data))
    public = [der.octets(data, each) for each in rest if each.tag == _PUBLIC_TAG]
    curve = explicit(0, oid(info.curve))  # PKCS#8 may leave it out inside; here nothing else says it
    return sequence(integer(_VERSION), der.octets(data, scalar), curve, *public)
