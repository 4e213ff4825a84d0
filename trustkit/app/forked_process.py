"""Processes of a program whose libraries are loaded once: each is new, and starts in milliseconds.

    RENDERERS = ForkServer("trustkit.app.page_child")
    process = RENDERERS.start(("352000000", "4"))
    process.stdin, process.stdout; process.kill(); process.wait()

A `trustkit.app.fork_server` is started at the first process and lives as long as this one. All its processes lie in memory as it does. One
that crashed may have been somebody's attempt to find out how: the next ones come of a new server.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

from trustkit.app.fork_server import MAX_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

START_SECONDS: Final = 60.0  # for a server to load its libraries on a machine that is busy
_END_SECONDS: Final = 5.0
_EXPECTED: Final = (signal.SIGKILL, signal.SIGXCPU)  # ours, and the end of its time


class ForkServer:
    """Starts processes of a module, whose `main` gets the arguments in `sys.argv`. For several threads at once."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = Lock()
        self._serving: _Serving | None = None

    def start(self, arguments: Sequence[str]) -> ForkedProcess:
        """Return a new process. Raise OSError where none can be had."""
        with self._lock:
            if self._serving is not None and self._serving.is_usable:
                with suppress(ConnectionError):  # it ended, or was retired just now
                    return ForkedProcess(self._serving, arguments)
            self._serving = _Serving(self._module)
            return ForkedProcess(self._serving, arguments)

    def close(self) -> None:
        """Let the server end, with the last of its processes. The next one gets a new server."""
        with self._lock:
            if self._serving is not None:
                self._serving.retire()


class ForkedProcess:
    """A process, and its pipes; as `subprocess.Popen`, unbuffered."""

    def __init__(self, serving: _Serving, arguments: Sequence[str]) -> None:
        self.returncode: int | None = None
        self._serving = serving
        with ExitStack() as ours, ExitStack() as theirs:
            self.stdin, read = _pipe(ours, theirs, "wb")
            self.stdout, write = _pipe(ours, theirs, "rb")
            self._pid = serving.start(arguments, (read, write))
            ours.pop_all()

    def kill(self) -> None:
        """End the process, and wait until it is over."""
        if self.returncode is None:
            self.returncode = self._serving.end(self._pid)

    def wait(self) -> int:
        """Return how it ended; what still runs is ended."""
        self.kill()
        return self.returncode or 0


def _pipe(ours: ExitStack, theirs: ExitStack, mode: str) -> tuple[IO[bytes], int]:
    """Return our end of a new pipe, for reading or writing, and the descriptor of the other."""
    read, write = os.pipe()
    kept, given = (write, read) if mode == "wb" else (read, write)
    theirs.callback(os.close, given)
    return ours.enter_context(os.fdopen(kept, mode, buffering=0)), given


class _Serving:
    """A server that runs, and how many of its processes do. An answer that does not come ends it: the next would be taken for it."""

    def __init__(self, module: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = (sys.executable, "-P", "-m", "trustkit.app.fork_server", module, str(theirs.fileno()))
            nothing = subprocess.DEVNULL
            self._server = subprocess.Popen(  # noqa: S603 - our own program
                command, stdin=nothing, stdout=nothing, stderr=nothing, pass_fds=(theirs.fileno(),)
            )
        ours.settimeout(START_SECONDS)
        self._socket = ours
        self._owner = os.getpid()
        self._lock = Lock()
        self._living = 0
        self._is_retired = False
        self._is_closed = False
        atexit.register(self._close)

    @property
    def is_usable(self) -> bool:
        """Whether it makes processes, and for this one: after a fork the socket would be two processes'."""
        return not self._is_retired and self._owner == os.getpid()

    def start(self, arguments: Sequence[str], pipes: Sequence[int]) -> int:
        """Return the number of a new process. Raise OSError when there is none, of it ConnectionError when the server ended."""
        with self._lock:
            if self._is_retired:
                raise ConnectionError("the fork server makes no more")
            told = self._ask({"act": "start", "arguments": list(arguments)}, pipes)
            if "pid" not in told:
                raise OSError("the system gives no more processes")
            self._living += 1
        return told["pid"]

    def end(self, pid: int) -> int:
        """End a process and return its exit status, that of a kill where the server is gone and took it along."""
        status = -signal.SIGKILL
        with self._lock, suppress(OSError, KeyError):
            self._living -= 1
            if not self._is_closed:
                status = self._ask({"act": "end", "pid": pid})["status"]
            self._is_retired = self._is_retired or (status < 0 and -status not in _EXPECTED)
        self._settle()
        return status

    def retire(self) -> None:
        """Make no more processes; the server ends with the last it made."""
        with self._lock:
            self._is_retired = True
        self._settle()

    def _settle(self) -> None:
        with self._lock:
            is_over = self._is_retired and self._living <= 0
        if is_over:
            self._close()

    def _ask(self, order: Mapping[str, object], descriptors: Sequence[int] = ()) -> dict[str, int]:
        line = json.dumps(order).encode("ascii")
        if len(line) > MAX_ORDER:
            raise OSError("an order longer than orders are")
        try:
            socket.send_fds(self._socket, [line], list(descriptors))
            answer: dict[str, int] = json.loads(_whole(self._socket.recv(MAX_ORDER)))
        except BaseException:
            self._is_retired = True
            self._server.kill()
            self._close()
            raise
        return answer

    def _close(self) -> None:
        if self._is_closed or self._owner != os.getpid():
            return
        self._is_closed = True
        atexit.unregister(self._close)
        with suppress(OSError), self._socket:
            self._socket.shutdown(socket.SHUT_RDWR)  # also where a fork of this process has it
        try:
            self._server.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()


def _whole(line: bytes) -> bytes:
    if not line.endswith(b"\n"):
        raise ConnectionError("the fork server ended")
    return line
