"""SM2 signature values written r‖s in 64 octets, where GB/T 35276 wants a DER SEQUENCE: named, and accepted on request only.

if is_raw(key, value):
    value = accept_raw(value, accepted)
"""

from __future__ import annotations

from typing import Final

from trustkit.cms.model import Deviation
from trustkit.crypto.public_key import KeyKind, PublicKey
from trustkit.crypto.sm2 import encode_sm2_signature
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

_RAW_SIGNATURE: Final = 64


def is_raw(key: PublicKey, signature: bytes) -> bool:
    """Tell r‖s from 64 octets that are a DER SEQUENCE, which they may be when r and s happen to be short."""
    if key.kind is not KeyKind.SM2 or len(signature) != _RAW_SIGNATURE:
        return False
    try:
        return der.parse_strict(signature).tag != der.SEQUENCE
    except TrustError:
        return True


def accept_raw(signature: bytes, accepted: frozenset[str]) -> bytes:
    """Return the DER of r‖s where `Deviation.RAW_SIGNATURE` is accepted. Raise SIGNATURE_MALFORMED, naming it."""
    if Deviation.RAW_SIGNATURE not in accepted:
        raise TrustError(
            ErrorCode.SIGNATURE_MALFORMED,
            "raw r‖s of 64 octets where GB/T 35276 wants a DER SEQUENCE",
            dialect=Deviation.RAW_SIGNATURE.value,
        )
    half = _RAW_SIGNATURE // 2
    return encode_sm2_signature(signature[:half], signature[half:])
