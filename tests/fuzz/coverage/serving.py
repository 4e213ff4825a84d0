"""Fuzzing one target after another from a process that instrumented them all once: each order is run in a child forked for it.

    {"orders on standard input": ["der", 2.0, "/folder"]}  →  one line of JSON, the figures of the run or how its process ended

libFuzzer ends the process it runs in, however it ends; this one has no threads, and makes no keys a child would share.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.fuzz.coverage import harness

if TYPE_CHECKING:
    from tests.fuzz.coverage.target import Target


def serve() -> None:
    """Answer orders until there are no more."""
    known = harness.instrumented()
    gc.freeze()  # children would copy what they look through
    for line in sys.stdin:
        name, seconds, folder = json.loads(line)
        sys.stdout.write(f"{_answer(known[name], seconds, Path(folder))}\n")
        sys.stdout.flush()


def _answer(target: Target, seconds: float, folder: Path) -> str:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _run(target, seconds, folder, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as said:
        lines = said.read().splitlines()
    _, status = os.waitpid(child, 0)
    return lines[-1].decode() if lines and status == 0 else json.dumps(f"status {os.waitstatus_to_exitcode(status)}")


def _run(target: Target, seconds: float, folder: Path, write_end: int) -> NoReturn:
    """Run in the child."""
    try:
        log = os.open(folder / target.name / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(write_end, 1)
        os.dup2(log, 2)
        harness.fuzz(target, seconds, folder)
    except BaseException:  # noqa: BLE001 - a child must never return into the loop of orders
        traceback.print_exc()
    finally:
        os._exit(1)
