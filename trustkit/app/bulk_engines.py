"""Who judges the shards of a run, several at once: processes of this machine, or a cluster (`trustkit.app.bulk_ray`).

    with LocalEngine(setup, snapshot, count=2) as engine:
        for shard, answers in answered(engine, shards, ordered=False):
            …

No more shards are taken from the list than are being judged and as many again, so a run of millions holds no more than a run of thousands.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from trustkit.app.bulk_process import BulkProcess

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Self

    from trustkit.app.bulk_process import Answer, BulkSetup
    from verifier.bulk.shard import Shard


class Engine(Protocol):
    """Judges shards."""

    @property
    def at_once(self) -> int:
        """How many shards are judged at the same time."""

    def submit(self, shard: Shard, /) -> Future[list[Answer]]:
        """Take a shard; the answers are `BulkProcess.judge`'s."""


def answered(engine: Engine, shards: Iterable[Shard], *, ordered: bool) -> Iterator[tuple[Shard, list[Answer]]]:
    """Yield each shard with its answers, in the order of the shards or as they come. Raise what judging raises."""
    left = iter(shards)
    pending: deque[tuple[Future[list[Answer]], Shard]] = deque()
    try:
        while True:
            while len(pending) < 2 * max(1, engine.at_once):
                shard = next(left, None)
                if shard is None:
                    break
                pending.append((engine.submit(shard), shard))
            if not pending:
                return
            if not ordered:
                wait([future for future, _ in pending], return_when=FIRST_COMPLETED)
                while not pending[0][0].done():
                    pending.rotate(-1)
            future, shard = pending.popleft()
            yield shard, future.result()
    finally:
        for future, _ in pending:
            future.cancel()


class LocalEngine:
    """Processes of this machine, ended with the block."""

    def __init__(self, setup: BulkSetup, snapshot: bytes, *, count: int) -> None:
        self._count = count
        self._threads = ThreadPoolExecutor(max_workers=count, thread_name_prefix="bulk")
        self._processes = [BulkProcess(setup, snapshot) for _ in range(count)]
        self._idle: SimpleQueue[BulkProcess] = SimpleQueue()
        for each in self._processes:
            self._idle.put(each)

    @property
    def at_once(self) -> int:
        """One shard for each process."""
        return self._count

    def submit(self, shard: Shard, /) -> Future[list[Answer]]:
        """See `Engine.submit`."""
        return self._threads.submit(self._judge, shard)

    def _judge(self, shard: Shard) -> list[Answer]:
        process = self._idle.get()
        try:
            return process.judge(shard)
        finally:
            self._idle.put(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes; what is being judged when a run is given up is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if error is not None:
            for each in self._processes:
                each.abandon()
        self._threads.shutdown(wait=True)
        for each in self._processes:
            each.close()
