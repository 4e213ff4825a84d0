"""The kinds of handles the provider gives out, and the digest the store has of each.

A handle is 256 random bits (`idp.handles`), so one pass of SM3 hides it as well as any slow function would. Each kind has a context of
its own, so that a handle of one kind is never found as one of another.
"""

from __future__ import annotations

import hmac
from enum import StrEnum, unique
from typing import Final

from trustkit.crypto.digest import DigestAlgorithm, digest

_NOBODY: Final = "0" * 64


@unique
class HandleKind(StrEnum):
    """What a handle is; the value is in the context its digest begins with."""

    SECRET = "client secret"  # noqa: S105 - the name of a kind
    CODE = "code"
    REFRESH = "refresh token"
    REQUEST = "request"
    DEVICE = "device code"
    BACKCHANNEL = "back-channel request"
    USER_CODE = "user code"
    REGISTRATION = "registration token"
    SEEN = "seen"

    def digest(self, text: str) -> str:
        """Return the digest of a handle, hexadecimal."""
        context = f"trustkit op {self.value} v1\n"
        return digest(DigestAlgorithm.SM3, (context + text).encode("utf-8", "surrogatepass")).hex()

    def matches(self, text: str, kept: str | None) -> bool:
        """Tell in constant time whether a handle is the one kept; nobody's costs the same."""
        return hmac.compare_digest(self.digest(text), kept or _NOBODY) and kept is not None
