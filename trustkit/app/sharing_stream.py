"""``GET /v1/sharing/changes``: what became of an organisation's copies, as it happens (server-sent events, HTML Living Standard 9.2).

Each event bears the number of its entry in the trail. Who was cut off sends the last he saw as ``Last-Event-ID`` and misses nothing; a line
without data says that the stream lives and how far it has come. A stream ends by itself after some minutes, or with its reader's token, and its reader comes back.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from esign.copies.notices import begin_after, notices_for
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request
    from starlette.types import Receive, Scope, Send

    from esign.copies.notices import CopyNotice
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

MEDIA_TYPE: Final = "text/event-stream"
LAST: Final = "last-event-id"
MOST_STREAMS: Final = 128
MOST_EACH: Final = 4  # of one organisation
RETRY_SECONDS: Final = 5
_PAGE: Final = 200  # entries of the trail looked at at once
_MAX_DIGITS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the trail is looked at, how many looks a stream lasts, and after how many without news it says that it lives."""

    seconds: float = 2.0
    looks: int = 150
    quiet: int = 7


USUAL: Final = Pace()
Standing = Callable[["ReadUnit"], None]  # raises TOKEN_REFUSED once its reader is nobody any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStreams:
    """The streams of one process; they are few, and counted."""

    database: Database
    pace: Pace = USUAL
    _open: Counter[str] = field(default_factory=Counter)

    async def begin(self, request: Request, recipient: str, stands: Standing) -> StreamingResponse:
        """Return the stream of an organisation's changes, after the event its reader names or from now on, for as long as he `stands`.

        Raises:
            TrustError: REQUEST_MALFORMED for a Last-Event-ID that is no number; STREAM_LOST; REQUEST_BUSY for one stream too many; TOKEN_REFUSED.
        """
        asked = _asked(request)
        place = self._take(recipient)
        try:
            after = await run_in_threadpool(self._begin, asked, stands)
        except BaseException:  # whoever goes away while he waits, too
            place.give_back()
            raise
        events = self._events(request, recipient, after, stands)
        return _Counted(events, place, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    def _take(self, recipient: str) -> _Place:
        """Count one stream more, from now on and not only once it is read: looked at and counted without a pause between."""
        if self._open[recipient] >= MOST_EACH or self._open.total() >= MOST_STREAMS:
            raise TrustError(ErrorCode.REQUEST_BUSY, "too many streams are open", retry_after=RETRY_SECONDS)
        self._open[recipient] += 1
        return _Place(self._open, recipient)

    def _begin(self, asked: int | None, stands: Standing) -> int:
        with self.database.reading() as unit:
            stands(unit)
            return begin_after(unit, asked)

    def _look(self, recipient: str, after: int, stands: Standing) -> tuple[int, tuple[CopyNotice, ...]] | None:
        """Return what is new, None for whom nothing is any more."""
        with self.database.reading() as unit:
            try:
                stands(unit)
            except TrustError as error:
                if error.code is not ErrorCode.TOKEN_REFUSED:
                    raise
                return None
            return notices_for(unit, recipient, after=after, limit=_PAGE)

    async def _events(self, request: Request, recipient: str, after: int, stands: Standing) -> AsyncIterator[bytes]:
        yield f"retry: {RETRY_SECONDS * 1000}\nid: {after}\n\n".encode("ascii")
        silent = 0
        for _ in range(self.pace.looks):
            looked = await run_in_threadpool(self._look, recipient, after, stands)
            if looked is None:
                break
            seen, found = looked
            for notice in found:
                yield _event(notice)
            silent = 0 if found else silent + 1
            if silent >= self.pace.quiet:
                silent = 0
                yield f": nothing new\nid: {seen}\n\n".encode("ascii")
            if seen - after < _PAGE:
                await asyncio.sleep(self.pace.seconds)
            after = seen
            if await request.is_disconnected():
                return
        yield f": come back\nid: {after}\n\n".encode("ascii")


class _Place:
    """One stream that is counted, until it is given back, once; at the latest when nobody holds it: an answer that was never begun."""

    def __init__(self, counts: Counter[str], recipient: str) -> None:
        self._end = weakref.finalize(self, _discount, counts, recipient)
        self._end.atexit = False

    def give_back(self) -> None:
        """Count it no more."""
        self._end()


class _Counted(StreamingResponse):
    """An answer whose place is given back when it ends, however it ends."""

    def __init__(
        self, events: AsyncIterator[bytes], place: _Place, *, media_type: str, headers: dict[str, str]
    ) -> None:
        super().__init__(events, media_type=media_type, headers=headers)
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._place.give_back()


def _discount(counts: Counter[str], recipient: str) -> None:
    counts[recipient] -= 1
    if not counts[recipient]:
        del counts[recipient]


def _event(notice: CopyNotice) -> bytes:
    data = canonical_json(notice.to_json())  # one line: canonical JSON has no line breaks
    return f"id: {notice.sequence}\nevent: {notice.change}\ndata: ".encode("ascii") + data + b"\n\n"


def _asked(request: Request) -> int | None:
    text = request.headers.get(LAST)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "Last-Event-ID is the number of an event", header=LAST)
    return int(text)
