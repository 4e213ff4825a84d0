"""A program for a fork server that does what its lines tell: it tells of itself, leaves, crashes or hangs."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path

_SEEN: list[str] = []


def _open() -> list[int]:
    found = [
        each for each in Path("/proc/self/fd").iterdir() if each.exists()
    ]  # but the folder's own, which is closed again
    return sorted(int(each.name) for each in found)


def _about() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "arguments": sys.argv[1:],
        "count": len(_SEEN),
        "open": _open(),
    }


def main() -> None:
    """Do as told until standard input ends."""
    for line in sys.stdin:
        _SEEN.append(line)
        match line.strip():
            case "tell":
                sys.stdout.write(json.dumps(_about()) + "\n")
                sys.stdout.flush()
            case "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "return":
                return
            case "late":
                resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
                while True:
                    pass
            case "hang":
                while True:
                    signal.pause()
            case _:
                raise ValueError


def prepare() -> None:
    """Have a line seen before any process is."""
    _SEEN.append("prepared")
