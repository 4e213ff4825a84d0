"""Random handles: 256 bits that go out once, to one browser or client, and of which the store keeps the digest.

handle = fresh_handle()                 # 43 characters, safe in cookies and URLs
digest_of(handle)                       # SM3, hex
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from collections.abc import Callable

_OCTETS: Final = 32
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def fresh_handle(token: Callable[[int], str] = secrets.token_urlsafe) -> str:
    """Return a new handle; `token` makes the text of so many random octets."""
    return token(_OCTETS)


def is_handle(text: str) -> bool:
    """Tell whether a text has the form of a handle; anything else is looked up nowhere."""
    return _FORM.fullmatch(text) is not None


def digest_of(handle: str) -> str:
    """Return what the store knows a handle by."""
    return digest(DigestAlgorithm.SM3, handle.encode()).hex()
