"""Run every coverage-guided fuzz target, each for so many seconds: one line a target, and the inputs that broke one kept.

    .venv/bin/python -m tools.fuzz [--seconds 600] [--jobs 2] [NAME...]

Inputs lie under .fuzz/NAME: `corpus` grows from run to run, `findings` holds each input that made a parser raise something
else than our own error, took longer than a second or more memory than a file deserves, with its traceback beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / ".fuzz"
HARNESS: Final = "tests.fuzz.coverage.harness"
SECONDS: Final = 600.0
STARTING_SECONDS: Final = 600  # imports under instrumentation, keys for the seeds, on a machine with other work
NICENESS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one target came to; `note` says why it ended before its time."""

    name: str
    executions: int
    seconds: float
    findings: int
    note: str = ""

    def __str__(self) -> str:
        """Return the line for a person."""
        line = f"{self.name:16} {self.executions:>10} executions {self.seconds:>7.1f} s {self.findings:>3} findings"
        return f"{line}  {self.note}".rstrip()


def names() -> tuple[str, ...]:
    """Return the names of all targets."""
    done = subprocess.run(
        [sys.executable, "-m", HARNESS], cwd=ROOT, check=True, capture_output=True, text=True, timeout=STARTING_SECONDS
    )
    return tuple(done.stdout.split())


def run_target(name: str, seconds: float, folder: Path) -> Outcome:
    """Run one target in a process of its own, which may die; libFuzzer's own words go to a file beside its inputs."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    try:
        with (place / "log").open("wb") as log:
            done = subprocess.run(
                [sys.executable, "-m", HARNESS, name, str(seconds), str(folder)],
                cwd=ROOT,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                timeout=seconds + STARTING_SECONDS,
            )
        told = json.loads(done.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
        return Outcome(name=name, **told)
    except subprocess.TimeoutExpired:
        note = "the process did not end"
    except (IndexError, ValueError, TypeError):
        note = f"the process ended with status {done.returncode}"
    return Outcome(name=name, executions=0, seconds=0.0, findings=1, note=f"{note}; see {place}")


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
    with ThreadPoolExecutor(max_workers=max(1, asked.jobs)) as pool:
        for outcome in pool.map(lambda name: run_target(name, asked.seconds, asked.folder.resolve()), chosen):
            print(outcome, flush=True)
            findings += outcome.findings
    print(f"fuzz: {len(chosen)} targets, {findings} findings", flush=True)
    return min(findings, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
