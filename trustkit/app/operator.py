"""Who acts at the terminal: the person who signed in for what is done, else a pseudonym from the operating system's user number.

with acting_as(principal):
    terminal_operator()                  # the principal, in whatever home is opened meanwhile
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from trustkit.identity import Principal

if TYPE_CHECKING:
    from collections.abc import Iterator

# Like the user number it stands for: of the whole run of a command, and no argument of what it opens.
_ACTING: Final[ContextVar[Principal | None]] = ContextVar("acting", default=None)


def terminal_operator() -> Principal:
    """Return who acts: who signed in, else ``operator:UID``; the user number names nobody outside this machine."""
    return _ACTING.get() or Principal(id=f"operator:{os.getuid()}", roles=frozenset({"operator"}))


def is_asked() -> bool:
    """Tell whether it was asked who acts."""
    return _ACTING.get() is not None


@contextmanager
def acting_as(principal: Principal) -> Iterator[None]:
    """Let everything within be done by this person."""
    token = _ACTING.set(principal)
    try:
        yield
    finally:
        _ACTING.reset(token)
