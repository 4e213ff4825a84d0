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
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

from trustkit.app.fork_server import MAX_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

START_SECONDS: Final = 60.0  # for a server to load its libraries on a machine that is busy
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
                with suppress(ConnectionError):
                    return ForkedProcess(self._serving, arguments)
                self._serving.retire()  # somebody ended it
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
        read, ours = os.pipe()
        mine, write = os.pipe()
        self.stdin: IO[bytes] = os.fdopen(ours, "wb", buffering=0)
        self.stdout: IO[bytes] = os.fdopen(mine, "rb", buffering=0)
        self.returncode: int | None = None
        self._serving = serving
        try:
            self._pid = serving.start(arguments, (read, write))
        except OSError:
            self.stdin.close()
            self.stdout.close()
            raise
        finally:
            os.close(read)
            os.close(write)

    def kill(self) -> None:
        """End the process, and wait until it is over."""
        if self.returncode is None:
            self.returncode = self._serving.end(self._pid)

    def wait(self) -> int:
        """Return how it ended; what still runs is ended."""
        self.kill()
        return self.returncode or 0


class _Serving:
    """A server that runs, and how many of its processes do."""

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
        atexit.register(self._close)

    @property
    def is_usable(self) -> bool:
        """Whether it makes processes, and for this one: after a fork the socket would be two processes'."""
        return not self._is_retired and self._owner == os.getpid()

    def start(self, arguments: Sequence[str], pipes: Sequence[int]) -> int:
        """Return the number of a new process. Raise OSError when the server does not answer."""
        with self._lock:
            pid = self._ask({"act": "start", "arguments": list(arguments)}, pipes)["pid"]
            self._living += 1
        return pid

    def end(self, pid: int) -> int:
        """End a process and return its exit status, that of a kill where the server is gone."""
        with self._lock:
            try:
                status = self._ask({"act": "end", "pid": pid})["status"]
            except OSError:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                status = -signal.SIGKILL
                self._is_retired = True
            self._living -= 1
            self._is_retired = self._is_retired or (status < 0 and -status not in _EXPECTED)
        if self._is_retired:
            self.retire()
        return status

    def retire(self) -> None:
        """Make no more processes; the server ends with the last it made."""
        self._is_retired = True
        with self._lock:
            is_over = self._living <= 0
        if is_over:
            self._close()

    def _ask(self, order: Mapping[str, object], descriptors: Sequence[int] = ()) -> dict[str, int]:
        line = json.dumps(order).encode("ascii")
        if len(line) > MAX_ORDER:
            raise OSError("an order longer than orders are")
        socket.send_fds(self._socket, [line], list(descriptors))
        told = self._socket.recv(MAX_ORDER)
        if not told.endswith(b"\n"):
            raise ConnectionError("the fork server ended")
        answer: dict[str, int] = json.loads(told)
        return answer

    def _close(self) -> None:
        if self._owner != os.getpid():
            return
        atexit.unregister(self._close)
        with suppress(OSError), self._socket:
            self._socket.shutdown(socket.SHUT_RDWR)  # also where a fork of this process has it
        self._server.wait()
