"""Strict base32 (RFC 4648 6) in capitals and without padding: what a QR code holds in its alphanumeric mode, and no paste damages."""

from __future__ import annotations

import base64
import re
from typing import Final

from trustkit.capsule_codes import CapsuleCode
from trustkit.errors import TrustError

_BITS: Final = 5  # of one character
_TEXT: Final = re.compile(r"[A-Z2-7]*")
_LENGTHS: Final = frozenset({0, 2, 4, 5, 7})  # of the last group of eight characters: others end within an octet
# The digits Python has for that base: it reads a number whose base is a power of two in one pass, many times faster than `base64` does.
_DIGITS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")


def decode_base32(text: str) -> bytes:
    """Return the octets of unpadded, canonical base32. Raise BASE32_MALFORMED."""
    if not _TEXT.fullmatch(text) or len(text) % 8 not in _LENGTHS:
        raise TrustError(CapsuleCode.BASE32_MALFORMED, "not base32 in capitals")
    size, surplus = divmod(len(text) * _BITS, 8)
    number = int(text.translate(_DIGITS) or "0", 1 << _BITS)
    if number & ((1 << surplus) - 1):
        raise TrustError(CapsuleCode.BASE32_MALFORMED, "not canonical")
    return (number >> surplus).to_bytes(size, "big")


def encode_base32(octets: bytes) -> str:
    """Return base32 without padding; the inverse of `decode_base32`."""
    return base64.b32encode(octets).decode("ascii").rstrip("=")
