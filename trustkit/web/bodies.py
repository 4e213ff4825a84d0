"""How many octets of unanswered bodies one process holds, and how fast each must come.

One client's silence costs a service no more than its share: a body counts from its first octet until its request is answered,
everybody's together are bounded, those of one address by half of that, and who sends too slowly is let go. (A service that
takes small bodies alone, `ca.ocsp_api`, bounds them itself.)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive

    from trustkit.clock import Clock

BODY_SECONDS: Final = 60.0  # for a small body as a whole, and between two pieces of any
OCTETS_A_SECOND: Final = 64 * 1024  # what a large body must come at, over all its time, beyond the first BODY_SECONDS
RETRY_SECONDS: Final = 5  # told to who is sent away; large bodies are verified in a second or two
_LARGE: Final = 1024 * 1024  # below it, nothing is worth giving back


class BodyBudget:
    """Counts what all requests of a process hold. Used in the server's one thread.

    `most` is in octets, `max_body` what one body may have. `give_back` is called in the loop, a moment after large bodies have ended.
    """

    def __init__(self, *, most: int, max_body: int, clock: Clock, give_back: Callable[[], None]) -> None:
        self.max_body = max_body
        self.clock = clock
        self._most = max(most, max_body)
        self._share = max(most // 2, max_body)
        self._give_back = give_back
        self._held = 0
        self._of: dict[str, int] = {}
        self._planned = False

    def require_room(self, client: str, octets: int) -> None:
        """Raise REQUEST_BUSY when so many more octets have no room now, in all or of this client address."""
        if self._held + octets > self._most or self._of.get(client, 0) + octets > self._share:
            raise TrustError(ErrorCode.REQUEST_BUSY, "too many bodies are held", retry_after=RETRY_SECONDS)

    def take(self, client: str, octets: int) -> None:
        """Count octets that came. Raise REQUEST_BUSY, counting nothing."""
        self.require_room(client, octets)
        self._held += octets
        self._of[client] = self._of.get(client, 0) + octets

    def give(self, client: str, octets: int) -> None:
        """Count octets of a request that ended."""
        self._held -= octets
        if (left := self._of.get(client, 0) - octets) > 0:
            self._of[client] = left
        else:
            self._of.pop(client, None)
        if octets >= _LARGE and not self._planned:
            self._planned = True
            asyncio.get_running_loop().call_later(1.0, self._now_given_back)

    def _now_given_back(self) -> None:
        self._planned = False
        self._give_back()


class CountedBody:
    """One request's body on its way in: `receive` in place of the server's, and `release` when the request has ended.

    `streamed` is how many octets one may have that is worked on while it comes, 0 for one that is held until it is whole.
    """

    def __init__(self, budget: BodyBudget, client: str, receive: Receive, *, streamed: int = 0) -> None:
        self._budget = budget
        self._client = client
        self._receive = receive
        self._began = budget.clock.monotonic()
        self._octets = 0
        self._held = 0
        self._streamed = streamed
        self._most = streamed or budget.max_body
        self._whole = False

    def announced(self, value: bytes) -> None:
        """Look at a Content-Length before anything is read. Raise INPUT_TOO_LARGE; REQUEST_BUSY."""
        if not value.isdigit() or int(value) > self._most:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "request body", limit=self._most)
        self._budget.require_room(self._client, min(int(value), self._budget.max_body))

    async def receive(self) -> Message:
        """Return the next piece; without a limit of time once the body is whole, when only the client's leaving is awaited.

        Raises:
            TrustError: REQUEST_TIMEOUT; INPUT_TOO_LARGE; REQUEST_BUSY.
        """
        if self._whole:
            return await self._receive()
        patience = self._patience()
        try:
            async with asyncio.timeout(patience):
                message = await self._receive()
        except TimeoutError as error:
            raise TrustError(ErrorCode.REQUEST_TIMEOUT, "the body came too slowly") from error
        if patience <= 0:  # a piece that was waiting already does not make up for it
            raise TrustError(ErrorCode.REQUEST_TIMEOUT, "the body came too slowly")
        octets = len(message.get("body", b""))
        if self._octets + octets > self._most:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "request body", limit=self._most)
        self._count(octets)
        self._octets += octets
        self._whole = not message.get("more_body", False)
        return message

    def release(self) -> None:
        """Count this body no longer."""
        self._budget.give(self._client, self._held)
        self._held = 0

    def _count(self, octets: int) -> None:
        """Count what is held: of a streamed body, which goes as it comes, a whole one from its first octet on."""
        if self._streamed:
            octets = 0 if self._held else self._budget.max_body
        self._budget.take(self._client, octets)
        self._held += octets

    def _patience(self) -> float:
        """Return the seconds the next piece may take: what came earns time, silence earns none.

        A streamed body comes no faster than it is worked on, and has a limit of its own for all of its time.
        """
        if self._streamed:
            return BODY_SECONDS
        spent = self._budget.clock.monotonic() - self._began
        return max(0.0, min(BODY_SECONDS, BODY_SECONDS + self._octets / OCTETS_A_SECOND - spent))
