"""The store of a home, opened: each thing that is not right is refused with its own reason, before anything in it is changed."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

from trustkit.app.engine import settle_engine
from trustkit.app.home import INSTANCE, require_home
from trustkit.app.settings import load_settings
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.database import open_database
from trustkit.store.location import parse_location
from trustkit.store.occupant import OccupantKind

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.settings import Settings
    from trustkit.clock import Clock
    from trustkit.store.database import Database


class ServedHome(Protocol):
    """What every service process stands on; `trustkit.app.authority.Authority` is one."""

    @property
    def settings(self) -> Settings:
        """What the home says."""

    @property
    def database(self) -> Database:
        """Its store."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def version(self) -> str:
        """The installed version of trustkit."""

    @property
    def engine_name(self) -> str:
        """The SM2 engine of this process."""

    def close(self) -> None:
        """Let go of the store."""


def open_store(home: Path) -> tuple[Settings, Database]:
    """Return a home's settings and its migrated store, which the caller closes.

    Raises:
        TrustError: HOME_MISSING, HOME_INCOMPLETE, HOME_MODE, SETTINGS_*, STORE_* (STORE_FOREIGN when the store belongs to
            another home or program; nothing in it is changed then), ENGINE_*.
    """
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
    return settings, database


@cache
def installed_version() -> str:
    """Return the version of trustkit that runs; looked for on the disk once."""
    return version("trustkit")


def program_name() -> str:
    """Return this program and its version in one line, as records and reports name it."""
    return f"trustkit {installed_version()}"


def engine_in_use() -> str:
    """Return the name of the SM2 engine of this process, chosen when it is first asked for."""
    from trustkit.crypto.engines.selection import current_engine  # noqa: PLC0415 - chosen when first asked

    return current_engine().name


def _require_store(url: str) -> None:
    """Refuse a home whose store is gone, before opening it would make an empty one."""
    path = parse_location(url).path
    if path is not None and not path.exists():
        raise TrustError(ErrorCode.HOME_INCOMPLETE, "the store is missing", part=path.name)


def _require_own(database: Database, instance: str) -> None:
    found = database.occupant()
    if found.kind is not OccupantKind.TRUSTKIT or found.instance != instance:
        raise TrustError(ErrorCode.STORE_FOREIGN, "it is not this home's store", found=found.kind.value)
