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
from trustkit.store import meta
from trustkit.store.database import open_database
from trustkit.store.location import parse_location

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.clock import Clock
    from trustkit.store.database import Database


@contextmanager
def open_authority(home: Path, clock: Clock | None = None) -> Iterator[Authority]:
    """Give the authority of a home, closed at the end.

    Raises:
        TrustError: HOME_MISSING, HOME_INCOMPLETE (also when the store belongs to another home), HOME_MODE, SETTINGS_*,
            STORE_*, ENGINE_*.
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
        database.migrate()
        _require_same_instance(database, (home / INSTANCE).read_text("ascii").strip())
    except BaseException:
        database.close()
        raise
    return Authority(settings=settings, database=database, clock=clock or SystemClock(), operator=terminal_operator())


def _require_store(url: str) -> None:
    """Refuse a home whose store is gone, before opening it would make an empty one."""
    path = parse_location(url).path
    if path is not None and not path.exists():
        raise TrustError(ErrorCode.HOME_INCOMPLETE, "the store is missing", part=path.name)


def _require_same_instance(database: Database, instance: str) -> None:
    with database.reading() as unit:
        found = meta.find_meta(unit, meta.INSTANCE_ID)
    if found != instance:
        raise TrustError(ErrorCode.HOME_INCOMPLETE, "the store belongs to another home", part="store")
