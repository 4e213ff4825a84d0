"""What the documents tell people to type exists: make targets, commands, options."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from functools import cache

import pytest

from tests.support.source import ROOT
from trustkit.app.cli.main import run

DOCUMENTS = (
    "README.md",
    "README.zh.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/administration.md",
    "docs/journeys.md",
    "docs/threat-model.md",
    "docs/confirming-app.md",
)
FENCE = re.compile(r"^```(?:sh|console)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"^([a-z-]+):.*## ", flags=re.MULTILINE)
MAKE = re.compile(r"(?<!seal )\bmake ([a-z-]+)\b")  # `trustkit seal make` is none
PLACE = re.compile(r"`((?:tests|docs|tools|policies|benchmarks|trustkit|requirements)/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
GROUPS = frozenset(
    {"licence", "seal", "ca", "audit", "idp", "key", "module"}
)  # commands whose next word names the command
NESTED = frozenset(
    {
        ("ca", "client"),
        ("ca", "operator"),
        ("ca", "request"),
        ("ca", "acme"),
        ("ca", "acme", "external"),
        ("ca", "statement"),
        ("idp", "client"),
        ("idp", "keys"),
        ("idp", "ladder"),
        ("idp", "mandate"),
        ("idp", "role"),
        ("idp", "user"),
        ("key", "agree"),
    }
)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def _commands() -> list[tuple[str, str]]:
    """Return (document, command line) pairs from the fenced shell blocks, continuation lines joined."""
    found = []
    for name in DOCUMENTS:
        for block in FENCE.findall((ROOT / name).read_text(encoding="utf-8")):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(name, line.strip()) for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return found


def _inline_trustkit() -> list[tuple[str, str]]:
    return [
        (name, command)
        for name in DOCUMENTS
        for command in re.findall(r"`(trustkit [^`]+)`", (ROOT / name).read_text(encoding="utf-8"))
    ]


def _targets() -> set[str]:
    return set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


def test_every_make_target_named_anywhere_exists() -> None:
    quoted = re.compile(r"`make ([a-z-]+)`")
    named = {word for name in DOCUMENTS for word in quoted.findall((ROOT / name).read_text(encoding="utf-8"))}
    named |= {word for _, line in _commands() for word in MAKE.findall(line)}
    assert named
    assert named <= _targets()


def test_every_make_target_is_phony_and_explained() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)
    assert phony
    assert set(phony.group(1).split()) == _targets()


@cache
def _help(*words: str) -> str:
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
        for name, value in (("COLUMNS", "200"), ("NO_COLOR", "1"), ("TERM", "dumb")):
            patch.setenv(name, value)
        assert run([*words, "--help"]) == 0, words
    return said.getvalue()


def _subcommand(words: list[str]) -> list[str]:
    """Return the leading words that name a command: a group's next word, or nothing after a command's name."""
    if tuple(words[:2]) in NESTED:
        return words[: 4 if tuple(words[:3]) in NESTED else 3]
    return words[:2] if words[0] in GROUPS else words[:1]


@pytest.mark.parametrize(
    ("document", "line"), [pair for pair in _commands() + _inline_trustkit() if "trustkit " in pair[1]]
)
def test_every_documented_command_and_option_exists(document: str, line: str) -> None:
    found = re.search(r"(?:^|[\s/])trustkit ([^|>&;]+)", line)
    if found is None:
        pytest.skip(f"{document}: no command in this line")
    words = [word for word in found.group(1).split() if not word.startswith("<")]
    if words[0].startswith("-"):
        return
    text = _help(*_subcommand(words))
    options = OPTION.findall(found.group(1))
    assert [option for option in options if option not in text and option != "--help"] == []


def _markdown() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("name", _markdown())
def test_every_place_and_link_in_a_document_exists(name: str) -> None:
    document = ROOT / name
    text = document.read_text(encoding="utf-8")
    places = [ROOT / place for place in PLACE.findall(text)]
    links = [document.parent / link for link in LINK.findall(text)]
    assert [str(path.relative_to(ROOT)) for path in places + links if not path.exists()] == []
