"""A bar that moves on with each file, where a person looks on, and lines told above it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.app.cli.output import OutputFormat, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID


@dataclass(frozen=True, slots=True)
class Bar:
    """How far a command is. `drawn` is None where nobody looks on."""

    drawn: tuple[Progress, TaskID] | None = None

    def advance(self) -> None:
        """Count one file."""
        if self.drawn is not None:
            bar, task = self.drawn
            bar.advance(task)

    def tell(self, *lines: str) -> None:
        """Print lines on standard output; the bar makes room for them and comes back below."""
        if self.drawn is None:
            say(*lines)
            return
        bar, _ = self.drawn
        bar.stop()
        say(*lines)
        bar.start()


@contextmanager
def progress(task: str, total: int, output: OutputFormat) -> Iterator[Bar]:
    """Give the bar for as long as the block lasts; there is one where a person looks on, and none of it is left."""
    if output is not OutputFormat.TEXT or not sys.stderr.isatty():
        yield Bar()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        yield Bar((bar, bar.add_task(task, total=total)))
