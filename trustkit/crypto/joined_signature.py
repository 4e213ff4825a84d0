"""Signatures of curves as r‖s, the form of JOSE and COSE (RFC 7518 3.4, RFC 9053 2.1, GM/T 0125), and as DER, the form of the suites."""

from __future__ import annotations

from trustkit.encoding import der
from trustkit.encoding.der_write import integer, sequence
from trustkit.errors import ErrorCode, TrustError


def joined_to_der(raw: bytes) -> bytes:
    """Return r‖s as the DER SEQUENCE of the suites. Raise SIGNATURE_MALFORMED for zeros; the upper bound is the engine's to check."""
    half = len(raw) // 2
    r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    if len(raw) % 2 or r == 0 or s == 0:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "r‖s")
    return sequence(integer(r), integer(s))


def der_to_joined(signature: bytes, half: int) -> bytes:
    """Return a signer's DER SEQUENCE { r, s } as r‖s of twice `half` octets; the inverse of `joined_to_der`."""
    outer = der.parse_strict(signature)
    r, s = [der.decode_integer(der.content(signature, item)) for item in der.children(signature, outer)]
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")
