"""Calls as their clients are counted by: how much a call asks for, and whether it came before.

    return await calls.answered(request, asked.digest, 1, make)

A door says what a call is (how a digest of all it hands in is made, None where its answers are not kept) and how many files it has; who counts them, and remembers answers, is the
application's. Without anybody every call is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    Digest = Callable[[], str]


class Calls(Protocol):
    """Who counts calls, and answers those that came before."""

    async def answered(
        self, request: Request, call: Digest | None, files: int, make: Callable[[], Awaitable[Response]], /
    ) -> Response:
        """Return the answer of a call: what `make` returns, or what it returned before.

        Raises:
            TrustError: QUOTA_SPENT; REPEAT_KEY for a key that is none; REPEAT_OTHERWISE for another call's; REPEAT_UNDER_WAY; what `make` raises.
        """
        ...


class Uncounted:
    """Every call is made: `Calls` of a door without clients."""

    async def answered(
        self, _request: Request, _call: Digest | None, _files: int, make: Callable[[], Awaitable[Response]], /
    ) -> Response:
        """See `Calls.answered`."""
        return await make()
