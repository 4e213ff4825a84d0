"""``trustkit verify`` of folders and archives, and of anything with ``--out``: verdicts as they come, or how far the run is."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trustkit.app.cli.output import OutputFormat, emit, language, refuse, say, wrote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.progress import Progress, TaskID

    from trustkit.app.bulk_counts import Counts
    from trustkit.app.bulk_process import Answer
    from trustkit.app.bulk_run import BulkOrder
    from trustkit.app.opened import OpenedHome
    from verifier.bulk.shard import Shard

_ADDRESS = re.compile(r"auto|[A-Za-z0-9.-]{1,253}:[0-9]{1,5}|\[[0-9a-fA-F:.]{2,45}\]:[0-9]{1,5}", re.ASCII)
_TOLD = {
    "en": "{} files: {} passed, {} failed, {} undecided, {} unreadable",
    "zh": "共 {} 个文件：通过 {}，未通过 {}，未定 {}，无法读取 {}",
}
_SO_FAR = {
    "en": "passed {} · failed {} · undecided {} · {:.0f} files/s",
    "zh": "通过 {} · 未通过 {} · 未定 {} · 每秒 {:.0f} 个文件",
}


def is_for_many(files: tuple[Path, ...]) -> bool:
    """Tell whether a folder or an archive is among what is named."""
    return any(os.path.isdir(path) or _is_archive(path) for path in files)  # noqa: PTH112 - no error for a name too long


def _is_archive(path: Path) -> bool:
    from verifier.bulk.members import HEAD, is_archive
    from verifier.submission import MAX_SUBMISSION

    try:
        if not path.is_file():
            return False  # what is read from a pipe is gone
        with path.open("rb") as source:
            head = source.read(HEAD)
            if not is_archive(path.name, head, None):
                return False
            source.seek(0)
            size = path.stat().st_size
            return is_archive(path.name, head, source.read(MAX_SUBMISSION) if size <= MAX_SUBMISSION else None)
    except OSError:
        return False


def chosen_cluster(address: str | None, *, wanted: bool) -> str | None:
    """Return where Ray judges: an address, or "local"; None where it does not. Raise USAGE."""
    from trustkit.errors import ErrorCode, TrustError

    if not wanted:
        if address is not None:
            raise TrustError(ErrorCode.USAGE, "--ray-address belongs to --engine ray")
        return None
    if address is not None and not _ADDRESS.fullmatch(address):
        raise TrustError(ErrorCode.USAGE, "--ray-address is HOST:PORT of the cluster's head, or auto")
    return address or "local"


def verify_many(order: BulkOrder, home: OpenedHome | None, output: OutputFormat) -> int:
    """Judge what was asked for and return the exit status. Raise as `trustkit.app.bulk_run.run`."""
    from trustkit.app.bulk_run import run
    from trustkit.clock import SystemClock

    with _shown(order, output) as screen:
        clock = SystemClock() if home is None else home.clock
        counts = run(order, home, clock=clock, listener=screen)
    if order.out is not None:
        _summarise(order.out, counts, output)
    return _status(counts)


def _status(counts: Counts) -> int:
    from trustkit.app import exit_status
    from trustkit.verdict import Indication

    if counts.unreadable and not counts.of(Indication.TOTAL_FAILED):
        return exit_status.UNREADABLE
    return exit_status.of_verdicts(tuple(each for each in Indication if counts.of(each)))


def _summarise(out: Path, counts: Counts, output: OutputFormat) -> None:
    from trustkit.verdict import Indication

    numbers = [counts.of(each) for each in (Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE)]
    if output is OutputFormat.JSON:
        told = {each.value: counts.of(each) for each in Indication}
        emit({"out": str(out), "rows": counts.rows, "counts": told | {"unreadable": counts.unreadable}})
        return
    say(wrote(out), _TOLD[language().value].format(counts.rows, *numbers, counts.unreadable))


@dataclass(slots=True)
class _Screen:
    """Prints verdicts where nothing is written, and moves a bar where a person looks on."""

    output: OutputFormat
    printed: bool
    bar: tuple[Progress, TaskID] | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def known(self, shard: Shard) -> None:
        """See `trustkit.app.bulk_run.Listener`."""
        self._advance(len(shard.items))

    def judged(self, shard: Shard, answers: list[Answer], rows: Iterable[dict[str, Any]]) -> None:
        """See `trustkit.app.bulk_run.Listener`."""
        if self.printed and self.bar is not None:
            self.bar[0].stop()
        for answer, row in zip(answers, rows, strict=True):
            self.counts[row["indication"]] = self.counts.get(row["indication"], 0) + 1
            if self.printed:
                self._print(answer, row)
        self._advance(len(shard.items))
        if self.printed and self.bar is not None:
            self.bar[0].start()

    def _print(self, answer: Answer, row: dict[str, Any]) -> None:
        told = json.loads(answer.told)
        if told is None:
            from trustkit.code_families import CODES
            from trustkit.errors import ErrorCode, TrustError

            name = row["path"] if row["member"] is None else f"{row['path']}!/{row['member']}"
            refuse(TrustError(CODES.get(row["code"], ErrorCode.BUG), "no verdict", file=name))
        elif self.output is OutputFormat.JSON:
            emit(told)
        else:
            for line in told:
                say(line)

    def _advance(self, files: int) -> None:
        if self.bar is None:
            return
        bar, task = self.bar
        passed, failed, open_ = (self.counts.get(each, 0) for each in ("TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"))
        speed = bar.tasks[0].speed or 0.0
        bar.update(task, advance=files, description=_SO_FAR[language().value].format(passed, failed, open_, speed))


@contextmanager
def _shown(order: BulkOrder, output: OutputFormat) -> Iterator[_Screen]:
    printed = order.out is None
    if output is not OutputFormat.TEXT or not sys.stderr.isatty():
        yield _Screen(output, printed)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from trustkit.app.bulk_listing import count_items, roots_of

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=count_items(roots_of(order.request.files)))
        yield _Screen(output, printed, (bar, task))
