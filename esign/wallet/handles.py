"""Random handles: 256 bits that go out once, as code, access token or notification identifier; the store keeps their digests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Callable

_OCTETS: Final = 32
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def fresh_handle(entropy: Callable[[int], bytes]) -> str:
    """Return a new handle of 43 characters, safe in URLs; `entropy` gives so many random octets."""
    return encode_base64url(entropy(_OCTETS))


def is_handle(text: str) -> bool:
    """Tell whether a text has the form of a handle; anything else is looked up nowhere."""
    return _FORM.fullmatch(text) is not None


def digest_of(text: str) -> str:
    """Return what the store knows a handle or nonce by (SM3, hex)."""
    return digest(DigestAlgorithm.SM3, text.encode()).hex()
