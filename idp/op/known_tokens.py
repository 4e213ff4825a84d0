"""Access tokens of ours whose signatures were verified lately, so that looking into one again costs no signature.

What is kept is what was verified: the token to the letter, under the keys of that moment. With other keys, or after its end, it is verified
anew. Nothing here says that a token was not revoked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.jose.access_token import VerifiedAccessToken
    from trustkit.jose.keys import JwkSet

MOST: Final = 2048  # some 10 MB; the one asked for least lately is forgotten first


class KnownTokens:
    """The verified tokens of one process. Safe in several threads: tokens are looked into where the store is read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[str, tuple[JwkSet, VerifiedAccessToken]] = OrderedDict()

    def find(self, token: str, keys: JwkSet, *, now: datetime) -> VerifiedAccessToken | None:
        """Return a token that was verified under these very keys and is in force, None for any other."""
        with self._lock:
            kept = self._found.get(token)
            if kept is None:
                return None
            if (kept[0] is not keys and kept[0] != keys) or now >= kept[1].expires_at:
                del self._found[token]
                return None
            self._found.move_to_end(token)
            return kept[1]

    def keep(self, token: str, keys: JwkSet, verified: VerifiedAccessToken) -> None:
        """Keep a token that was verified just now."""
        with self._lock:
            self._found[token] = (keys, verified)
            if len(self._found) > MOST:
                self._found.popitem(last=False)
