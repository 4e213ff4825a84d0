"""Requests that arrive at the same time are answered together: one thread, one transaction for as many as are waiting.

    queue = StampQueue(make=lambda: authority)
    reply = queue.submit(query).result()

Nothing waits for company: whoever comes while a transaction runs is taken into the next one.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import Future
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.response import Failure, failure_of, make_refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.stamping import StampQuery, TimestampAuthority
    from trustkit.clock import Clock

TOGETHER: Final = 256  # requests in one transaction
WAITING: Final = 4096  # requests held at once; more are refused, for a queue that only grows answers nobody in time
RENEW_SECONDS: Final = 60.0  # a renewed or revoked certificate is noticed within this time
_Place = tuple["StampQuery", "Future[bytes]"]


class StampQueue:
    """One authority's queue. Its thread starts with the first request and ends with `close`."""

    def __init__(
        self, *, make: Callable[[], TimestampAuthority], clock: Clock, together: int = TOGETHER, waiting: int = WAITING
    ) -> None:
        """Take `make`, which returns an authority with the current certificate, or raises why there is none."""
        self._make, self._clock, self._together = make, clock, together
        self._places: Queue[_Place | None] = Queue(waiting)
        self._authority: TimestampAuthority | None = None
        self._made_at = 0.0
        self._thread: Thread | None = None
        self._closed = False
        self._lock = Lock()

    def submit(self, query: StampQuery) -> Future[bytes]:
        """Return the reply to come, DER TimeStampResp; refusals are replies too."""
        place: Future[bytes] = Future()
        with self._lock:
            if self._closed:
                place.set_result(make_refusal(Failure.SYSTEM_FAILURE, "the service is ending"))
                return place
            if self._thread is None:
                self._thread = Thread(target=self._work, name="time stamps", daemon=True)
                self._thread.start()
            try:
                self._places.put_nowait((query, place))
            except Full:
                place.set_result(make_refusal(Failure.SYSTEM_FAILURE, "too many requests are waiting"))
        return place

    def close(self) -> None:
        """Answer those who wait, then end."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._places.put(None)
            thread.join()

    def _work(self) -> None:
        going = True
        while going:
            batch: list[_Place] = []
            for place in self._arrivals():
                if place is None:
                    going = False
                    break
                batch.append(place)
            if batch:
                self._answer(batch)

    def _arrivals(self) -> list[_Place | None]:
        """Return who is waiting: at least one, at most `together`."""
        found = [self._places.get()]
        with contextlib.suppress(Empty):
            while len(found) < self._together and found[-1] is not None:
                found.append(self._places.get_nowait())
        return found

    def _answer(self, batch: list[_Place]) -> None:
        try:
            replies = self._current().answer_all([query for query, _ in batch])
        except TrustError as error:
            replies = (make_refusal(failure_of(error), error.detail),) * len(batch)
        except Exception:  # noqa: BLE001 - the thread must outlive our own bugs, and nobody may wait for ever
            told = make_refusal(Failure.SYSTEM_FAILURE, str(TrustError(ErrorCode.BUG).code.value))
            replies = (told,) * len(batch)
        for (_, place), reply in zip(batch, replies, strict=True):
            if place.set_running_or_notify_cancel():
                place.set_result(reply)

    def _current(self) -> TimestampAuthority:
        now = self._clock.monotonic()
        if self._authority is None or now - self._made_at > RENEW_SECONDS:
            self._authority = None  # should making fail, nothing is stamped with what may be revoked
            self._authority = self._make()
            self._made_at = now
        return self._authority
