"""Opening a home: settings, store and engine brought together, each refused with its own reason when it is not right."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from trustkit.app.authority import Authority
from trustkit.app.engine import settle_engine
from trustkit.app.home import INSTANCE, require_home
from trustkit.app.operator import terminal_operator
from trustkit.app.settings import load_settings
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.database import open_database
from trustkit.store.location import parse_location
from trustkit.store.occupant import OccupantKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.clock import Clock
    from trustkit.store.database import Database


@contextmanager
def open_authority(home: Path, clock: Clock | None = None) -> Iterator[Authority]:
    """Give the authority of a home, closed at the end.

    Raises:
        TrustError: HOME_MISSING, HOME_INCOMPLETE, HOME_MODE, SETTINGS_*, STORE_* (STORE_FOREIGN when the store belongs to
            another home or program; nothing in it is changed then), ENGINE_*.
    """
    authority = load_authority(home, clock)
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
    require_home(home)
    settings = load_settings(home)
    _require_store(settings.database_url)
    settle_engine(settings.engine, production=settings.production)
    database = open_database(settings.database_url)
    try:
        _require_own(database, (home / INSTANCE).read_text("ascii").strip())  # before anything in it is changed
        database.migrate()
    except BaseException:  # an interrupt too: nobody else knows of the connections
        database.close()
        raise
    return Authority(settings=settings, database=database, clock=clock or SystemClock(), operator=terminal_operator())


def _require_store(url: str) -> None:
    """Refuse a home whose store is gone, before opening it would make an empty one."""
    path = parse_location(url).path
    if path is not None and not path.exists():
        raise TrustError(ErrorCode.HOME_INCOMPLETE, "the store is missing", part=path.name)


def _require_own(database: Database, instance: str) -> None:
    found = database.occupant()
    if found.kind is not OccupantKind.TRUSTKIT or found.instance != instance:
        raise TrustError(ErrorCode.STORE_FOREIGN, "it is not this home's store", found=found.kind.value)
