"""Replay nonces (RFC 8555 6.5): given out once, taken once, bounded in number and in time.

They live in memory: after a restart every client is told badNonce once and goes on with the fresh one, as the RFC asks of it.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.clock import Clock

MAX_NONCES: Final = 100_000  # some 20 MB; the oldest is forgotten first
SECONDS: Final = 3600.0
_OCTETS: Final = 16
_MAX_TEXT: Final = 64


@dataclass(slots=True)
class Nonces:
    """The nonces of one process; safe to share between threads."""

    clock: Clock
    random_octets: Callable[[int], bytes] = secrets.token_bytes
    _open: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def give(self) -> str:
        """Return a fresh nonce, base64url."""
        nonce = encode_base64url(self.random_octets(_OCTETS))
        with self._lock:
            self._open[nonce] = self.clock.monotonic()
            if len(self._open) > MAX_NONCES:
                self._open.popitem(last=False)
        return nonce

    def take(self, nonce: object) -> None:
        """Use a nonce up. Raise ACME_NONCE for one that was used, is too old, or was never given."""
        if not isinstance(nonce, str) or len(nonce) > _MAX_TEXT:
            raise TrustError(ErrorCode.ACME_NONCE, "the protected header has no nonce")
        with self._lock:
            given = self._open.pop(nonce, None)
        if given is None or self.clock.monotonic() - given > SECONDS:
            raise TrustError(ErrorCode.ACME_NONCE, "used, too old, or never given")
