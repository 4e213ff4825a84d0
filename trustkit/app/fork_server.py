"""The program that has a renderer's libraries loaded, and makes a process of its own for each file that is to be drawn.

    python -P -m trustkit.app.fork_server MODULE SOCKET

A module has `main`, which is run in each process, and `prepare`, which is run once before. Nothing that strangers wrote is read here:
orders come over a socket of whoever started it (`trustkit.app.forked_process`), a line of JSON each. "start" brings the two ends of pipes
that become a process's standard input and output, "end" ends a process and tells how it ended. Only this program waits for its
processes, so that a number is never another's. When the socket closes it ends them all, and itself.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_ORDER: Final = 4096
PIPES: Final = 2
_PR_SET_PDEATHSIG: Final = 1


def serve(program: Callable[[], None], orders: socket.socket) -> None:
    """Carry orders out until the socket closes; a process is a run of the program."""
    living: set[int] = set()
    try:
        while True:
            line, descriptors, _, _ = socket.recv_fds(orders, MAX_ORDER, PIPES)
            if not line:
                return
            order = json.loads(line)
            told: dict[str, object]
            if order["act"] == "start":
                told = _started(program, orders, descriptors, order["arguments"], living)
            else:
                living.remove(order["pid"])
                told = {"status": _ended(order["pid"])}
            orders.sendall(json.dumps(told).encode("ascii") + b"\n")
    finally:
        for pid in living:
            _ended(pid)


def _started(
    program: Callable[[], None],
    orders: socket.socket,
    descriptors: Sequence[int],
    arguments: Sequence[str],
    living: set[int],
) -> dict[str, object]:
    """Start a process; where the system has none left, that is the answer, and all others go on."""
    server = os.getpid()
    try:
        if len(descriptors) != PIPES:
            return {"error": "no pipes came"}
        pid = os.fork()
    except OSError as error:
        return {"error": str(error.strerror)}
    else:
        if pid == 0:
            _become(program, orders, descriptors, (server, arguments))
        living.add(pid)
        return {"pid": pid}
    finally:
        for each in descriptors:
            os.close(each)


def _ended(pid: int) -> int:
    """End a process and return its exit status, below nothing the signal that ended it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # one that ended before keeps its number until it is waited for
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _become(
    program: Callable[[], None], orders: socket.socket, descriptors: Sequence[int], given: tuple[int, Sequence[str]]
) -> NoReturn:
    status = 1
    server, arguments = given
    try:
        _end_with(server)
        orders.close()
        for place, each in enumerate(descriptors):
            os.dup2(each, place)
            os.close(each)
        sys.argv[1:] = arguments
        program()
        status = 0
    finally:
        os._exit(status)  # nothing of the server's is to be done in a process of its own, whatever ended it


def _end_with(server: int) -> None:
    """Have the system end this process with its server, however that ends (prctl(2)); elsewhere than on Linux its pipes do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            raise ProcessLookupError(server)


def main() -> None:
    """Load the module, then serve."""
    name, descriptor = sys.argv[1:]
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # of a terminal, to all of its processes: the end of the socket says more
    module = importlib.import_module(name)
    module.prepare()
    gc.collect()
    gc.freeze()  # what stays is not walked, and so not copied, in each process
    with socket.socket(fileno=int(descriptor)) as orders:
        serve(module.main, orders)


if __name__ == "__main__":
    main()
