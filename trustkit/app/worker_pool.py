"""Processes that hold keys and are spoken to line by line, and work handed to several of them.

    for results in over_processes(portions, start, count, lost=…):
        …

The passphrase comes first, through the pipe; nothing secret stands in arguments, environment or inherited memory. A process that
dies is replaced, and what it had is tried one by one, so that only what killed it fails.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_T = TypeVar("_T")
_R = TypeVar("_R")
_T_contra = TypeVar("_T_contra", contravariant=True)
MAX_DEATHS: Final = 3  # workers lost one after the other before their place stays empty


class PoolWorker(Protocol[_T_contra, _R]):
    """What works off portions, one at a time."""

    def ask(self, tasks: tuple[_T_contra, ...], /) -> list[_R]:
        """Return what became of each. Raise BATCH_WORKER when it can answer no more."""

    def close(self) -> None:
        """Let it end."""


class LineWorker:
    """A process of our own: ``python -m MODULE``, one line asked, one line answered."""

    def __init__(self, module: str, setup: bytes, lock: int | None, *, is_heard: bool = False) -> None:
        # a session of its own: an interrupt at the terminal ends this run, not a file half done
        self._process = subprocess.Popen(  # noqa: S603 - our own program with arguments of our own
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if is_heard else subprocess.DEVNULL,  # the log is where this process has it
            start_new_session=True,
            pass_fds=()
            if lock is None
            else (lock,),  # should this run be killed, no other begins before the last worker has ended
        )
        self._say(setup)

    def ask_line(self, line: bytes, *, seconds: float) -> bytes:
        """Return the answer to a line. Raise BATCH_WORKER when the process has ended, or is ended for taking too long."""
        guard = Timer(seconds, self._process.kill)
        guard.start()
        try:
            self._say(line)
            answer = self._process.stdout.readline() if self._process.stdout is not None else b""
        finally:
            guard.cancel()
        if not answer.endswith(b"\n"):
            raise TrustError(ErrorCode.BATCH_WORKER, "no answer came")
        return answer

    def _say(self, octets: bytes) -> None:
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # the missing answer tells it
                self._process.stdin.write(octets)
                self._process.stdin.flush()

    def close(self) -> None:
        """Let the process end, once it has answered."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()


def over_processes(
    portions: Iterable[tuple[_T, ...]],
    start: Callable[[], PoolWorker[_T, _R]],
    count: int,
    *,
    lost: Callable[[_T], _R],
) -> Iterator[list[_R]]:
    """Yield results as they come, those that came at the same time together; `lost` is that of a task whose worker ended."""
    waiting: SimpleQueue[tuple[_T, ...]] = SimpleQueue()
    for some in portions:
        waiting.put(some)
    done: SimpleQueue[list[_R] | None] = SimpleQueue()
    stop = Event()
    threads = [Thread(target=_feed, args=(waiting, done, stop, start, lost), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        running = count
        while running:
            found = [done.get(), *_drained(done)]
            running -= found.count(None)
            yield [result for each in found if each is not None for result in each]
        yield [lost(task) for some in _drained(waiting) for task in some]
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _feed(
    waiting: SimpleQueue[tuple[_T, ...]],
    done: SimpleQueue[list[_R] | None],
    stop: Event,
    start: Callable[[], PoolWorker[_T, _R]],
    lost: Callable[[_T], _R],
) -> None:
    """Have one worker, or those that replace it, do what is waiting."""
    worker: PoolWorker[_T, _R] | None = None
    deaths = 0
    try:
        while not stop.is_set() and deaths < MAX_DEATHS:
            try:
                some = waiting.get_nowait()
            except Empty:
                return
            try:
                worker = worker or start()
                found = worker.ask(some)
                if len(found) != len(some):
                    raise TrustError(ErrorCode.BATCH_WORKER, "an answer to each task is wanted")  # noqa: TRY301 - as one that died
                done.put(found)
                deaths = 0
            except Exception:  # noqa: BLE001 - whatever it is, no task is without an answer
                if worker is not None:
                    worker.close()
                worker = None
                if len(some) > 1:  # one of them did it: each by itself finds out which
                    for task in some:
                        waiting.put((task,))
                else:
                    done.put([lost(task) for task in some])
                    deaths += 1
    finally:
        if worker is not None:
            worker.close()
        done.put(None)


def _drained(queue: SimpleQueue[_T]) -> list[_T]:
    found: list[_T] = []
    with suppress(Empty):
        while True:
            found.append(queue.get_nowait())
    return found
