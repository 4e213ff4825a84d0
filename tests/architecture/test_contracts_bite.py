"""Each import contract is broken once on purpose, in a copy of the source, and must say so by its name."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.lints import long_modules
from tests.support.source import PACKAGES, ROOT, modules

# contract id -> the files to plant, each with the lines to add to it
PLANTS: dict[str, dict[str, str]] = {
    "floors": {"trustkit/errors.py": "import trustkit.store.schema"},
    "ground-floor": {"trustkit/annex/__init__.py": '"""A floor nobody planned."""'},
    "wall": {"verifier/policy.py": "import trustkit.custody.software"},
    "pure": {"trustkit/cms/read.py": "import socket"},
    "acyclic": {"ca/alpha.py": "import ca.beta", "ca/beta.py": "import ca.alpha"},
}


def _contracts() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def _copy(target: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


def _plant(tree: Path, files: dict[str, str]) -> None:
    for name, lines in files.items():
        path = tree / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{lines}\n")


def _lint(tree: Path, contract: str) -> tuple[int, str]:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache", "--contract", contract],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": str(program.parent), "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout


def test_every_contract_is_broken_by_some_plant() -> None:
    assert set(PLANTS) == set(_contracts())


@pytest.mark.parametrize("contract", PLANTS)
def test_a_planted_violation_is_found(contract: str, tmp_path: Path) -> None:
    tree = _copy(tmp_path)
    _plant(tree, PLANTS[contract])
    status, said = _lint(tree, contract)
    assert status != 0
    assert f"{_contracts()[contract]} BROKEN" in said


def test_an_untouched_copy_is_kept(tmp_path: Path) -> None:
    status, said = _lint(_copy(tmp_path), "wall")
    assert status == 0, said
    assert f"{_contracts()['wall']} KEPT" in said


def test_a_planted_long_module_is_found(tmp_path: Path) -> None:
    tree = _copy(tmp_path)
    _plant(tree, {"verifier/policy.py": "x = 1\n" * 400})
    found = long_modules(modules(tree, PACKAGES))
    assert [finding.partition(":")[0] for finding in found] == ["verifier/policy.py"]
