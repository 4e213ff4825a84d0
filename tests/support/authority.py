"""A whole authority made once a process by the real `initialise_home`, and copied for each test that changes it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from trustkit.app.initialise import InitialiseRequest, initialise_home
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.authority import Authority

NAME = "示范市市场监督管理局"
USCC = "1199010000TRYQK01Q"
PASSPHRASE = b"correct horse battery"
SAMPLE = Path(__file__).parents[2] / "policies" / "licences" / "business-licence" / "sample.json"


def passphrase() -> Passphrase:
    return Passphrase(PASSPHRASE)


def make_home(place: Path, *, keys: str = "sm2", port: int = 8440) -> Path:
    request = InitialiseRequest(
        name=NAME,
        uscc=USCC,
        base_url=f"http://127.0.0.1:{port}",
        port=port,
        keys=keys,
        iterations=MIN_ITERATIONS,  # a home of the default costs seconds, and every test would pay again to open it
    )
    initialise_home(place, request, passphrase, SystemClock())
    return place


def copy_home(place: Path, *, keys: str = "sm2") -> Path:
    """Put a home there that nobody used: one made by this process, and so a copy of every other one."""
    shutil.copytree(unused_home(keys), place)
    return place


def unused_home(keys: str = "sm2") -> Path:
    """Return what `copy_home` copies, to be read alone."""
    return Path(_folder(keys).name) / "home"


@cache
def _folder(keys: str) -> TemporaryDirectory[str]:
    folder = TemporaryDirectory(prefix="trustkit-home-")
    make_home(Path(folder.name) / "home", keys=keys)
    return folder


@pytest.fixture(scope="session")
def pristine_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_home(tmp_path_factory.mktemp("authority") / "home")


def for_one_person(home: Path, kind: str) -> None:
    """Let one person issue licences of a type that comes with two, as a home may decide."""
    path = home / "policies" / "licences" / kind / "type.toml"
    text = path.read_text("utf-8")
    assert "persons = 2" in text
    path.write_text(text.replace("persons = 2", "persons = 1"), "utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A licence as its holder has it, and the home it came from."""

    home: Path
    identifier: str
    document: Path


@pytest.fixture(scope="session")
def issued(pristine_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Give a home that has issued one licence; shared by the session, so nothing is revoked there."""
    folder = tmp_path_factory.mktemp("issued")
    shutil.copytree(pristine_home, folder / "home")
    with open_authority(folder / "home") as opened:
        service = opened.licences(opened.unlock(passphrase()))
        licence = service.issue("business-licence", SAMPLE.read_bytes(), actor=opened.operator)
    (folder / "licence.pdf").write_bytes(licence.document)
    return Issued(home=folder / "home", identifier=licence.identifier, document=folder / "licence.pdf")


@pytest.fixture
def home(pristine_home: Path, tmp_path: Path) -> Path:
    place = tmp_path / "home"
    shutil.copytree(pristine_home, place)
    return place


@pytest.fixture
def authority(home: Path) -> Iterator[Authority]:
    with open_authority(home) as opened:
        yield opened


@pytest.fixture
def passphrase_file(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    path.write_bytes(PASSPHRASE)
    return path
