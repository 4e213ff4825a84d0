"""Worker processes end with the server that started them, also when it is killed and can tell them nothing.

Else they would go on answering with the settings of a server that is gone, and hold its port.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # prctl(2): the signal this process gets when its parent ends


def end_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends. Nothing is done elsewhere than on Linux, or in no worker.

    SIGKILL, since a worker's own handlers wait for its server; what it was about to write is in a transaction or not there.
    """
    parent = multiprocessing.parent_process()
    if parent is None or sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent.pid:  # it went before we asked
        os._exit(1)
