"""The import contracts say something: each expression means a module, and the tools look at every file."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.support.source import PACKAGES, ROOT, modules
from tools import check

PYPROJECT = ROOT / "pyproject.toml"
LISTS = ("source_modules", "forbidden_modules", "layers", "ancestors", "containers")


def _contracts() -> list[dict[str, Any]]:
    found = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert isinstance(found, list)
    return found


def _expressions() -> list[tuple[str, str]]:
    """Return (contract id, dotted expression) pairs, the layers of a container written out in full."""
    found: list[tuple[str, str]] = []
    for contract in _contracts():
        for key in LISTS:
            for entry in contract.get(key, []):
                names = [part.strip(" ()") for part in re.split(r"[|:]", entry)]
                prefixes = contract.get("containers", [""]) if key == "layers" else [""]
                found += [(contract["id"], f"{prefix}.{name}".strip(".")) for prefix in prefixes for name in names]
    return found


@pytest.mark.parametrize(("contract", "expression"), _expressions())
def test_every_expression_means_at_least_one_module(contract: str, expression: str) -> None:
    if expression.partition(".")[0] not in PACKAGES:
        assert importlib.util.find_spec(expression), f"{contract}: {expression} cannot be imported"
        return
    depth = expression.count(".")
    names = (module.name for module in modules(ROOT, PACKAGES))
    assert any(name.count(".") == depth and fnmatchcase(name, expression) for name in names), contract


def test_contracts_look_at_every_package() -> None:
    settings = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]
    assert tuple(settings["importlinter"]["root_packages"]) == PACKAGES
    assert tuple(settings["hatch"]["build"]["targets"]["wheel"]["packages"]) == PACKAGES


def test_the_type_checker_is_given_every_folder() -> None:
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    with_python = {path.name for path in folders if any(path.rglob("*.py"))}
    assert with_python - {"build", "dist"} <= set(check.FOLDERS)
    assert check.python_files() == len(modules())


def test_a_file_that_is_not_looked_at_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "tool", lambda *_: (True, "Success: no issues found in 2 source files"))
    content, said = check.types()
    assert not content
    assert "some were not looked at" in said


def test_every_excused_lint_says_why() -> None:
    text = PYPROJECT.read_text(encoding="utf-8")
    excused = re.findall(r'^ {2}"([A-Z]+\d*)",(.*)$', text, flags=re.MULTILINE)
    assert excused
    assert [code for code, rest in excused if not re.match(r"\s*# \S.{5,}", rest)] == []
