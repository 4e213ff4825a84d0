"""What assistants ask by opens no key and changes nothing: by its imports, and by what it names."""

from __future__ import annotations

import ast

from tests.support.source import ROOT, Module, modules

PRIVATE = ("trustkit.custody", "ca.", "trustkit.app.keys", "trustkit.app.issuing", "trustkit.app.revocations")
ACTS = frozenset(
    {"unlock", "read_passphrase", "issue", "revoke", "sign", "unit_of_work", "write_bytes", "write_text", "unlink"}
)


def _ours() -> list[Module]:
    found = [
        each
        for each in modules(ROOT, ("trustkit",))
        if each.name.startswith("trustkit.app.assistant_") or each.name == "trustkit.app.cli.mcp"
    ]
    assert len(found) >= 6
    return found


def _findings(module: Module) -> list[str]:
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (
            (node.module or "").startswith(PRIVATE) or (node.module or "").endswith(".sign")
        ):
            found.append(f"{module.path} imports {node.module}")
        if isinstance(node, ast.Attribute) and node.attr in ACTS:
            found.append(f"{module.path}:{node.lineno} .{node.attr}")
        if isinstance(node, ast.Name) and node.id in ACTS:
            found.append(f"{module.path}:{node.lineno} {node.id}")
    return found


def test_no_key_is_opened_and_nothing_changed() -> None:
    assert [each for module in _ours() for each in _findings(module)] == []


def test_it_bites() -> None:
    text = "from trustkit.custody.port import Signer\nhome.unlock(x)\nread_passphrase(y, None)\nimport a.b\n"
    assert len(_findings(Module(path="x.py", name="x", text=text))) == 3
