"""People at the desk of a registration: enrolled, asking, agreeing, and sitting together over shared keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

SECRET = b"an operator's own words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A terminal at a home, with operators' keys in a folder."""

    terminal: Terminal
    home: Path
    folder: Path
    passphrase: Path

    @property
    def secret(self) -> Path:
        return self.folder / "secret"

    def run(self, *words: str | Path) -> Ran:
        return self.terminal.run(*words)

    def ca(self, *words: str | Path, keys: bool = False) -> Ran:
        opening = ("--passphrase-file", self.passphrase) if keys else ()
        return self.run("ca", *words, "--home", self.home, *opening, "--format", "json")

    def told(self, *words: str | Path, keys: bool = False) -> dict[str, object]:
        ran = self.ca(*words, keys=keys)
        assert ran.status == 0, ran.err
        return ran.objects()[0]

    def enrol(self, name: str, role: str, by: str | None = None) -> str:
        sponsor = ("--by", self.key(by), "--by-passphrase-file", self.secret) if by else ()
        made = ("--key", self.key(name), "--key-passphrase-file", self.secret)
        return str(self.told("operator", "add", name, "--role", role, *made, *sponsor, keys=True)["operator"])

    def key(self, name: str | None) -> Path:
        return self.folder / f"{name}.pem"

    def by(self, name: str) -> tuple[str | Path, ...]:
        return ("--as", self.key(name), "--as-passphrase-file", self.secret)

    def sitting(self, key: str, shares: dict[str, Path], *names: str, purpose: str = "test-it") -> list[str | Path]:
        """Begin a sitting and let these custodians contribute; return the options of the command that uses it."""
        place = self.folder / f"sitting-{len(list(self.folder.iterdir()))}.json"
        begun = self.told("ceremony", "begin", key, "--purpose", purpose, "--out", place, keys=True)
        options: list[str | Path] = []
        for name in names:
            out = place.with_name(f"{place.stem}-{name}.json")
            ran = self.run(
                *("ca", "ceremony", "contribute", place, "--share", shares[name], *self.by(name)),
                *("--fingerprint", str(begun["fingerprint"]), "--out", out),
            )
            assert ran.status == 0, ran.err
            options += ["--contribution", out]
        return options


def people_at(terminal: Terminal, home: Path, passphrase: Path, folder: Path) -> Desk:
    """Return a desk whose people's keys go into a new folder, all under one passphrase."""
    folder.mkdir(mode=0o700)
    (folder / "secret").touch(mode=0o600)
    (folder / "secret").write_bytes(SECRET)
    return Desk(terminal=terminal, home=home, folder=folder, passphrase=passphrase)


def shared(desk: Desk, command: tuple[str, ...], people: dict[str, str], threshold: int) -> dict[str, Path]:
    """Share a key among custodians; return each one's share file."""
    out = desk.folder / f"shares-{'-'.join(command)}"
    custodians = [word for each in people.values() for word in ("--custodian", each)]
    told = desk.told("ceremony", *command, *custodians, "--threshold", str(threshold), "--out", out, "--yes", keys=True)
    key = told["key"]
    return {name: out / f"{key}-share-{n}-{people[name]}.json" for n, name in enumerate(people, 1)}


def staff(desk: Desk) -> dict[str, str]:
    desk.enrol("checker", "registrar")
    for name, role in (("second", "registrar"), ("maker", "requester"), ("auditor", "auditor")):
        desk.enrol(name, role, by="checker")
    return {name: desk.enrol(name, "custodian", by="checker") for name in ("kim", "lan", "min")}


def holder_request(desk: Desk) -> Path:
    out = desk.folder / "holder.csr"
    ran = desk.run(
        *(
            "ca",
            "holder",
            "request",
            "--subject",
            "C=CN",
            "--subject",
            "CN=张示范",
            "--subject",
            "serialNumber=R-2026-17",
        ),
        *("--key", desk.key("holder"), "--out", out, "--passphrase-file", desk.secret),
    )
    assert ran.status == 0, ran.err
    return out
