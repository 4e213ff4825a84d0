"""Every command stands in the table of doors, and none that opens keys of the home, or the home for identity, asks nobody."""

from __future__ import annotations

import ast
import inspect
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.source import ROOT
from trustkit.app.cli.asking import ask_first
from trustkit.app.cli.doors import DOORS, Free, Late
from trustkit.app.cli.main import command_tree
from trustkit.app.official_acts import AdministratorAct, OfficialAct
from trustkit.store.administrators import Office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.official_acts import Act

CLI = ROOT / "trustkit" / "app" / "cli"
OPENS = frozenset(
    {"HomeStamper", "keep_key", "load_identity", "open_identity", "opened_keys", "unlock", "Sittings.opened"}
)
Place = tuple[str, str]  # a file's stem and a function in it


def commands(command: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    found = command_tree() if command is None else command
    if not hasattr(found, "commands"):
        yield " ".join(words), found
    for name, each in getattr(found, "commands", {}).items():
        yield from commands(each, (*words, name))


class Calls:
    """Which functions of these files come to which others, and what else they name."""

    def __init__(self, files: dict[str, str]) -> None:
        self.named: dict[Place, set[str]] = {}
        self.next: dict[Place, set[Place]] = {}
        trees = {stem: ast.parse(text) for stem, text in files.items()}
        self.functions = {
            stem: {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            for stem, tree in trees.items()
        }
        for stem, tree in trees.items():
            brought = self._brought(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    self._read(stem, node, brought)

    def reached(self, start: Place) -> set[str]:
        """Return every name a function comes to."""
        seen, waiting = {start}, [start]
        while waiting:
            fresh = self.next.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        return {name for place in seen for name in self.named.get(place, set())}

    def _brought(self, tree: ast.Module) -> dict[str, Place]:
        """Return what names of other files mean here; of a file itself with no function."""
        found: dict[str, Place] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trustkit.app.cli"):
                stem = (node.module or "").removeprefix("trustkit.app.cli").removeprefix(".")
                found |= {
                    each.asname or each.name: (stem, each.name) if stem else (each.name, "") for each in node.names
                }
        return found

    def _read(self, stem: str, function: ast.FunctionDef, brought: dict[str, Place]) -> None:
        place = (stem, function.name)
        named, after = self.named.setdefault(place, set()), self.next.setdefault(place, set())
        for node in ast.walk(function):
            if isinstance(node, ast.Name):
                named.add(node.id)
                after |= {brought[node.id]} if node.id in brought else {(stem, node.id)}
            elif isinstance(node, ast.Attribute):
                named.add(node.attr)
                module = brought.get(node.value.id) if isinstance(node.value, ast.Name) else None
                after.add((module[0] if module else stem, node.attr))
        if "Sittings" in named and "opened" in named:
            named.add("Sittings.opened")
        after &= {(file, name) for file, names in self.functions.items() for name in names}


@pytest.fixture(scope="module")
def calls() -> Calls:
    return Calls({path.stem: path.read_text("utf-8") for path in sorted(CLI.glob("*.py"))})


def _place(command: Any) -> Place:
    written = inspect.unwrap(command.callback)
    return written.__module__.rpartition(".")[2], written.__name__


def test_the_table_is_of_every_command() -> None:
    assert sorted(DOORS) == sorted(name for name, _ in commands())


def test_no_command_opens_keys_and_asks_nobody(calls: Calls) -> None:
    for name, command in commands():
        opens = calls.reached(_place(command)) & OPENS
        if DOORS[name] not in {Free.SERVES, Free.BEGINS} and isinstance(DOORS[name], Free):
            assert not opens, f"{name} comes to {opens} and asks nobody"


def test_who_is_to_ask_by_himself_does_so_by_each_act_of_the_table(calls: Calls) -> None:
    for name, command in commands():
        door = DOORS[name]
        if isinstance(door, Late):
            named = calls.reached(_place(command))
            assert "act_in_name" in named, name
            by_kind = named & {"ACT_OF", "act_of_approval", "official_act_of"}
            assert by_kind or {each.name for each in door.acts} <= named, name


def test_a_command_the_table_does_not_know_never_runs() -> None:
    tree: Any = SimpleNamespace(commands={"new": SimpleNamespace(callback=None)})
    with pytest.raises(KeyError, match="new"):
        ask_first(tree)


def test_the_search_finds_what_it_is_for() -> None:
    found = Calls(
        {
            "a": "from trustkit.app.cli.b import opens\nfrom trustkit.app.cli import b\n"
            "def one():\n    opens()\ndef two():\n    b.opens()\ndef three():\n    Words().go()\n"
            "class Words:\n    def go(self):\n        opens()\ndef four():\n    pass\n",
            "b": "def opens():\n    return home.unlock(secret)\n",
        }
    )
    assert ["unlock" in found.reached(("a", name)) for name in ("one", "two", "three", "four")] == [
        True,
        True,
        True,
        False,
    ]


def _of(door: Act | Free) -> str:
    named = (name for name, each in DOORS.items() if each == door or (isinstance(each, Late) and door in each.acts))
    return ", ".join(f"`{name}`" for name in named)


def test_the_document_has_the_tables_as_they_are() -> None:
    lines = set((ROOT / "docs" / "administration.md").read_text("utf-8").splitlines())
    once = {True: "yes", False: "no"}
    rows = {f"| `{act.value}` | {_of(act)} | {once[act.once]} |" for act in OfficialAct}
    rows |= {f"| `{act.value}` | {act.office} | {_of(act)} | {once[act.once]} |" for act in AdministratorAct}
    rows |= {f"| {free.value} | {_of(free)} |" for free in Free}
    assert rows - lines == set()


def test_acts_are_told_apart_and_of_one_office() -> None:
    words = [each.value for acts in (OfficialAct, AdministratorAct) for each in acts]
    assert len(words) == len(set(words))
    assert {each.office for each in AdministratorAct} == {each.value for each in Office}
    used: set[Act] = set()
    for door in DOORS.values():
        if not isinstance(door, Free):
            used |= set(door.acts) if isinstance(door, Late) else {door}
    assert used == {*OfficialAct, *AdministratorAct}
