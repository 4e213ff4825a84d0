"""The project's own source, read and parsed once: what the architecture tests look at."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("trustkit", "ca", "esign", "idp", "verifier")  # what the wheel carries
FOLDERS = (*PACKAGES, "clients", "tools", "benchmarks", "tests")


@dataclass(frozen=True)
class Module:
    """A Python file: its path from the root, its dotted name and its text."""

    path: str
    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree, which takes some seconds for all of the source and is not always asked for."""
        return ast.parse(self.text, filename=self.path)


@cache
def modules(root: Path = ROOT, folders: tuple[str, ...] = FOLDERS) -> tuple[Module, ...]:
    """Return every Python file under the folders, sorted by path."""
    found = (path for folder in folders for path in (root / folder).rglob("*.py") if "__pycache__" not in path.parts)
    return tuple(_module(path, root) for path in sorted(found))


@cache
def _module(path: Path, root: Path) -> Module:
    relative = path.relative_to(root)
    text = path.read_text(encoding="utf-8")
    return Module(path=str(relative), name=_dotted(relative), text=text)


def _dotted(relative: Path) -> str:
    parts = relative.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
