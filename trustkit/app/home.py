"""The home folder: where it lies, what must be in it, and how it comes to be whole or not at all.

A home is made beside its place under a name of its own and renamed when complete, so a crash half-way leaves no home
that looks like one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator  # noqa: TC003 - the return type of a context manager
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final

from trustkit.app.files import disk_error, sync_folder
from trustkit.app.settings import SETTINGS_FILE
from trustkit.errors import ErrorCode, TrustError

KEYS: Final = "keys"
POLICIES: Final = "policies"
TRUST: Final = "trust"
INSTANCE: Final = "instance"
_PARTS: Final = (SETTINGS_FILE, INSTANCE, KEYS, POLICIES)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def require_home(home: Path) -> None:
    """Refuse a home that is not there, not whole, or whose keys others may reach.

    Raises:
        TrustError: HOME_MISSING, HOME_INCOMPLETE naming the part, HOME_MODE.
    """
    if not home.is_dir():
        raise TrustError(ErrorCode.HOME_MISSING, "there is no home at this place", home=home.name)
    for part in _PARTS:
        if not (home / part).exists():
            raise TrustError(ErrorCode.HOME_INCOMPLETE, f"{part} is missing", home=home.name, part=part)
    for folder in (home, home / KEYS):
        if folder.stat().st_mode & _OTHERS:
            raise TrustError(ErrorCode.HOME_MODE, "others may reach it; its mode must be 0700", part=folder.name)


@contextmanager
def new_home(home: Path) -> Iterator[Path]:
    """Give a private folder to build a home in; on success it becomes `home`, on failure nothing of it is left.

    Raises:
        TrustError: HOME_EXISTS when the place is taken; HOME_INCOMPLETE when what is there is no whole home;
            DISK_FULL; DISK_UNWRITABLE.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        require_home(home)
        raise TrustError(ErrorCode.HOME_EXISTS, "there is a home at this place already", home=home.name)
    building = home.with_name(f".{home.name.lstrip('.')}.initialising-{secrets.token_hex(6)}")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        building.mkdir(mode=0o700)
        (building / KEYS).mkdir(mode=0o700)
        (building / TRUST).mkdir(mode=0o700)
        shutil.copytree(policies_source(), building / POLICIES)
        yield building
        for folder, _, files in os.walk(building):
            for name in files:
                _sync_file(Path(folder) / name)
            sync_folder(Path(folder))
        with contextlib.suppress(FileNotFoundError):
            home.rmdir()  # an empty folder may stand in for the home; anything in it makes this fail
        building.rename(home)
        sync_folder(home.parent)
    except OSError as error:
        raise disk_error(error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def policies_source() -> Path:
    """Return the policies that came with this installation: inside the wheel, or beside the source."""
    packaged = Path(str(resources.files("trustkit"))) / "_policies"
    source = packaged if packaged.is_dir() else packaged.parents[1] / "policies"
    if not source.is_dir():
        raise TrustError(ErrorCode.HOME_INCOMPLETE, "this installation has no policies", part=POLICIES)
    return source
