"""The identity service of a home as `initialise_identity` leaves it, made once a process and laid over homes of `copy_home`.

A person's password costs a tenth of a second to hash, the provider's keys a whole one.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.support.authority import copy_home, passphrase, unused_home
from trustkit.app.idp_home import load_identity
from trustkit.app.initialise_identity import initialise_identity
from trustkit.app.new_people import make_person
from trustkit.custody.pkcs8 import MIN_ITERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.idp_home import IdentityHome

STORE = "store.sqlite"
_KEPT = "settings.toml"  # of the home beneath


@dataclass(frozen=True, slots=True)
class _Settled:
    folder: TemporaryDirectory[str]
    person: str = ""

    def lay_over(self, home: Path) -> None:
        ignored = shutil.ignore_patterns(_KEPT)
        shutil.copytree(Path(self.folder.name) / "home", home, dirs_exist_ok=True, ignore=ignored)


def settle_with_person(home: Path, name: str, password: str) -> str:
    """Give a home an identity service, and somebody who can sign in; return who that is."""
    if not _is_as_made(home):
        return _initialise_with_person(home, name, password)
    settled = _with_person(name, password)
    settled.lay_over(home)
    return settled.person


def settle_with_keys(home: Path) -> None:
    """Give a home an identity service whose provider has its keys."""
    if _is_as_made(home):
        _with_keys().lay_over(home)
    else:
        _initialise_with_keys(home)


def _is_as_made(home: Path) -> bool:
    """Tell whether nothing happened in a home since `copy_home`: what did would be lost under another store."""
    store = home / STORE
    return not any(home.glob(f"{STORE}-*")) and store.read_bytes() == (unused_home() / STORE).read_bytes()


@cache
def _with_person(name: str, password: str) -> _Settled:
    folder = TemporaryDirectory(prefix="trustkit-identity-")
    return _Settled(folder, _initialise_with_person(copy_home(Path(folder.name) / "home"), name, password))


@cache
def _with_keys() -> _Settled:
    folder = TemporaryDirectory(prefix="trustkit-identity-")
    _initialise_with_keys(copy_home(Path(folder.name) / "home"))
    return _Settled(folder)


def _initialise_with_person(home: Path, name: str, password: str) -> str:
    with _initialised(home) as opened:
        return make_person(opened, name, password)


def _initialise_with_keys(home: Path) -> None:
    with _initialised(home) as opened:
        opened.keys.tend()


@contextmanager
def _initialised(home: Path) -> Iterator[IdentityHome]:
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    opened = load_identity(home, passphrase())
    try:
        yield opened
    finally:
        opened.close()
