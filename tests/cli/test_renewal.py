"""``trustkit ca renew``: what is asked, what is told, and what is refused."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.authority import SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

USAGE, MISSING, CONFLICT, DENIED, STOPPED = 64, 66, 73, 77, 130


class _Person(io.StringIO):
    """Somebody at a terminal who types one answer."""

    def isatty(self) -> bool:
        return True


def _listed(terminal: Terminal, home: Path) -> list[dict[str, Any]]:
    return terminal.run("ca", "list", "--home", home, "--format", "json").objects()


def _renew(terminal: Terminal, home: Path, passphrase_file: Path, *options: str) -> Ran:
    return terminal.run("ca", "renew", *options, "--home", home, "--passphrase-file", passphrase_file)


@pytest.mark.parametrize("name", ["seal", "timestamping", "status", "ocsp"])
def test_renewing_and_going_on(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path, name: str
) -> None:
    old = next(row for row in _listed(terminal, home) if row["profile"] == name)
    ran = _renew(terminal, home, passphrase_file, name, "--yes", "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    (made,) = ran.objects()
    assert (made["profile"], made["state"], made["current"], made["replaces"]) == (name, "issued", True, old["serial"])
    current = {row["profile"]: row["serial"] for row in _listed(terminal, home) if row["current"]}
    assert len(current) == 6
    assert current[name] == made["serial"] != old["serial"]
    told = terminal.run("ca", "list", "--home", home).out
    assert all(len(line.split(" current ")) == 2 for line in told.splitlines() if made["serial"] in line)
    licence = tmp_path / "licence.pdf"
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    issue = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", licence, *keys)
    assert terminal.run(*issue).status == 0
    assert terminal.run("verify", licence, "--home", home).status == 0
    assert terminal.run("doctor", "--home", home).status == 0


@pytest.mark.parametrize("act", [("revoke", "--reason", "superseded"), ("suspend",)], ids=lambda words: words[0])
def test_an_end_is_shown_and_asked_for(
    terminal: Terminal, home: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch, act: tuple[str, ...]
) -> None:
    seal = next(row for row in _listed(terminal, home) if row["profile"] == "seal")
    words = ("ca", act[0], seal["serial"], *act[1:], "--home", home, "--passphrase-file", passphrase_file)
    monkeypatch.setattr(sys, "stdin", _Person("n\n"))
    ran = terminal.run(*words)
    assert ran.status == STOPPED
    assert seal["subject"] in ran.err
    assert next(row for row in _listed(terminal, home) if row["profile"] == "seal")["state"] == seal["state"]
    monkeypatch.setattr(sys, "stdin", _Person("y\n"))
    assert terminal.run(*words).status == 0
    assert next(row for row in _listed(terminal, home) if row["profile"] == "seal")["state"] != seal["state"]


def test_it_says_what_it_is_about_to_sign_and_asks(
    terminal: Terminal, home: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _listed(terminal, home)
    _renew(terminal, home, passphrase_file, "seal").require_refusal("app:call:usage", USAGE)  # nobody to ask
    monkeypatch.setattr(sys, "stdin", _Person("n\n"))
    ran = _renew(terminal, home, passphrase_file, "seal")
    assert ran.status == STOPPED
    seal = next(row for row in before if row["profile"] == "seal")
    for said in ("about to be signed", seal["subject"], seal["serial"], "made anew", "valid until"):
        assert said in ran.err
    assert _listed(terminal, home) == before
    monkeypatch.setattr(sys, "stdin", _Person("y\n"))
    ran = _renew(terminal, home, passphrase_file, "seal", "--same-key")
    assert ran.status == 0
    assert "the same as before" in ran.err
    assert f"trustkit ca revoke {seal['serial']} --reason superseded" in ran.out
    assert len(_listed(terminal, home)) == len(before) + 1


def test_what_is_not_renewed(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> None:
    before = _listed(terminal, home)
    keys = sorted((home / "keys").iterdir())
    for name in ("root-ca", "issuing-ca", "everything"):
        assert _renew(terminal, home, passphrase_file, name, "--yes").status == MISSING
    wrong = tmp_path / "wrong"
    wrong.touch(mode=0o600)
    wrong.write_bytes(b"another passphrase")
    _renew(terminal, home, wrong, "seal", "--yes").require_refusal("custody:passphrase:wrong", DENIED)
    profile = home / "policies" / "certificates" / "seal.toml"
    profile.write_text(profile.read_text("utf-8").replace("1825", "3651"), "utf-8")
    _renew(terminal, home, passphrase_file, "seal", "--yes").require_refusal("ca:issuer:ends-first", CONFLICT)
    assert _listed(terminal, home) == before
    assert sorted((home / "keys").iterdir()) == keys
    assert _renew(terminal, home, passphrase_file, "seal", "--yes", "--shorten").status == 0


def test_after_a_revocation_the_next_step_is_told(terminal: Terminal, home: Path, passphrase_file: Path) -> None:
    serial = next(row["serial"] for row in _listed(terminal, home) if row["profile"] == "status")
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    ran = terminal.run("ca", "revoke", serial, "--reason", "keyCompromise", *keys)
    assert ran.out.splitlines()[-1] == "Next: trustkit ca renew status"
    revoking = terminal.run("licence", "revoke", "1.2.3", "--reason", "error", *keys)
    revoking.require_refusal("ca:certificate:unfit", CONFLICT)
    assert terminal.run("doctor", "--home", home).status == 1
    assert _renew(terminal, home, passphrase_file, "status", "--yes", "--same-key").status == USAGE
    assert "status list http" in _renew(terminal, home, passphrase_file, "status", "--yes").out
    assert terminal.run("doctor", "--home", home).status == 0
