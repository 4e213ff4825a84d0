"""What a platform installs without the suite imports nothing of it, and little of anybody else."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from tests.support.source import PACKAGES, ROOT, Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYWHERE = frozenset({"httpx", "trustkit_client"})
EXTRAS = {"key_file": frozenset({"cryptography"}), "offline": frozenset(PACKAGES)}  # by the module that needs them
KEYS = frozenset({"custody", "sign"})


def _imported(module: Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def _foreign(found: Iterable[Module]) -> list[str]:
    return [
        f"{module.path} {name}"
        for module in found
        for name in sorted(_imported(module))
        if name.partition(".")[0]
        not in EVERYWHERE | sys.stdlib_module_names | EXTRAS.get(module.name.rpartition(".")[2], frozenset())
    ]


def _of_keys(found: Iterable[Module]) -> list[str]:
    return [
        f"{module.path} {name}"
        for module in found
        for name in sorted(_imported(module))
        if name.partition(".")[0] in PACKAGES and (KEYS.intersection(name.split(".")) or name.startswith("ca"))
    ]


def test_the_client_imports_little() -> None:
    client = modules(ROOT, ("clients",))
    assert {"offline", "key_file"} <= {each.name.rpartition(".")[2] for each in client}
    assert _foreign(client) == []
    assert _of_keys(client) == []


def test_it_bites() -> None:
    bad = Module(path="x.py", name="clients.python.trustkit_client.x", text="import trustkit.app\nimport requests\n")
    assert len(_foreign([bad])) == 2
    assert len(_of_keys([Module(path="x.py", name="x.offline", text="from trustkit.custody.port import Signer")])) == 1
