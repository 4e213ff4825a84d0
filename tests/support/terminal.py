"""The command line as a person meets it: in this process, or the real program in one of its own.

Every command run here is held to the manners all of them share: no stack trace, no passphrase, and a refusal says its
sentence, its code and what can be done.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.authority import PASSPHRASE
from trustkit.app.cli.main import run
from trustkit.code_families import EVERY_CODE
from trustkit.texts.catalogue import Language, error_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    def __post_init__(self) -> None:
        said = self.out + self.err
        assert "Traceback" not in said, said
        assert PASSPHRASE.decode() not in said

    def objects(self) -> list[dict[str, Any]]:
        """Return the JSON objects on standard output, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def require_refusal(self, code: str, status: int) -> None:
        """Hold the manners of a refusal: sentence, code, clause and remedy on standard error, and the exit status of the code's family."""
        assert (self.code, self.status) == (code, status), self.err
        sentence, _, *remedy = self.err.splitlines()
        if clause := next(error_text(each, Language.EN).clause for each in EVERY_CODE if each.value == code):
            assert remedy.pop(0).endswith(f": {clause}")
        assert sentence.startswith("trustkit: ")
        assert len(sentence) > len("trustkit: ") + 4
        assert remedy, f"{code} has no remedy"
        assert remedy[0].startswith("  → ")
        assert self.out == ""

    @property
    def code(self) -> str:
        """The error code in the second line of standard error, empty without one."""
        lines = self.err.splitlines()
        return lines[1].strip().split(": ")[0].split(" (")[0] if len(lines) > 1 else ""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs commands in this process."""

    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str | Path) -> Ran:
        self.capsys.readouterr()
        status = run([str(each) for each in arguments])
        out, err = self.capsys.readouterr()
        return Ran(status=status, out=out, err=err)


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Terminal]:
    """Give a terminal in English, in an empty folder, far from any home; what commands set up in the process is undone."""
    for name in ("TRUSTKIT_HOME", "TRUSTKIT_DATABASE_URL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "")  # so that it is put back though a command sets it
        monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    root, starting = logging.getLogger(), multiprocessing.get_start_method(allow_none=True)
    handlers, level = root.handlers[:], root.level
    yield Terminal(capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    multiprocessing.set_start_method(starting, force=True)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child process that finds this checkout and speaks English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRUSTKIT_", "LC_", "LANG"))}  # noqa: TID251 - handed on to a child process
    places = f"{ROOT}{os.pathsep}{ROOT / 'clients' / 'python'}"
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONPATH": places, **more}


def program(*arguments: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> Ran:
    """Run the real program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "trustkit.app", *(str(each) for each in arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env=environment(**(env or {})),
        **options,
    )
    return Ran(status=done.returncode, out=done.stdout, err=done.stderr)
