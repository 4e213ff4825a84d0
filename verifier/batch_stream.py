"""Lines in, answers out, both while the other still goes on: the body of ``POST /v1/verify/batch`` as it comes.

    return await begin_stream(request, bulk, StreamLimits())

What is held is bounded: portions under way, the line that is not whole yet, and answers the client has not taken, beyond a little of them
in a file without a name. While there is no room nothing is read, and so a client sends no faster than is judged; one that reads only
after it has sent everything is served all the same. One that goes away is worked for no longer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from trustkit.errors import ErrorCode, TrustError
from trustkit.web.problem import preferred_language
from verifier.answer_spool import AnswerSpool
from verifier.asked import NDJSON
from verifier.line_answers import error_line, lost_lines
from verifier.lines import LineReader, Portions, StreamLimits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from concurrent.futures import Future

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from verifier.line_answers import Bulk
    from verifier.lines import Portion

PATH: Final = "/v1/verify/batch"
WINDOW: Final = 8  # portions under way of one call
BUSY: Final = 2  # portions under way below which no more lines are waited for to make a portion full
SPOOLED: Final = 256 * 1024 * 1024  # answers waiting for a client, beyond which no more is read


def streams(scope: Scope) -> bool:
    """Tell whether a request is one of these, by its path and media type."""
    if scope["path"] != PATH:
        return False
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    return bool(kinds) and kinds[0].partition(b";")[0].strip().lower() == NDJSON.encode()


async def begin_stream(request: Request, bulk: Bulk, limits: StreamLimits) -> Response:
    """Read up to the first line and return the response that goes on from there.

    Raises:
        TrustError: REQUEST_MALFORMED for no line at all, or more in the first piece than are read; INPUT_TOO_LARGE, REQUEST_TIMEOUT,
            REQUEST_BUSY as `trustkit.web.bodies`: whoever has no answer yet is told by the status.
    """
    reader = LineReader(limits)
    pieces = request.stream()
    async for piece in pieces:
        if found := reader.feed(piece) if piece else reader.end():
            return BatchStream(request, bulk, limits, reader=reader, pieces=pieces, found=found)
    raise TrustError(ErrorCode.REQUEST_MALFORMED, "no line, no document")


class BatchStream(Response):
    """The response that reads the rest of its request."""

    def __init__(
        self,
        request: Request,
        bulk: Bulk,
        limits: StreamLimits,
        *,
        reader: LineReader,
        pieces: AsyncGenerator[bytes, None],
        found: list[bytes],
    ) -> None:
        self.status_code = HTTPStatus.OK
        self.background = None
        self.init_headers({"cache-control": "no-store", "content-type": NDJSON})
        self._language = preferred_language(request.headers.get("accept-language", ""))
        self._bulk = bulk
        self._limits = limits
        self._reader = reader
        self._pieces = pieces
        self._found = found
        self._portions = Portions()
        self._under_way: deque[tuple[Portion, Future[tuple[bytes, ...]]]] = deque()
        self._held = 0
        self._spool = AnswerSpool()
        self._moved = asyncio.Event()
        self._is_read = False
        self._last = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer until all is answered, or the client is gone."""
        del scope
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._take_in(receive))
                group.create_task(self._collect())
                await self._give_out(send)
                reading.cancel()  # which only waited for the client to leave
        except BaseExceptionGroup as failed:
            if others := failed.split(ClientDisconnect)[1]:
                raise others.exceptions[0] from None  # who frames this knows one at a time
        finally:
            for _, future in self._under_way:
                future.cancel()
            self._spool.close()

    async def _take_in(self, receive: Receive) -> None:
        """Read and submit; afterwards wait for the client to leave. Raise ClientDisconnect when it does."""
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._read()
        except TimeoutError:
            self._end_with(TrustError(ErrorCode.REQUEST_TIMEOUT, "the lines came too slowly"))
        self._is_read = True
        self._moved.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ClientDisconnect

    async def _read(self) -> None:
        try:
            await self._take(self._found)
            async for piece in self._pieces:
                await self._take(self._reader.feed(piece) if piece else self._reader.end())
            self._start(self._portions.take())
        except TrustError as error:
            self._end_with(error)
            with suppress(TrustError):  # many clients listen only when they have said everything
                async for _ in self._pieces:
                    pass

    async def _take(self, lines: list[bytes]) -> None:
        for line in lines:
            await self._room()  # first: the time may end here, and what was taken then is answered
            self._start(self._portions.add(line))
        if len(self._under_way) < BUSY:  # nobody is kept waiting for lines that may not come
            self._start(self._portions.take())
        await self._room()

    def _end_with(self, error: TrustError) -> None:
        """Have what came before answered, then the reason why nothing more is."""
        self._start(self._portions.take())
        self._last = error_line(error, self._portions.next_line, self._language, ended=True) + b"\n"

    def _start(self, portion: Portion | None) -> None:
        if portion is not None:
            self._held += portion.octets
            self._under_way.append((portion, self._bulk.submit(portion)))
            self._moved.set()

    async def _room(self) -> None:
        """Wait until more may be read."""
        while self._spool.waiting > SPOOLED or (
            self._under_way
            and (
                len(self._under_way) >= WINDOW
                or self._held + self._portions.octets + self._reader.held > self._limits.line_octets
            )
        ):
            await self._change()

    async def _collect(self) -> None:
        """Put answers where the client takes them, in order."""
        while self._under_way or not self._is_read:
            if not self._under_way:
                await self._change()
                continue
            portion, future = self._under_way[0]
            answers = await self._answers(portion, future)
            self._under_way.popleft()
            self._held -= portion.octets
            self._spool.put(b"".join(answer + b"\n" for answer in answers))
            if len(self._under_way) < BUSY:
                self._start(self._portions.take())
            self._moved.set()
        self._spool.put(self._last)
        self._spool.end()
        self._moved.set()

    async def _answers(self, portion: Portion, future: Future[tuple[bytes, ...]]) -> tuple[bytes, ...]:
        """Return the answers to a portion; where nobody will judge it any more, as at the service's end, that is the answer."""
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return lost_lines(portion, self._language)

    async def _give_out(self, send: Send) -> None:
        while not self._spool.is_over:
            if octets := self._spool.take():
                await send({"type": "http.response.body", "body": octets, "more_body": True})
                self._moved.set()
            else:
                await self._change()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _change(self) -> None:
        """Wait until something was submitted, answered, taken or read."""
        self._moved.clear()
        await self._moved.wait()
