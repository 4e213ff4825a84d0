"""Sizes every value is held to before it reaches a database, the same on both of them.

PostgreSQL refuses an over-long text, a NUL or a lone surrogate with errors of its own, and SQLite swallows some of
them: so they are refused here, with one code, before a statement is sent.
"""

from __future__ import annotations

import re
from typing import Final

from trustkit.errors import ErrorCode, TrustError

# Listings are pages, not dumps: a thousand rows fill any screen and bound the memory of a request.
PAGE_LIMIT = 1000
_UNPLAIN: Final = re.compile("[\x00\ud800-\udfff]")


def bounded_text(name: str, value: str, limit: int) -> str:
    """Return `value` unchanged; raise INPUT_TOO_LARGE over `limit` characters, INPUT_UNREADABLE for no plain text."""
    if len(value) > limit:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, f"{name} is longer than the store keeps", limit=limit)
    if _UNPLAIN.search(value):
        raise TrustError(ErrorCode.INPUT_UNREADABLE, f"{name} holds a NUL or half a character")
    return value


def bounded_bytes(name: str, value: bytes, limit: int) -> bytes:
    """Return `value` unchanged; raise INPUT_EMPTY when there is none, INPUT_TOO_LARGE over `limit` octets."""
    if not value:
        raise TrustError(ErrorCode.INPUT_EMPTY, f"{name} is empty")
    if len(value) > limit:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, f"{name} is larger than the store keeps", limit=limit)
    return value


def bounded_limit(limit: int) -> int:
    """Return a page size between one and PAGE_LIMIT; raise USAGE otherwise."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise TrustError(ErrorCode.USAGE, "a page holds between one and this many rows", limit=PAGE_LIMIT)
    return limit
