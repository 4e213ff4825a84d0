"""A bar that moves on with each file, where a person looks on."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustkit.app.cli.output import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress(task: str, total: int, output: OutputFormat) -> Iterator[Callable[[], object]]:
    """Give what moves the bar on by one file; there is a bar where a person looks on."""
    if output is not OutputFormat.TEXT or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        number = bar.add_task(task, total=total)
        yield lambda: bar.advance(number)
