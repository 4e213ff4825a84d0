"""Opening a home: settings, store and engine brought together, each refused with its own reason when it is not right."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustkit.app.authority import Authority
from trustkit.app.opening import open_store
from trustkit.app.operator import is_asked, terminal_operator
from trustkit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.clock import Clock
    from trustkit.identity import Principal


@contextmanager
def open_authority(home: Path, clock: Clock | None = None, *, operator: Principal | None = None) -> Iterator[Authority]:
    """Give the authority of a home, closed at the end; `operator` is who acts, where it was asked already.

    Raises:
        TrustError: HOME_MISSING, HOME_INCOMPLETE, HOME_MODE, SETTINGS_*, STORE_* (STORE_FOREIGN when the store belongs to
            another home or program; nothing in it is changed then), ENGINE_*.
    """
    authority = load_authority(home, clock)
    if operator is not None:
        authority.operator, authority.asked = operator, True
    try:
        yield authority
    finally:
        authority.close()


@contextmanager
def open_if_home(home: Path, *, required: bool) -> Iterator[Authority | None]:
    """Give the authority of a home, or None where there is no folder at all and none is required."""
    if not required and not home.exists():
        yield None
        return
    with open_authority(home) as authority:
        yield authority


def load_authority(home: Path, clock: Clock | None = None) -> Authority:
    """Return the authority of a home; the caller closes it. Raise as `open_authority`."""
    settings, database = open_store(home)
    return Authority(
        settings=settings,
        database=database,
        clock=clock or SystemClock(),
        operator=terminal_operator(),
        asked=is_asked(),
    )
