"""Loading the modules of a service: thousands of objects that stay, among which nothing is garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEARCHES: Final = (
    20_000,
    20,
    20,
)  # objects made since the last search, and searches of each generation before one of the next


@contextmanager
def loading() -> Iterator[None]:
    """Look for no garbage within the block, and never again among what was made in it: a fifth of the time to start, and each search later.

    Afterwards it is looked for less often than Python does: a request makes thousands of objects, nearly all of which go with it.
    """
    were_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_SEARCHES)
        if were_on:
            gc.enable()
