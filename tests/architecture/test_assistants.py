"""What assistants ask by opens no key and changes nothing: by its imports, and by what it names."""

from __future__ import annotations

import ast

import pytest

from tests.support.source import ROOT, Module, modules

PRIVATE = (
    "trustkit.custody",
    "ca.",
    "trustkit.app.authority",  # whoever has it may have keys opened
    "trustkit.app.keys",
    "trustkit.app.issuing",
    "trustkit.app.revocations",
)
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


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module or ''}.{each.name}" for each in node.names]
    return []


def _is_private(name: str) -> bool:
    return name.startswith(PRIVATE) or "sign" in name.split(".")


def _findings(module: Module) -> list[str]:
    found = []
    for node in ast.walk(module.tree):
        found += [f"{module.path} imports {name}" for name in _imported(node) if _is_private(name)]
        if isinstance(node, ast.Attribute) and node.attr in ACTS:
            found.append(f"{module.path}:{node.lineno} .{node.attr}")
        if isinstance(node, ast.Name) and node.id in ACTS:
            found.append(f"{module.path}:{node.lineno} {node.id}")
    return found


def test_no_key_is_opened_and_nothing_changed() -> None:
    assert [each for module in _ours() for each in _findings(module)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from trustkit.custody.port import Signer", 1),
        ("import trustkit.custody.port", 1),
        ("import a.b, trustkit.custody.port as port", 1),
        ("from trustkit import custody", 1),
        ("from trustkit.app.authority import Authority", 1),
        ("from esign.cms import sign", 1),
        ("import esign.cms.sign", 1),
        ("home.unlock(x)\nread_passphrase(y, None)", 2),
        ("import a.b\nfrom trustkit.app.register import Register", 0),
    ],
)
def test_it_bites(text: str, found: int) -> None:
    assert len(_findings(Module(path="x.py", name="x", text=text))) == found
