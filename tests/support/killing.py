"""kill -9 at a moment of a test's choosing: a child works and says what was acknowledged, until it is killed."""

from __future__ import annotations

import os
import select
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READY = b"ready\n"


def run_and_kill(work: Callable[[int], None], delay: float) -> list[str]:
    """Fork a child for `work`, which gets a descriptor: it writes READY, then a line an acknowledgement.

    `delay` seconds after READY the child is killed. Return the lines. Fork from a process that has no threads.
    """
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            work(write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    said = b""
    killed_at: float | None = None
    while True:
        if killed_at is None and said.startswith(READY):
            killed_at = time.monotonic() + delay
        wait = 60.0 if killed_at is None else max(0.0, killed_at - time.monotonic())
        ready, _, _ = select.select([read_end], [], [], wait)
        if not ready:
            break
        piece = os.read(read_end, 65536)
        if not piece:
            break
        said += piece
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the child ended by itself: {said!r}"
    while piece := os.read(read_end, 65536):
        said += piece
    os.close(read_end)
    return said.decode().splitlines()[1:]
