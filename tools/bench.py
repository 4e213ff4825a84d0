"""Run every benchmark of the project and print its figures, one a line: name, ours, peer or limit, ratio.

    .venv/bin/python -m tools.bench [NAME...]

A benchmark is a file of benchmarks/ that can be run as a program. Names choose some of them. The
status is 1 when a figure that is asked for was missed.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
MISSED: Final = "MISSED"  # what a benchmark writes beside a figure that is not reached
SECONDS: Final = 900  # none should need a minute; a hanging one must not hold the rest for ever


def programs(names: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the benchmarks to run, sorted by name."""
    found = sorted((ROOT / "benchmarks").glob("*.py"))
    runnable = (path for path in found if '__name__ == "__main__"' in path.read_text(encoding="utf-8"))
    return tuple(path for path in runnable if not names or path.stem in names)


def main(names: tuple[str, ...]) -> int:
    """Run them one after another, so that none disturbs the next; return 1 when one failed."""
    chosen = programs(names)
    if not chosen:
        print(f"bench: no benchmark {' '.join(names)}".rstrip(), file=sys.stderr)
        return 1
    failed = 0
    for path in chosen:
        command = [sys.executable, "-m", f"benchmarks.{path.stem}"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
            watch = threading.Timer(SECONDS, running.kill)
            watch.start()
            for line in running.stdout or ():
                print(line, end="", flush=True)
                failed |= MISSED in line
            watch.cancel()
        if running.returncode != 0:
            failed = 1
            print(f"bench: {path.stem} ended with status {running.returncode}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
