"""Where passwords are hashed: few threads of its own, so that a flood of logins takes none of those that clients' requests wait in.

    room = PasswordRoom(cores)
    row = await room.run(lambda: passwords.put(enroller, password, now=now))

What is done there writes to the store as well, so there are two threads a core; how many hash at once is `idp.factors.hashing.Cost`'s to
say. Who comes while the queue is full is told at once when to come again: a login that would be answered after the browser gave up costs
as much as any other.
"""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

THREADS_EACH: Final = 2  # a core
WAITING_EACH: Final = 32  # a core: about a second of hashing
A_SECOND: Final = 35  # logins a core answers, at the least (`benchmarks/provider.py`)
Value = TypeVar("Value")


class PasswordRoom:
    """The threads of one process, for its one event loop."""

    def __init__(self, cores: int) -> None:
        self._most = cores * (THREADS_EACH + WAITING_EACH)
        self._each_second = cores * A_SECOND
        self._inside = 0
        self._threads = ThreadPoolExecutor(cores * THREADS_EACH, thread_name_prefix="passwords")

    @property
    def full(self) -> bool:
        """Whether who comes now is told to come again."""
        return self._inside >= self._most

    async def run(self, work: Callable[[], Value]) -> Value:
        """Return what `work` returns, done in a thread of the room. Raise as `admitted`."""
        return await self.admitted(lambda: self.thread(work))

    async def admitted(self, work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return what `work` returns, which uses threads of the room by `thread`. It goes on when its caller goes away.

        Raises:
            TrustError: REQUEST_BUSY with `retry_after` in seconds, when too many wait; what `work` raises.
        """
        if self.full:
            seconds = math.ceil(2 * self._most / self._each_second)  # the store is waited for as well
            raise TrustError(ErrorCode.REQUEST_BUSY, "too many people sign in at once", retry_after=seconds)
        doing = asyncio.get_running_loop().create_task(work())
        self._inside += 1
        doing.add_done_callback(self._left)  # not when the caller goes away: a thread that began goes on
        return await asyncio.shield(doing)

    async def thread(self, work: Callable[[], Value]) -> Value:
        """Return what `work` returns, done in a thread, for who was admitted."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    @contextmanager
    def running(self) -> Iterator[None]:
        """End the threads at the end of the block; what was begun is finished."""
        try:
            yield
        finally:
            self._threads.shutdown(cancel_futures=True)

    def _left(self, doing: asyncio.Future[Value]) -> None:
        self._inside -= 1
        if not doing.cancelled():
            doing.exception()  # of a caller who is gone: told to nobody
