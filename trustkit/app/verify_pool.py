"""Processes that judge the lines of large batches, for as long as the service lives: one for each processor.

    pool = VerifyPool(home, count=cores())
    bulk = pool.asked_by(asker, setting, near=NearBulk(service, setting))
    bulk.submit(portion).result()

They are started by the first batch of more than a few lines; the lines of smaller ones are judged where they come in. One that ends is
replaced, and what it had is tried line by line, so that only what ended it has no verdict. Lines are counted for their client here, once, before a
process has them: what is tried again costs nothing more.
"""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Final

from trustkit.app.verify_worker import BETWEEN, MODULE, order_of
from trustkit.app.worker_pool import LineWorker
from trustkit.errors import ErrorCode, TrustError
from verifier.line_answers import lost_lines, refused_lines
from verifier.lines import Portion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from trustkit.app.verification import Asker
    from verifier.line_answers import Bulk, Meter, Setting

SMALL: Final = 8  # lines at the beginning of a batch that are judged without these processes
LINE_SECONDS: Final = 60.0  # for each line of a portion, of which evidence may have to be fetched
PORTION_SECONDS: Final = 960.0  # for all of them; past that each is asked by itself
MOST_LOST: Final = (
    4  # lines of one portion that end a worker each; the rest are not tried: somebody sends such on purpose
)
_Answers = tuple[bytes, ...]


class VerifyPool:
    """Workers of one home; for several threads and calls at once."""

    def __init__(self, home: Path, *, count: int, start: Callable[[Path], LineWorker] | None = None) -> None:
        self._home = home
        self._count = count
        self._start = start or _start
        self._lock = Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._idle: SimpleQueue[LineWorker | None] = SimpleQueue()

    @contextmanager
    def running(self) -> Iterator[None]:
        """End the processes with the block."""
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """End the processes; what waits is not judged any more."""
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is None:
            return
        threads.shutdown(cancel_futures=True)
        for _ in range(self._count):
            worker = self._idle.get()
            if worker is not None:
                worker.close()

    def asked_by(self, asker: Asker, setting: Setting, *, near: Bulk, meter: Meter | None = None) -> Bulk:
        """Return who judges the portions of one call; `meter` counts their lines, but for those that are judged near."""
        return _Call(self, asker, setting, near, meter)

    def submit(self, asker: Asker, setting: Setting, portion: Portion, meter: Meter | None = None) -> Future[_Answers]:
        """Have a portion judged by a process that is free."""
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(max_workers=self._count, thread_name_prefix="verify-pool")
                for _ in range(self._count):
                    self._idle.put(None)
            return self._threads.submit(self._metered, asker, setting, portion, meter)

    def _metered(self, asker: Asker, setting: Setting, portion: Portion, meter: Meter | None) -> _Answers:
        """Return an answer to each line; those beyond what the client has left have its refusal."""
        if meter is None:
            return self._judge(asker, setting, portion)
        try:
            granted = portion.begun(meter.grant(len(portion.lines)))
            beyond = refused_lines(meter, portion, len(granted.lines), setting.language)
        except TrustError:
            return lost_lines(portion, setting.language)
        return (*(self._judge(asker, setting, granted) if granted.lines else ()), *beyond)

    def _judge(self, asker: Asker, setting: Setting, portion: Portion) -> _Answers:
        worker = self._idle.get()
        try:
            worker, answers = self._asked(worker, order_of(asker, setting, portion), portion)
            if answers:
                return answers
            if len(portion.lines) == 1:
                return lost_lines(portion, setting.language)
            found: list[bytes] = []
            lost = 0
            for place, line in enumerate(portion.lines):
                alone = Portion(first=portion.first + place, lines=(line,))
                answers = ()
                if lost < MOST_LOST:
                    worker, answers = self._asked(worker, order_of(asker, setting, alone), alone)
                    lost += not answers
                found += answers or lost_lines(alone, setting.language)
            return tuple(found)
        finally:
            self._idle.put(worker)

    def _asked(self, worker: LineWorker | None, order: bytes, portion: Portion) -> tuple[LineWorker | None, _Answers]:
        """Return the worker, None where it ended, and its answers, none then."""
        try:
            worker = worker or self._start(self._home)
            line = worker.ask_line(order, seconds=min(PORTION_SECONDS, LINE_SECONDS * len(portion.lines)))
            answers = tuple(line[:-1].split(BETWEEN))
            if len(answers) != len(portion.lines):
                raise TrustError(ErrorCode.BATCH_WORKER, "an answer to each line is wanted")  # noqa: TRY301 - as one that died
        except (OSError, TrustError):
            if worker is not None:
                worker.close()
            return None, ()
        return worker, answers


@dataclass(frozen=True, slots=True)
class _Call:
    """The portions of one call: `verifier.line_answers.Bulk`."""

    pool: VerifyPool
    asker: Asker
    setting: Setting
    near: Bulk
    meter: Meter | None

    def submit(self, portion: Portion, /) -> Future[_Answers]:
        """See `Bulk.submit`."""
        if portion.first + len(portion.lines) - 1 <= SMALL:
            return self.near.submit(portion)
        return self.pool.submit(self.asker, self.setting, portion, self.meter)


def _start(home: Path) -> LineWorker:
    return LineWorker(MODULE, json.dumps({"home": str(home)}).encode() + b"\n", None, is_heard=True)
