"""What is done again and again while a service runs, in a thread beside it."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustkit.app.logs import say
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log = logging.getLogger("trustkit.app")


@contextmanager
def now_and_then(work: Callable[[], object], *, every: float, name: str) -> Iterator[None]:
    """Do some work every so many seconds for as long as the block lasts; what it cannot do the next time does."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every):
            try:
                work()
            except TrustError as error:
                say(_log, "upkeep.failed", logging.WARNING, code=error.code.value)

    worker = threading.Thread(target=go_on, name=name, daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
