"""Strict base32 (RFC 4648 6) in capitals and without padding: what a QR code holds in its alphanumeric mode, and no paste damages."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from trustkit.capsule_codes import CapsuleCode
from trustkit.errors import TrustError

_GROUP: Final = 8


def decode_base32(text: str) -> bytes:
    """Return the octets of unpadded, canonical base32. Raise BASE32_MALFORMED."""
    try:
        octets = base64.b32decode(text + "=" * (-len(text) % _GROUP))
    except (binascii.Error, ValueError) as error:
        raise TrustError(CapsuleCode.BASE32_MALFORMED, "not base32 in capitals") from error
    if encode_base32(octets) != text:
        raise TrustError(CapsuleCode.BASE32_MALFORMED, "not canonical")
    return octets


def encode_base32(octets: bytes) -> str:
    """Return base32 without padding; the inverse of `decode_base32`."""
    return base64.b32encode(octets).decode("ascii").rstrip("=")
