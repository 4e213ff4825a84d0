"""Many small files judged by processes of this machine and by Ray on the same processors, and whether memory stays flat.

    python -m benchmarks.bulk [FILES]

The files are hard links of one signed message; each is opened, judged with its chain and lists, and has a row. Counted is from the first
shard that is judged, when processes and cluster are up. Peer of Ray is this machine alone. Memory is the largest of the driver over the
run, beside what it was after a quarter of it; 1.2 times that is the limit.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.batch import told
from tests.support.message_shelf import shelve_evidence, signed_message
from tests.support.pki import PkiWorld
from trustkit.app.bulk_run import BulkOrder, run
from trustkit.app.verify_request import VerifyRequest
from trustkit.clock import FixedClock
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.app.bulk_process import Answer
    from verifier.bulk.shard import Shard

FILES = 20_000
WORKERS = 2
FLAT = 1.2
_MIB = 1024


@dataclass(slots=True)
class Watch:
    """Looks at clock and memory as shards come."""

    files: int
    done: int = 0
    counted: int = 0
    began: float = 0.0
    quarter: int = 0

    def known(self, shard: Shard, /) -> None:
        """Nothing is known before."""

    def judged(self, _shard: Shard, answers: list[Answer], _rows: Iterable[dict[str, Any]], /) -> None:
        """Count a shard; the first one tells that all is up."""
        self.done += len(answers)
        if not self.began:
            self.began = time.perf_counter()
        else:
            self.counted += len(answers)
        if not self.quarter and self.done >= self.files / 4:
            self.quarter = _most_memory()


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def shelve(place: Path, count: int) -> PkiWorld:
    """Write so many files and what they are judged by."""
    world = PkiWorld()
    evidence = place / "evidence"
    shelve_evidence(world, evidence)
    signed = signed_message(world)
    folder = place / "in"
    for number in range(count):
        inside = folder / f"{number // 10_000:04}"
        if number % 10_000 == 0:
            inside.mkdir(parents=True)
            (inside / "0").write_bytes(signed)  # file systems bound the links of one file
        else:
            (inside / str(number)).hardlink_to(inside / "0")
    return world


def judged(place: Path, count: int, ray: str | None) -> tuple[float, Watch]:
    """Return files a second of a run, and what was seen of it."""
    request = VerifyRequest(
        home=place / "no-home",
        files=(place / "in",),
        trust=(place / "evidence" / "root.pem",),
        evidence=(place / "evidence",),
        at=PkiWorld.START,
    )
    out = place / f"{ray or 'here'}.parquet"
    order = BulkOrder(
        request=request, out=out, resume=False, paths=True, workers=WORKERS, ray=ray, told="json", language="en"
    )
    watch = Watch(files=count)
    counts = run(order, None, clock=FixedClock(PkiWorld.START), listener=watch)
    seconds = time.perf_counter() - watch.began
    if counts.of(Indication.TOTAL_PASSED) != count:
        raise SystemExit(f"{counts.of(Indication.TOTAL_PASSED)} of {count} passed")
    return watch.counted / seconds, watch


def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shelve(place, count)
        here, watch = judged(place, count, None)
        most = _most_memory()
        told("driver of many files, memory at the end", most / _MIB, "MiB", "limit", watch.quarter * FLAT / _MIB)
        if most > watch.quarter * FLAT:
            sys.stdout.write("MISSED: memory grows with files\n")
        there, _ = judged(place, count, "local")
        told(f"files judged by {WORKERS} processes and written", here, "/s", "Ray", there)
        sys.stdout.write(f"Ray on the same processors: {there / here:.2f} of that\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
