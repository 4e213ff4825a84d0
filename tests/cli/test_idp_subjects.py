"""Who may act for whom, and who administers the home: added, listed and ended at the terminal, each refusal with its code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

NUMBER, USCC = "11010519491231002X", "1199010000TRYQK01Q"


def _private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text + "\n", "utf-8")
    return path


@pytest.fixture
def options(terminal: Terminal, home: Path, secret: tuple[str, str]) -> tuple[str | Path, ...]:
    assert terminal.run("idp", "init", "--home", home, *secret).status == 0
    return ("--home", home, *secret)


def _person(terminal: Terminal, options: tuple[str | Path, ...], tmp_path: Path, name: str) -> str:
    said = ("--login-name-file", _private(tmp_path / name, name))
    password = ("--password-file", _private(tmp_path / f"{name}.password", "correct horse battery"))
    (made,) = terminal.run("idp", "user", "add", *said, *password, *options, "--format", "json").objects()
    return str(made["person"])


def test_three_offices_never_meet_in_one_person(
    terminal: Terminal, home: Path, options: tuple[str | Path, ...], tmp_path: Path
) -> None:
    li, wang = (_person(terminal, options, tmp_path, name) for name in ("li", "wang"))
    terminal.run("idp", "role", "assign", li, "system", *options).require_refusal("idp:person:unidentified", 73)
    for word in ("", "SYSTEM", "root", "system "):
        assert terminal.run("idp", "role", "assign", li, word, *options).status == 64
    number = _private(tmp_path / "number", NUMBER.lower())
    assert terminal.run("idp", "user", "identify", li, "--number-file", number, *options).status == 0
    again = terminal.run("idp", "user", "identify", wang, "--number-file", number, *options)
    again.require_refusal("idp:document:known", 73)
    wrong = _private(tmp_path / "wrong", NUMBER[:-1] + "1")
    bad = terminal.run("idp", "user", "identify", wang, "--number-file", wrong, *options)
    bad.require_refusal("esign:holder:code", 65)
    assert NUMBER[:-1] not in bad.err
    assert terminal.run("idp", "role", "assign", li, "system", *options).status == 0
    for office in ("system", "security", "audit"):
        terminal.run("idp", "role", "assign", li, office, *options).require_refusal("idp:office:held", 73)
    (line,) = terminal.run("idp", "role", "list", "--home", home, "--format", "json").objects()
    assert (line["person"], line["office"]) == (li, "system")
    assert li in terminal.run("idp", "role", "list", "--home", home).out
    terminal.run("idp", "role", "remove", li, "audit", *options).require_refusal("idp:office:missing", 77)
    assert terminal.run("idp", "role", "remove", li, "system", *options).status == 0
    assert terminal.run("idp", "role", "assign", li, "audit", *options).status == 0
    told = terminal.run("audit", "list", "--home", home).out
    assert told.count("idp:office:assigned") == 2
    assert NUMBER[:-1] not in told
    assert NUMBER.encode() not in (home / "store.sqlite").read_bytes()


def test_a_mandate_is_added_listed_and_ended(
    terminal: Terminal, home: Path, options: tuple[str | Path, ...], tmp_path: Path
) -> None:
    boss, clerk = (_person(terminal, options, tmp_path, name) for name in ("boss", "clerk"))
    paper = tmp_path / "register.pdf"
    paper.write_bytes(b"extract")
    given = ("--uscc", USCC, "--name", "示例公司", "--evidence", paper, *options)
    first = terminal.run("idp", "mandate", "add", boss, "--role", "legal-representative", *given, "--format", "json")
    mandate = json.loads(first.out)["mandate"]
    under = ("--role", "handler", "--scope", "tax", "--under", mandate, *given)
    second = terminal.run("idp", "mandate", "add", clerk, *under, "--until", "2099-01-01T00:00:00Z", "--format", "json")
    assert json.loads(second.out)["scope"] == ["tax"]
    another = terminal.run("idp", "mandate", "add", clerk, "--role", "legal-representative", *given)
    another.require_refusal("idp:mandate:in-office", 73)
    terminal.run("idp", "mandate", "add", boss, *under).require_refusal("idp:mandate:power", 77)
    terminal.run("idp", "mandate", "add", clerk, *under, "--until", "2000-01-01T00:00:00Z").require_refusal(
        "idp:mandate:malformed", 65
    )
    terminal.run("idp", "mandate", "add", clerk, *under, "--until", "tomorrow").require_refusal("app:call:usage", 64)
    lines = terminal.run("idp", "mandate", "list", "--home", home, "--format", "json").objects()
    assert {line["state"] for line in lines} == {"live"}
    assert len(lines) == 2
    assert "示例公司" in terminal.run("idp", "mandate", "list", "--person", clerk, "--home", home).out
    ended = terminal.run("idp", "mandate", "end", mandate, "--reason", "left", *options, "--format", "json")
    assert len(json.loads(ended.out)["ended"]) == 2
    assert terminal.run("idp", "mandate", "list", "--home", home, "--format", "json").objects() == []
    states = {
        line["state"]
        for line in terminal.run("idp", "mandate", "list", "--all", "--home", home, "--format", "json").objects()
    }
    assert states == {"ended: left", "ended: appointer-ended"}
    terminal.run("idp", "mandate", "end", mandate, "--reason", "left", *options).require_refusal("idp:mandate:over", 77)
    terminal.run("idp", "mandate", "end", "md-none", "--reason", "left", *options).require_refusal(
        "idp:mandate:missing", 66
    )
