"""Strict base64 and base64url (RFC 4648): no white space, no missing or surplus padding, no stray bits."""

from __future__ import annotations

import base64
import binascii

from trustkit.errors import ErrorCode, TrustError


def decode_base64(text: str | bytes) -> bytes:
    """Return the octets of canonical base64 (RFC 4648 4 and 3.5). Raise BASE64_MALFORMED."""
    raw = _ascii(text)
    try:
        octets = binascii.a2b_base64(raw, strict_mode=True)
    except binascii.Error as error:
        raise TrustError(ErrorCode.BASE64_MALFORMED, "not base64") from error
    if binascii.b2a_base64(octets, newline=False) != raw:
        raise TrustError(ErrorCode.BASE64_MALFORMED, "not canonical")
    return octets


def encode_base64(octets: bytes) -> str:
    """Return base64 with padding; the inverse of `decode_base64`."""
    return base64.b64encode(octets).decode("ascii")


def decode_base64url(text: str | bytes) -> bytes:
    """Return the octets of unpadded base64url (RFC 7515 2). Raise BASE64_MALFORMED."""
    raw = _ascii(text)
    if b"=" in raw or b"+" in raw or b"/" in raw:
        raise TrustError(ErrorCode.BASE64_MALFORMED, "not unpadded base64url")
    return decode_base64(raw.translate(_TO_STANDARD) + b"=" * (-len(raw) % 4))


def encode_base64url(octets: bytes) -> str:
    """Return base64url without padding; the inverse of `decode_base64url`."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def _ascii(text: str | bytes) -> bytes:
    try:
        return text.encode("ascii") if isinstance(text, str) else text
    except UnicodeEncodeError as error:
        raise TrustError(ErrorCode.BASE64_MALFORMED, "not ASCII") from error
