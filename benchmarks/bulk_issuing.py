"""Licences issued from a file of rows beside one by one, PDF and OFD of each: per processor second, and per second over all cores.

    python -m benchmarks.bulk_issuing [LICENCES A ROUND]

Everything is in it: page, seal, signature, time stamp, verification, register, trail and files. One by one is `LicenceService.issue` in
this process; the files come from the same rows under another batch. Processor time, children included; medians of interleaved rounds.
Each row is unlike all others. The start of the further processes, each of which opens the keys, is in the figures of its round.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.varied_licences import varied
from esign.licence.bulk_rows import parse_bulk_rows
from esign.licence.formats import LicenceFormat
from tests.support.authority import SAMPLE, make_home, passphrase
from tests.support.home_seal import seal_of_home
from trustkit.app.cores import cores
from trustkit.app.licence_batch import open_licence_batch
from trustkit.app.licence_rows import FAILED, RowsOrder
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.licence.bulk_rows import BulkRow
    from trustkit.app.authority import Authority

LIMIT, ROUNDS, EACH = 25.0, 3, 60
KIND = "business-licence"


def _processor() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _measured(act: Callable[[], None], count: int) -> tuple[float, float]:
    """Return how many a processor second, and how many a second."""
    started, before = time.perf_counter(), _processor()
    act()
    return count / (_processor() - before), count / (time.perf_counter() - started)


def _bulk(authority: Authority, order: RowsOrder, rows: tuple[BulkRow, ...], out: Path, processes: int) -> None:
    with open_licence_batch(authority, order, rows, out, passphrase(), name=out.name, processes=processes) as batch:
        if any(each.status == FAILED for each in batch.results()):
            raise SystemExit("a row failed")


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EACH
    sample = json.loads(SAMPLE.read_bytes())
    rates: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_authority(make_home(folder / "home")) as authority:
            seal = str(seal_of_home(authority, folder / "own.esl"))
            order = RowsOrder(kind=KIND, formats=tuple(LicenceFormat), seal=seal)
            service = authority.licences(authority.unlock(passphrase()))
            for turn in range(ROUNDS):
                lines = (json.dumps(varied(sample, turn * count + each)) for each in range(count))
                rows = parse_bulk_rows("\n".join(lines).encode())

                def one_by_one(rows: tuple[BulkRow, ...] = rows) -> None:
                    for row in rows:
                        service.issue(KIND, row.data, actor=authority.operator, formats=order.formats, seal=seal)

                rates.setdefault("one by one", []).append(_measured(one_by_one, count))
                for processes in (1, cores()):
                    from_file = partial(_bulk, authority, order, rows, folder / f"{turn}-{processes}", processes)
                    rates.setdefault(f"from a file, processes: {processes}", []).append(_measured(from_file, count))
    alone = statistics.median(each[0] for each in rates["one by one"])
    print(f"cores {os.cpu_count()}, limit {LIMIT:.0f} a processor second (PDF and OFD of each licence)")
    for what, found in rates.items():
        core, wall = (statistics.median(column) for column in zip(*found, strict=True))
        missed = "" if core >= LIMIT else "  MISSED"
        print(f"{what:<34} {core:7.1f} /core s  {wall:7.1f} /s   {core / alone:5.2f} of one by one{missed}")


if __name__ == "__main__":
    main()
