"""Who sits at the terminal: a pseudonym from the operating system's user number, never a name."""

from __future__ import annotations

import os

from trustkit.identity import Principal


def terminal_operator() -> Principal:
    """Return ``operator:UID``; the user number names nobody outside this machine."""
    return Principal(id=f"operator:{os.getuid()}", roles=frozenset({"operator"}))
