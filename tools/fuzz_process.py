"""A process that has every fuzz target at hand: imported and instrumented once, it forks for each that is run.

with FuzzProcess() as process:
    outcome = process.run("der", 2.0, folder)

Instrumenting takes ten times as long as a short run. A process serves one run at a time.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

ROOT: Final = Path(__file__).resolve().parents[1]
HARNESS: Final = "tests.fuzz.coverage.harness"
STARTING_SECONDS: Final = 600  # imports under instrumentation, keys for the seeds, on a machine with other work
_READ: Final = 65536


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


class FuzzProcess:
    """See the module's docstring. It starts with the first run, and anew after one that did not end."""

    def __init__(self, harness: str = HARNESS) -> None:
        self._harness = harness
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def run(self, name: str, seconds: float, folder: Path) -> Outcome:
        """Run one target, in a child that may die; libFuzzer's own words go to a file beside its inputs."""
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        told = self._asked([name, seconds, str(folder)], place / "log", seconds + STARTING_SECONDS)
        if told is None:
            note = "the process did not end"
        else:
            with suppress(ValueError, TypeError):
                return Outcome(name=name, **json.loads(told))
            note = f"the process ended: {told.decode('utf-8', 'replace').strip()}"
        return Outcome(name=name, executions=0, seconds=0.0, findings=1, note=f"{note}; see {place}")

    def _asked(self, order: list[object], log: Path, most: float) -> bytes | None:
        """Return the line an order is answered with, or how the process ended; None when it did neither in time."""
        process = self._process = self._process or self._started(log)
        if process.stdin is None or process.stdout is None:
            raise AssertionError(order)  # both were asked for
        with suppress(BrokenPipeError):  # it is gone, which reading tells
            process.stdin.write(json.dumps(order).encode() + b"\n")
        said, until = b"", time.monotonic() + most
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(process.stdout.fileno(), _READ) if ready else b""
            if not piece:
                status = process.wait() if ready else None
                self._end()
                return None if status is None else b"status %d" % status
            said += piece
        return said

    def _started(self, log: Path) -> subprocess.Popen[bytes]:
        with log.open("wb") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", self._harness, "serve"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                start_new_session=True,  # so that a run that hangs ends with it
            )

    def _end(self) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with self._process:  # closes its pipes and waits
            self._process = None
