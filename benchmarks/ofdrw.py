"""ofdrw in a warm JVM, for benchmarks beside it: how often in a second of its thread's processor time it does one thing to one file."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.interop import OFDRW, OFDRW_JARS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 7
WARM_UP = 8.0  # seconds until the JVM has compiled what it will


def rate(act: Callable[[], object], seconds: float) -> float:
    """Return acts in a second of this thread's processor time."""
    begun, done = time.thread_time(), 0
    while (spent := time.thread_time() - begun) < seconds:
        act()
        done += 1
    return done / spent


def beside_ofdrw(
    name: str, data: bytes, ours: Callable[[], object], seconds: float, *, act: str, aim: float | None
) -> None:
    """Print a line: our rate and ofdrw's over one file, medians of interleaved rounds; `act` is ``verify`` or ``draw``.

    `aim` is the ratio aimed at where none below 1 is taken; None where nothing is asked for.
    """
    with tempfile.TemporaryDirectory() as place, _running() as peer:
        if peer is None:
            print(f"{name}: ofdrw is not at hand, make interop fetches it")
            return
        file = Path(place) / "x.ofd"
        file.write_bytes(data)
        peer(file, WARM_UP, act)
        rounds = [(rate(ours, seconds), peer(file, seconds, act)) for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(each[side] for each in rounds) for side in (0, 1))
    ratio = statistics.median(one / other for one, other in rounds)
    missed = "" if ratio >= 1 else ", MISSED"
    asked = "" if aim is None else f"  (asked: 1, aimed at {aim:g}{missed})"
    print(f"{name:<50} {mine:8,.1f}/s  ofdrw {theirs:8,.1f}/s  ratio {ratio:6.2f}{asked}", flush=True)


@contextmanager
def _running() -> Iterator[Callable[[Path, float, str], float] | None]:
    """Give a call that returns ofdrw's rate over a file, None where it is not at hand."""
    jars = sorted(OFDRW_JARS.glob("*.jar"))
    if not jars or shutil.which("javac") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as place:
        class_path = ":".join(map(str, jars))
        subprocess.run(["javac", "-d", place, "-cp", class_path, str(OFDRW / "Timing.java")], check=True)
        settings = (f"-Djava.io.tmpdir={place}", "-Djava.awt.headless=true", "-Xlog:disable")
        java = ["java", *settings, "-cp", f"{place}:{class_path}", "Timing"]
        with subprocess.Popen(
            java, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as running:

            def ask(file: Path, seconds: float, act: str) -> float:
                if running.stdin is None or running.stdout is None:
                    raise RuntimeError(java)
                running.stdin.write(f"{file}\t{seconds}\t{act}\n")
                running.stdin.flush()
                return float(running.stdout.readline())

            yield ask
            if running.stdin is not None:
                running.stdin.close()
