"""Coverage-guided fuzzing lives: every target takes its seeds and runs, and what breaks one is told and kept."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.coverage import harness
from tests.fuzz.coverage.mutator import bent, read
from tests.fuzz.coverage.targets import targets
from tests.support.source import ROOT
from tools import fuzz
from tools.fuzz_process import FuzzProcess, Outcome
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fuzz.coverage.target import Target

TARGETS = targets()
BROKEN = """
import sys
from types import ModuleType
from tests.fuzz.coverage import harness
from tests.fuzz.coverage.target import Target
from trustkit.errors import ErrorCode, TrustError

def act(data):
    if data[:1] == b"R":
        raise TrustError(ErrorCode.USAGE, "refused")
    if data[:1] == b"Z":
        raise ZeroDivisionError(data)

module = ModuleType("broken")
module.targets = lambda: {"broken": Target(name="broken", act=act, seeds=lambda: (b"R", b"Z"), binary=False)}
sys.modules["broken"] = module
harness.REGISTRY = "broken"
sys.exit(harness.main(sys.argv[1:]))
"""
DYING = """
import os, signal, sys, time
from types import ModuleType
from tests.fuzz.coverage import harness
from tests.fuzz.coverage.target import Target

acts = {
    "dies": lambda data: os.kill(os.getpid(), signal.SIGKILL),
    "lives": lambda data: None,
    "hangs": lambda data: time.sleep(600),
}
module = ModuleType("dying")
module.targets = lambda: {
    name: Target(name=name, act=act, seeds=lambda: (b"x",), binary=False) for name, act in acts.items()
}
sys.modules["dying"] = module
harness.REGISTRY = "dying"
sys.exit(harness.main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_a_target_takes_its_seeds(target: Target) -> None:
    refusals = []
    for octets in target.seeds():
        try:
            target.act(octets)
        except TrustError as error:
            refusals.append(error.code)
    assert len(refusals) < len(target.seeds()), refusals


@pytest.fixture(scope="session")
def fuzzing() -> Iterator[FuzzProcess]:
    """Give what runs targets; shared by the session, as starting it takes ten times as long as a run."""
    with FuzzProcess() as process:
        yield process


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_runs(name: str, fuzzing: FuzzProcess, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python")
    outcome = fuzzing.run(name, 2.0, tmp_path)
    assert outcome.executions > 0, outcome
    assert outcome.findings == 0, "\n".join(path.read_text("utf-8") for path in tmp_path.rglob("findings/*.txt"))


def test_what_breaks_a_target_is_told_and_kept(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python")
    command = [sys.executable, "-c", BROKEN, "broken", "2", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["findings"] == 1
    assert told["executions"] > 2
    folder = tmp_path / "broken" / "findings"
    (kept,) = folder.glob("*.input")
    assert kept.read_bytes()[:1] == b"Z"
    assert "ZeroDivisionError" in kept.with_suffix(".txt").read_text("utf-8")


def test_a_process_that_dies_is_a_finding(tmp_path: Path) -> None:
    with FuzzProcess("tests.fuzz.coverage.absent") as process:
        outcome = process.run("x", 1.0, tmp_path)
        assert outcome.findings == 1
        assert "status 1" in str(outcome)
        assert process.run("x", 1.0, tmp_path).findings == 1, "it is started anew"
    assert "No module named" in (tmp_path / "x" / "log").read_text("utf-8")


def test_a_run_that_dies_or_hangs_is_a_finding_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "dying_targets.py").write_text(DYING, "utf-8")
    with FuzzProcess("dying_targets") as process:
        killed = process.run("dies", 0.5, tmp_path)
        assert (killed.findings, "status -9" in str(killed)) == (1, True)
        assert process.run("lives", 0.5, tmp_path).findings == 0
        monkeypatch.setattr("tools.fuzz_process.STARTING_SECONDS", 0.5)
        assert "did not end" in str(process.run("hangs", 0.5, tmp_path))
        monkeypatch.undo()


def test_a_finding_is_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"der": 0, "crl": 2}
    monkeypatch.setattr(fuzz, "names", lambda: tuple(found))
    monkeypatch.setattr(fuzz, "find_spec", lambda _: object())
    monkeypatch.setattr("os.nice", lambda _: 0)
    monkeypatch.setattr(
        FuzzProcess,
        "run",
        lambda _, name, seconds, __: Outcome(name=name, executions=7, seconds=seconds, findings=found[name]),
    )
    assert fuzz.main(["--seconds", "1", "der"]) == 0
    assert fuzz.main(["--seconds", "1", "--jobs", "2"]) == 1
    assert "2 targets, 2 findings" in capsys.readouterr().out
    assert fuzz.main(["absent"]) == 2
    monkeypatch.setattr(fuzz, "find_spec", lambda _: None)
    assert fuzz.main([]) == 2


def test_one_input_is_given_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"\x30\x00")
    assert harness.main(["der", str(path)]) == 0
    path.write_bytes(b"\x30\x80")
    assert harness.main(["der", str(path)]) == 0
    assert capsys.readouterr().out == f"accepted\nrefused: {ErrorCode.DER_NOT_DER.value}\n"


def test_changes_along_the_tree_are_der_again() -> None:
    (good, *_) = TARGETS["der"].seeds()
    assert read(good, 0)[0].octets() == good
    changed = [bent(good, 8192, seed, lambda data, _: data[:-1]) for seed in range(200)]
    assert len(set(changed)) > 100
    assert sum(_is_der(octets) for octets in changed) > 100
    assert bent(b"no DER", 8192, 1, lambda data, _: data * 2) == b"no DERno DER"


def _is_der(octets: bytes) -> bool:
    try:
        der.parse_strict(octets)
    except TrustError:
        return False
    return True
