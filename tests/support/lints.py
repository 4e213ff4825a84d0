"""Rules of this house that no general linter knows. Each takes modules and returns findings as ``path:line what``."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.support.source import Module

MAX_MODULE_LINES = 400  # beyond this a file holds more than one idea
MAX_FUNCTION_LINES = 60  # what fits on a screen
MAX_PUBLIC_METHODS = 12  # a wider interface is several
VAGUE_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "base", "core", "manager"})
SOUNDS_LIKE_VERIFICATION = re.compile(r"^(verify|check|require)(_|$)")
CLOCK_CALLS = frozenset({"now", "utcnow", "today"})
CLOCK_HOLDERS = frozenset({"datetime", "date"})
CLOCKS = frozenset({"trustkit.clock", "clients.python.trustkit_client.clock"})  # one for each distribution
DISTRIBUTION = "clients/python/trustkit_client/__init__.py"  # others import from it, and there is no key behind it
VERIFIED = re.compile(r"^Verified[A-Z]")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_modules(modules: Iterable[Module]) -> list[str]:
    """Find files of more than 400 lines."""
    counted = ((module, len(module.text.splitlines())) for module in modules)
    return [f"{module.path}:{lines} lines" for module, lines in counted if lines > MAX_MODULE_LINES]


def long_functions(modules: Iterable[Module]) -> list[str]:
    """Find functions of more than 60 lines, docstring included."""
    return [
        f"{module.path}:{node.lineno} {node.name} has {_lines(node)} lines"
        for module, node in _functions(modules)
        if _lines(node) > MAX_FUNCTION_LINES
    ]


def wide_classes(modules: Iterable[Module]) -> list[str]:
    """Find classes with more than 12 public methods."""
    return [
        f"{module.path}:{node.lineno} {node.name} has {_public_methods(node)} public methods"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and _public_methods(node) > MAX_PUBLIC_METHODS
    ]


def vague_names(modules: Iterable[Module]) -> list[str]:
    """Find files and folders whose name says nothing about what they hold."""
    return [
        f"{module.path}:1 vague name"
        for module in modules
        if VAGUE_NAMES.intersection(part.strip("_") for part in module.name.split("."))
    ]


def boolean_checks(modules: Iterable[Module]) -> list[str]:
    """Find functions that sound like verification and answer with a bool, which a caller can forget to look at."""
    return [
        f"{module.path}:{node.lineno} {node.name} returns a bool"
        for module, node in _functions(modules)
        if SOUNDS_LIKE_VERIFICATION.match(node.name.lstrip("_")) and _mentions_bool(node.returns)
    ]


def clock_reads(modules: Iterable[Module]) -> list[str]:
    """Find reads of the system time outside the clocks."""
    return [
        f"{module.path}:{node.lineno} reads the system time"
        for module in modules
        if module.name not in CLOCKS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _reads_clock(node.func)
    ]


def forged_verifications(modules: Iterable[Module]) -> list[str]:
    """Find Verified… values constructed outside the module that defines them: only the verifier may say "verified"."""
    return [
        f"{module.path}:{node.lineno} constructs {name}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        for name in [_called_name(node.func)]
        if VERIFIED.match(name) and name not in _classes(module)
    ]


def talkative_rooms(modules: Iterable[Module]) -> list[str]:
    """Find package __init__ files that hold more than a docstring: importing a room must not run anything."""
    return [
        f"{module.path}:1 holds more than a docstring"
        for module in modules
        if module.path.endswith("__init__.py") and module.path != DISTRIBUTION and not _only_docstring(module.tree)
    ]


def _functions(modules: Iterable[Module]) -> Iterator[tuple[Module, Function]]:
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, Function):
                yield module, node


def _lines(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _public_methods(node: ast.ClassDef) -> int:
    return sum(isinstance(item, Function) and not item.name.startswith("_") for item in node.body)


def _mentions_bool(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _mentions_bool(annotation.left) or _mentions_bool(annotation.right)
    if isinstance(annotation, ast.Subscript):  # Coroutine, Optional, TypeGuard …
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        return _called_name(annotation.value) in {"Optional", "Union", "Awaitable", "Coroutine", "Literal"} and any(
            _mentions_bool(part) for part in inner
        )
    return _called_name(annotation) == "bool" or (
        isinstance(annotation, ast.Constant) and isinstance(annotation.value, bool)
    )


def _reads_clock(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute):
        return False
    holder = _called_name(function.value)
    return (function.attr in CLOCK_CALLS and holder in CLOCK_HOLDERS) or (
        holder == "time" and function.attr in {"time", "time_ns"}
    )


def _called_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _classes(module: Module) -> frozenset[str]:
    return frozenset(node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))


def _only_docstring(tree: ast.Module) -> bool:
    return len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) and ast.get_docstring(tree) is not None
