"""Processes of ours that are handed a passphrase run nothing from the folder they were called in."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from trustkit.app import batch, batch_worker, keyed_process
from trustkit.custody.passphrase import Passphrase

if TYPE_CHECKING:
    from pathlib import Path

MARK = "open(__file__ + '.ran', 'w').close()\n"


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with modules under names our programs import, as somebody may have sent them."""
    for name in ("json", "httpcore", "click", "sqlalchemy"):
        (tmp_path / f"{name}.py").write_text(MARK, "ascii")
    (tmp_path / "trustkit").mkdir()
    (tmp_path / "trustkit" / "__init__.py").write_text(MARK, "ascii")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("module", [batch, keyed_process], ids=["batch", "keyed-process"])
def test_nothing_beside_us_is_imported(foreign: Path, monkeypatch: pytest.MonkeyPatch, module: object) -> None:
    started: list[list[str]] = []
    real = subprocess.Popen

    def start(command: list[str], **how: object) -> subprocess.Popen[bytes]:
        started.append(command)
        return real(command, **how)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "Popen", start)
    if module is batch:
        with (foreign / "lock").open("w") as lock:
            batch._Worker(batch_worker.MODULE, b"", lock.fileno()).close()
    else:
        with keyed_process.keyed_process("trustkit.app.renewal", foreign / "home", Passphrase(b"one of some length")):
            pass
    assert len(started) == 1
    assert not list(foreign.rglob("*.ran"))
