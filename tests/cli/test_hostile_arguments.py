"""What every command says to words, paths and files that make no sense: a refusal with code and remedy, never our own fault."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest

from trustkit.app.cli.main import command_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.terminal import Terminal

STOPPED, USAGE, BUG = 130, 64, 70
RUNNING = {("serve",), ("ca", "serve"), ("init",)}  # these listen, or make what the others need
MAY_BE_FILES = {"esl", "what"}  # texts that may name a file instead
LONG = "x" * 5000


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from _leaves(each, (*path, name))


COMMANDS = [
    pytest.param((path, command), id=" ".join(path)) for path, command in _leaves(command_tree()) if path not in RUNNING
]


def _kind(param: Any) -> type:
    written = param.type_descriptor.annotation
    return cast("type", next(iter(get_args(written)), written))


def _words(
    path: tuple[str, ...], params: Any, home: Path, passphrase_file: Path, given: str | Path, *, only: Any = None
) -> list[str]:
    """Return the command with a value for everything it needs: `given`, or the first of its choices; where `only` one is given, 2 for others."""
    options, arguments = [], []
    for each in params:
        kind, value = _kind(each), str(given) if only in {None, each} else "2"
        if issubclass(kind, StrEnum):
            value = next(iter(kind)).value
        elif issubclass(kind, int):
            value = "2"
        if each.name == "home":
            value = str(home)
        elif each.name == "passphrase_file":
            value = str(passphrase_file)
        elif not each.required and each is not only:
            continue
        if each.param_type_name == "argument":
            arguments.append(value)
        else:
            options += [each.opts[0], value]
    yes = [each.opts[0] for each in params if each.name == "yes"]
    formatted = ["--format", "json"] if any(each.name == "output" for each in params) else []
    return [*path, *options, *yes, *formatted, *(["--", *arguments] if arguments else [])]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_a_person_can_type_is_our_fault(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path, command: tuple[tuple[str, ...], Any]
) -> None:
    path, params = command[0], command[1].params
    garbage, empty = tmp_path / "garbage", tmp_path / "empty"
    garbage.write_bytes(bytes(range(256)) * 16)
    garbage.chmod(0o600)
    empty.touch(mode=0o600)
    assert terminal.run(*path, "--no-such-option").status == USAGE
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for given in (garbage, empty, tmp_path, loop, LONG, "\udcff", ""):
        ran = terminal.run(*_words(path, params, home, passphrase_file, given))
        assert ran.status != BUG, (given, ran.err)
        if ran.status == 0 or ran.out:
            for line in ran.out.splitlines():
                json.loads(line)
        elif ran.status not in {USAGE, STOPPED} or ran.err.startswith("trustkit: "):
            ran.require_refusal(ran.code, ran.status)
            assert ":" in ran.code


def test_what_is_no_text_is_refused_before_anything_else(terminal: Terminal, tmp_path: Path) -> None:
    """No home is here and none is looked for. An octet that is no UTF-8 comes in as half a character."""
    tried = 0
    for path, command in _leaves(command_tree()):
        for each in command.params:
            if _kind(each) is str and each.name not in MAY_BE_FILES:
                ran = terminal.run(*_words(path, command.params, tmp_path, tmp_path, "\udcff", only=each))
                ran.require_refusal("app:call:usage", USAGE)
                assert f"value={each.name.replace('_', '-')}" in ran.err
                tried += 1
    assert tried > 150


def test_a_seal_may_be_a_file_of_any_name(terminal: Terminal, home: Path) -> None:
    terminal.run("seal", "show", "\udcff", "--home", home).require_refusal("app:input:unreadable", 66)


@pytest.mark.parametrize(
    "words",
    [
        ("ca", "issue-batch", LONG, "--profile", "tls-server", "--out", "x", "--yes"),
        ("verify", "--trust", LONG, "x"),
        ("verify", "--evidence", LONG, "x"),
    ],
)
def test_a_folder_that_cannot_be_looked_at_is_unreadable(
    terminal: Terminal, home: Path, passphrase_file: Path, words: tuple[str, ...]
) -> None:
    secret = ("--passphrase-file", passphrase_file) if words[0] == "ca" else ()
    terminal.run(*words, "--home", home, *secret).require_refusal("app:input:unreadable", 66)


def test_a_profile_has_a_short_name(terminal: Terminal, home: Path, passphrase_file: Path) -> None:
    words = ("ca", "client", "grant", "abc", "--profile", LONG, "--home", home, "--passphrase-file", passphrase_file)
    assert terminal.run(*words).status in {65, 66}


def test_a_name_that_is_no_utf8_is_no_fault(terminal: Terminal, home: Path, tmp_path: Path) -> None:
    for output in ("text", "json"):
        ran = terminal.run("ca", "export", f"{tmp_path}/\udcff", "--home", home, "--format", output)
        assert ran.status == 0, ran.err
        assert r"\udcff" in ran.out
