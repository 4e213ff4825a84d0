"""Run every coverage-guided fuzz target, each for so many seconds: one line a target, and the inputs that broke one kept.

    .venv/bin/python -m tools.fuzz [--seconds 600] [--jobs 2] [NAME...]

Inputs lie under .fuzz/NAME: `corpus` grows from run to run, `findings` holds each input that made a parser raise something
else than our own error, took longer than a second or more memory than a file deserves, with its traceback beside it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from tools.fuzz_process import HARNESS, ROOT, STARTING_SECONDS, FuzzProcess

if TYPE_CHECKING:
    from tools.fuzz_process import Outcome

FOLDER: Final = ROOT / ".fuzz"
SECONDS: Final = 600.0
NICENESS: Final = 10


def names() -> tuple[str, ...]:
    """Return the names of all targets."""
    done = subprocess.run(
        [sys.executable, "-m", HARNESS], cwd=ROOT, check=True, capture_output=True, text=True, timeout=STARTING_SECONDS
    )
    return tuple(done.stdout.split())


def _ran(processes: SimpleQueue[FuzzProcess], name: str, seconds: float, folder: Path) -> Outcome:
    process = processes.get()
    try:
        return process.run(name, seconds, folder)
    finally:
        processes.put(process)


def main(words: list[str]) -> int:
    """Run the targets; return 1 when there was a finding, 2 when nothing could run."""
    parser = argparse.ArgumentParser(prog="tools.fuzz", description="coverage-guided fuzzing of every parser")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each target")
    parser.add_argument("--jobs", type=int, default=1, help="targets at once")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where inputs are kept")
    parser.add_argument("names", nargs="*", help="targets; all when none is named")
    asked = parser.parse_args(words)
    if find_spec("atheris") is None:
        print("fuzz: atheris has no wheel for this Python and machine; nothing was fuzzed", file=sys.stderr)
        return 2
    known = names()
    if unknown := sorted(set(asked.names) - set(known)):
        print(f"fuzz: no target {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    os.nice(NICENESS)
    chosen = tuple(name for name in known if not asked.names or name in asked.names)
    findings = 0
    folder = asked.folder.resolve()
    processes: SimpleQueue[FuzzProcess] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(max(1, asked.jobs)):
            processes.put(stack.enter_context(FuzzProcess()))
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=max(1, asked.jobs)))
        for outcome in pool.map(lambda name: _ran(processes, name, asked.seconds, folder), chosen):
            print(outcome, flush=True)
            findings += outcome.findings
    print(f"fuzz: {len(chosen)} targets, {findings} findings", flush=True)
    return min(findings, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
