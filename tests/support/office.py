"""An office that signs folders of contracts at a terminal, as fixtures of the command line's tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.people import Person, make_person
from tests.support.pki import PkiWorld

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal


@dataclass(frozen=True)
class Office:
    """A folder of contracts, somebody to sign them, and where the signed ones go."""

    terminal: Terminal
    inbox: Path
    out: Path
    official: Person
    secret: tuple[str, str]

    @property
    def words(self) -> tuple[str | Path, ...]:
        return ("sign", self.inbox, "--out-dir", self.out, *self.official.options, *self.secret)

    def run(self, *words: str | Path) -> Ran:
        return self.terminal.run(*self.words, "--format", "json", *words)

    def add(self, page: bytes, *names: str) -> None:
        for name in names:
            path = self.inbox / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(page + b"%" + name.encode() + b"\n")


@pytest.fixture
def office(terminal: Terminal, tmp_path: Path, passphrase_file: Path, official: Person) -> Office:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return Office(terminal, inbox, tmp_path / "out", official, ("--passphrase-file", str(passphrase_file)))


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(PkiWorld(), tmp_path_factory.mktemp("official"), "official")


def statuses(ran: Ran) -> dict[str, str]:
    return {each["file"].rpartition("/")[2]: each["status"] for each in ran.objects()}
