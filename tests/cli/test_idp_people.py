"""A home is made ready for people to sign in at; they are made, locked out and let in again, and no name is anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

NAME = "li.hua@example.org"
PASSWORD = "correct horse battery"


def private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text + "\n", "utf-8")
    return path


@pytest.fixture
def said(tmp_path: Path) -> tuple[str | Path, ...]:
    """Give the options that say a login name and a password."""
    name, password = private(tmp_path / "name", NAME), private(tmp_path / "password", PASSWORD)
    return ("--login-name-file", name, "--password-file", password)


def ready(terminal: Terminal, home: Path, secret: tuple[str, str]) -> tuple[str | Path, ...]:
    made = terminal.run("idp", "init", "--home", home, *secret)
    assert made.status == 0, made.err
    return ("--home", home, *secret)


def test_a_person_is_made_listed_locked_out_and_let_in(
    terminal: Terminal, home: Path, secret: tuple[str, str], said: tuple[str | Path, ...], tmp_path: Path
) -> None:
    options = ready(terminal, home, secret)
    (made,) = terminal.run("idp", "user", "add", *said, *options, "--format", "json").objects()
    person = made["person"]
    assert person.startswith("np-")
    terminal.run("idp", "user", "add", *said, *options).require_refusal("idp:person:exists", 73)
    assert terminal.run("idp", "user", "lock", person, "--reason", "lost-device", *options).status == 0
    (line,) = terminal.run("idp", "user", "list", "--home", home, "--format", "json").objects()
    assert (line["person"], line["locked"]) == (person, "lost-device")
    terminal.run("idp", "user", "lock", person, "--reason", "again", *options).require_refusal("idp:person:locked", 73)
    assert terminal.run("idp", "user", "unlock", person, *options).status == 0
    other = private(tmp_path / "other", "quite another horse")
    assert terminal.run("idp", "user", "password", person, "--password-file", other, *options).status == 0
    told = terminal.run("audit", "list", "--home", home).out
    assert "idp:person:locked" in told
    assert NAME not in told
    assert NAME.encode() not in (home / "store.sqlite").read_bytes()


def test_what_is_not_ready_not_there_or_weak_is_told(
    terminal: Terminal, home: Path, secret: tuple[str, str], said: tuple[str | Path, ...], tmp_path: Path
) -> None:
    options = ("--home", home, *secret)
    terminal.run("idp", "user", "add", *said, *options).require_refusal("custody:key:missing", 66)
    ready(terminal, home, secret)
    terminal.run("idp", "init", *options).require_refusal("custody:key:exists", 73)
    terminal.run("idp", "user", "add", *options).require_refusal("app:call:usage", 64)
    absent = ("--login-name-file", tmp_path / "absent")
    terminal.run("idp", "user", "add", *absent, *options).require_refusal("app:call:usage", 64)
    terminal.run("idp", "user", "unlock", "np-nobody", *options).require_refusal("idp:person:missing", 66)
    weak = ("--password-file", private(tmp_path / "weak", "password1234"))
    terminal.run("idp", "user", "add", *said[:2], *weak, *options).require_refusal("idp:factor-password:weak", 77)
    terminal.run("idp", "user", "password", "np-nobody", *said[2:], *options).require_refusal("idp:person:missing", 66)
    assert terminal.run("idp", "user", "list", "--home", home, "--format", "json").objects() == []


def test_the_homes_own_passphrase_is_asked_for(terminal: Terminal, home: Path, tmp_path: Path) -> None:
    other = private(tmp_path / "other", "quite another passphrase")
    refused = terminal.run("idp", "init", "--home", home, "--passphrase-file", other)
    refused.require_refusal("custody:passphrase:wrong", 77)
