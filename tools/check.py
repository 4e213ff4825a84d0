"""What must hold of the source: formatting, lints, types, import contracts, architecture.

    .venv/bin/python -m tools.check

Prints one line for each check and everything a failing one said. Type checking names its folders, and the number of
files it saw is compared with the number there are: a mapped or shadowed package once made a checker say "success" over
half of the code.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parents[1]
BIN: Final = Path(sys.executable).parent
FOLDERS: Final = ("trustkit", "ca", "esign", "idp", "verifier", "clients", "tests", "tools", "benchmarks")
SECONDS: Final = 1800  # types take one minute on a quiet machine
AT_ONCE: Final = 2  # checking types takes as long as all the rest


def folders() -> tuple[str, ...]:
    """Return the folders with Python files, those that exist."""
    return tuple(name for name in FOLDERS if (ROOT / name).is_dir())


def python_files() -> int:
    """Count the Python files a type checker must see."""
    return sum(1 for name in folders() for path in (ROOT / name).rglob("*.py") if "__pycache__" not in path.parts)


def tool(*words: str) -> tuple[bool, str]:
    """Run one of the environment's programs; return whether it was content, and what it said."""
    try:
        done = subprocess.run(
            [str(BIN / words[0]), *words[1:]],
            cwd=ROOT,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False, f"{words[0]} took longer than {SECONDS} s"
    return done.returncode == 0, done.stdout.strip()


def formatting() -> tuple[bool, str]:
    """Compare every file with what the formatter would write."""
    return tool("ruff", "format", "--check", "--no-cache", "--quiet", ".")


def lints() -> tuple[bool, str]:
    """Run every lint rule but the ones pyproject.toml excuses with a reason."""
    return tool("ruff", "check", "--no-cache", "--quiet", ".")


def types() -> tuple[bool, str]:
    """Check types strictly, and that every file was looked at."""
    content, said = tool("mypy", *folders())
    seen = re.search(r"no issues found in (\d+) source files", said)
    if content and (seen is None or int(seen.group(1)) != python_files()):
        return False, f"{said}\nbut there are {python_files()} files: some were not looked at"
    return content, said


def contracts() -> tuple[bool, str]:
    """Check that imports go down only, and the wall before the private keys."""
    return tool("lint-imports", "--no-cache")


def architecture() -> tuple[bool, str]:
    """Run the tests about names, sizes and walls, without the slow ones."""
    return tool("pytest", "-q", "-p", "no:randomly", "-m", "not slow", "tests/architecture")


CHECKS: Final[tuple[Callable[[], tuple[bool, str]], ...]] = (formatting, lints, types, contracts, architecture)


def main() -> int:
    """Run every check, also after one failed; return 0 when all were content."""
    failed = 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for check, (content, said) in zip(CHECKS, threads.map(lambda check: check(), CHECKS), strict=True):
            failed += not content
            last = said.splitlines()[-1] if said else ""
            print(f"{'ok  ' if content else 'FAIL'} {check.__name__:13} {last}".rstrip(), flush=True)
            if not content:
                print(said, flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
