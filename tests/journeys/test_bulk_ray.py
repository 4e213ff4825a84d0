"""The same rows from a cluster as from one machine, whoever is killed on the way. Real Ray, real processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.message_shelf import shelve_evidence, signed_message
from tests.support.pki import PkiWorld
from tests.support.terminal import ROOT, environment, program
from tests.support.testdata import folder as outside_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
AT = ("--at", "2026-12-01T00:00:00Z")
RAY = ("--engine", "ray", "--workers", "2")
_WORKING = ("ray::judge_shard", "trustkit.app.bulk_worker", "raylet/raylet", "gcs_server")  # in command lines
PATIENCE = 240.0  # seconds


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture
def shelf(world: PkiWorld, tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    shelve_evidence(world, folder)
    return folder


def _messages(world: PkiWorld, folder: Path, count: int) -> None:
    """Write signed messages, every third broken: hard links of three files, so that many cost little."""
    good = signed_message(world)
    kinds = (good, good[:-1] + bytes((good[-1] ^ 1,)), b"{}")
    folder.mkdir()
    for number, octets in enumerate(kinds):
        (folder.parent / f"kind-{number}").write_bytes(octets)
    for number in range(count):
        (folder / f"{number:06}").hardlink_to(folder.parent / f"kind-{number % len(kinds)}")


def _rows(out: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in out.read_text("ascii").splitlines()]
    return [{key: value for key, value in row.items() if key not in {"seconds", "snapshot_sm3"}} for row in rows]


def _trusting(shelf: Path) -> tuple[str, ...]:
    return ("--trust", str(shelf / "root.pem"), "--evidence", str(shelf), *AT)


def test_a_cluster_gives_the_rows_that_this_machine_gives(world: PkiWorld, shelf: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "in"]
    _messages(world, folders[0], 600)
    if outside_folder().is_dir():
        folders.append(outside_folder())
    found = {}
    for name, engine in (("local", ()), ("ray", RAY)):
        out = tmp_path / f"{name}.ndjson"
        ran = program("verify", *folders, *_trusting(shelf), *engine, "--out", out, "--format", "json")
        assert (ran.status, ran.err) == (1, "")
        found[name] = _rows(out)
    assert found["local"] == found["ray"]
    assert len(found["ray"]) == sum(len(files) for folder in folders for _, _, files in os.walk(folder))
    assert {row["indication"] for row in found["ray"]} == {"TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"}


def test_killed_workers_and_a_killed_driver_lose_and_double_nothing(
    world: PkiWorld, shelf: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "v.ndjson"
    _messages(world, folder, 6_000)
    command = ("verify", str(folder), *_trusting(shelf), "--out", str(out))
    with _started((*command, *RAY)) as process:
        parts = tmp_path / "v.ndjson.run" / "parts"
        _wait_for(lambda: len(list(parts.glob("*.ndjson"))) >= 2)
        before = len(list(parts.glob("*.ndjson")))
        hands = _descendants(process.pid, "ray::judge_shard")
        assert hands
        for each in hands:
            os.kill(each, signal.SIGKILL)
        _wait_for(lambda: len(list(parts.glob("*.ndjson"))) >= before + 4)  # the shards they had went to others
        everybody = [each for title in _WORKING for each in _descendants(process.pid, title)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    _wait_for(lambda: not any(_is_alive(each) for each in everybody))  # nobody works on for a killed driver
    assert not out.exists()
    kept = {each.name for each in parts.iterdir()}
    ran = program(*command, *RAY, "--resume", "--format", "json")
    assert (ran.status, ran.err) == (1, "")
    manifest = json.loads((tmp_path / "v.ndjson.manifest.json").read_bytes())
    assert kept <= {f"{each['shard']}-{each['sm3']}.ndjson" for each in manifest["parts"]}
    rows = _rows(out)
    assert [row["path"] for row in rows] == [str(folder / f"{number:06}") for number in range(6_000)]
    assert [row["indication"] for row in rows] == ["TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"] * 2_000


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"{}")
    options = ("--engine", "ray", "--ray-address", "127.0.0.1:9", "--out", tmp_path / "v.ndjson")
    program("verify", tmp_path / "a", *options).require_refusal("verifier:bulk:cluster", 75)


@contextlib.contextmanager
def _started(arguments: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "trustkit.app", *arguments]
    process = subprocess.Popen(command, env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait_for(condition: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def _descendants(pid: int, called: str) -> list[int]:
    """Return the processes below one with this in its command line."""
    parents: dict[int, int] = {}
    titles: dict[int, str] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            titles[int(place.name)] = (place / "cmdline").read_text(errors="replace")
    below = {pid}
    for _ in range(10):
        below |= {each for each, parent in parents.items() if parent in below}
    return [each for each in below - {pid} if called in titles.get(each, "")]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
