"""A program of ours that reads what strangers wrote, in a process of its own: it may crash, hang or be taken over, and harms nobody.

    child = ChildProcess(lambda: RENDERERS.start(()), seconds=20, most_octets=64 * 1024 * 1024)
    told, octets = child.ask({"act": "draw"}, data)

A request is a line of JSON and the octets it announces; so is an answer. Both have so much time and no more, and an answer so many
octets. A process that failed is ended, and the next request gets a new one. `trustkit.app.child_main` is the other side, and
`trustkit.app.forked_process` starts it.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
from contextlib import contextmanager, suppress
from math import isfinite
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import IO

MAX_LINE: Final = 1024 * 1024
_CHUNK: Final = 1024 * 1024
_MAX_TOLD: Final = 200
_NONSENSE: Final = (ArithmeticError, KeyError, RecursionError, TypeError, ValueError)  # of reading what was answered


class Process(Protocol):
    """What was started: its pipes, unbuffered, and its end."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Where it reads."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Where it writes."""

    @property
    def returncode(self) -> int | None:
        """How it ended, once waited for: an exit status, or a signal below nothing."""

    def kill(self) -> None:
        """End it."""

    def wait(self) -> int:
        """Return how it ended."""


class ChildProcess:
    """One process, started at the first request and again after it ended. Not for several threads at once."""

    def __init__(self, start: Callable[[], Process], *, seconds: float, most_octets: int) -> None:
        self._start = start
        self._seconds = seconds
        self._most_octets = most_octets
        self._process: Process | None = None
        self.was_late = False  # whether a process was ended for its time, by the clock or of the processor

    @property
    def is_running(self) -> bool:
        """Whether there is a process that remembers what it was asked before."""
        return self._process is not None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def ask(
        self, request: Mapping[str, object], data: bytes = b"", *, seconds: float | None = None
    ) -> tuple[Mapping[str, Any], bytes]:
        """Return the answer to a request, within its own seconds where told. Raise PAGE_RENDERER when there is none, or it is an error."""
        process: Process | None = None
        try:
            process = self._running()
            told, octets = self._exchange(
                process,
                json.dumps(request).encode("ascii") + b"\n",
                data,
                self._seconds if seconds is None else seconds,
            )
        except (OSError, EOFError) as error:
            self.close()
            ended = None if process is None else process.returncode
            is_late = isinstance(error, TimeoutError) or ended == -signal.SIGXCPU
            self.was_late = self.was_late or is_late
            reason = "took too long" if is_late else "ended"
            raise TrustError(ErrorCode.PAGE_RENDERER, f"the renderer {reason} over this file") from error
        except _NONSENSE as error:
            self.close()
            raise _misunderstood() from error
        if "error" in told:
            raise TrustError(ErrorCode.PAGE_RENDERER, str(told["error"])[:_MAX_TOLD])
        return told, octets

    @contextmanager
    def understood(self) -> Iterator[None]:
        """End the process and raise PAGE_RENDERER over an answer of another form: a hostile file may speak through it."""
        try:
            yield
        except _NONSENSE as error:
            self.close()
            raise _misunderstood() from error

    def _running(self) -> Process:
        if self._process is None:
            self._process = self._start()
            if self._process.stdin is not None:
                os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _exchange(self, process: Process, line: bytes, data: bytes, seconds: float) -> tuple[Mapping[str, Any], bytes]:
        """Write a request and read its answer, both within so many seconds and octets. Raise OSError, EOFError and `_NONSENSE`."""
        if process.stdin is None or process.stdout is None:
            raise EOFError
        until = monotonic() + seconds
        for part in (line, data):
            _write(process.stdin, part, until)
        head = bytearray()
        while b"\n" not in head:
            head += _read(process.stdout, until)
            if len(head) > MAX_LINE:
                raise ValueError("an answer without an end")
        first, _, rest = bytes(head).partition(b"\n")
        told = json.loads(first)
        if not isinstance(told, dict):
            raise TypeError
        announced, octets = whole(told["octets"], self._most_octets), bytearray(rest)
        while len(octets) < announced:
            octets += _read(process.stdout, until)
        if len(octets) > announced:
            raise ValueError("more than was announced")
        return told, bytes(octets)


def _misunderstood() -> TrustError:
    return TrustError(ErrorCode.PAGE_RENDERER, "the renderer's answer makes no sense over this file")


def whole(value: object, most: int) -> int:
    """Return a count out of an answer. Raise ValueError for anything else, or for more than `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError("no number of that kind")
    return value


def finite(value: object) -> float:
    """Return a measure out of an answer. Raise ValueError for anything else."""
    if not isinstance(value, int | float) or not isfinite(value):
        raise ValueError("no measure")
    return float(value)


def _write(pipe: IO[bytes], data: bytes, until: float) -> None:
    view = memoryview(data)
    while view:
        _wait(pipe, selectors.EVENT_WRITE, until)
        view = view[pipe.write(view[:_CHUNK]) or 0 :]  # the pipe takes what it has room for, and does not block


def _read(pipe: IO[bytes], until: float) -> bytes:
    _wait(pipe, selectors.EVENT_READ, until)
    data = pipe.read(_CHUNK)
    if not data:
        raise EOFError
    return data


def _wait(pipe: IO[bytes], event: int, until: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(0.0, until - monotonic())):
            raise TimeoutError
