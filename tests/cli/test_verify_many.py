"""``trustkit verify`` of folders and archives, and with ``--out``: a row for each file, also after ``kill -9``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import pytest

from tests.support import dying_bulk_worker as dying
from tests.support.terminal import ROOT, environment
from tests.support.testdata import folder as outside_folder
from trustkit.app.bulk_output import COLUMNS
from trustkit.bulk_codes import BulkCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.terminal import Terminal

PASSED, FAILED, OPEN, USAGE, UNREADABLE = 0, 1, 2, 64, 66
AT = ("--at", "2026-12-01T00:00:00Z")


@pytest.fixture
def shelf(tmp_path: Path, issued: Issued) -> Path:
    """A folder with a licence, the same altered, in an archive, and what is none."""
    folder = tmp_path / "shelf"
    (folder / "inner").mkdir(parents=True)
    octets = issued.document.read_bytes()
    (folder / "good.pdf").write_bytes(octets)
    (folder / "inner" / "bad.pdf").write_bytes(octets.replace(b"/Type", b"/type", 1))
    (folder / ".hidden").write_bytes(b"{}")
    with zipfile.ZipFile(folder / "inner" / "pack.zip", "w") as archive:
        archive.writestr("one.pdf", octets)
        archive.writestr("two.json", "{}")
    return folder


def _rows(out: Path) -> list[dict[str, Any]]:
    if out.suffix == ".ndjson":
        return [json.loads(line) for line in out.read_text("ascii").splitlines()]
    found: list[dict[str, Any]] = pyarrow.parquet.read_table(out).to_pylist()
    return found


def _count_told(terminal: Terminal, issued: Issued) -> int:
    listed = terminal.run("audit", "list", "--home", issued.home, "--limit", "1000", "--format", "json").objects()
    return sum(each["type"] == "verifier:file:verified" for each in listed)


def _told(rows: list[dict[str, Any]], *, without: tuple[str, ...] = ("seconds",)) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in without} for row in rows]


def test_every_file_of_a_folder_and_its_archives_is_told(terminal: Terminal, issued: Issued, shelf: Path) -> None:
    before = _count_told(terminal, issued)
    ran = terminal.run("verify", shelf, "--home", issued.home, "--format", "json")
    found = [(each["file"].removeprefix(f"{shelf}/"), each["indication"]) for each in ran.objects()]
    assert found == [
        (".hidden", "INDETERMINATE"),
        ("good.pdf", "TOTAL-PASSED"),
        ("inner/bad.pdf", "TOTAL-FAILED"),
        ("inner/pack.zip!/one.pdf", "TOTAL-PASSED"),
        ("inner/pack.zip!/two.json", "INDETERMINATE"),
    ]
    assert (ran.status, ran.err) == (FAILED, "")
    assert _count_told(terminal, issued) == before + 5
    (shelf / "inner" / "bad.pdf").unlink()
    (shelf / "absent.pdf").symlink_to("nowhere")
    ran = terminal.run("verify", shelf, "--home", issued.home)
    assert ran.status == UNREADABLE
    assert "absent.pdf" in ran.err
    assert (
        terminal.run("verify", shelf / "good.pdf", shelf / "inner" / "pack.zip", "--home", issued.home).status == OPEN
    )


@pytest.mark.parametrize("ending", ["parquet", "ndjson"])
def test_a_run_writes_a_row_for_each_file(terminal: Terminal, issued: Issued, shelf: Path, ending: str) -> None:
    out = shelf / f"verdicts.{ending}"  # in the folder itself: what is the run's own is not judged
    ran = terminal.run("verify", shelf, "--home", issued.home, "--out", out, "--format", "json", "--workers", "1")
    assert ran.status == FAILED
    (told,) = ran.objects()
    counts = {"TOTAL-PASSED": 2, "TOTAL-FAILED": 1, "INDETERMINATE": 2, "unreadable": 0}
    assert told == {"out": str(out), "rows": 5, "counts": counts}
    rows = _rows(out)
    assert all(set(row) == {name for name, _ in COLUMNS} for row in rows)
    assert [row["indication"] for row in rows if row["member"] == "one.pdf"] == ["TOTAL-PASSED"]
    manifest = json.loads((shelf / f"verdicts.{ending}.manifest.json").read_bytes())
    assert manifest["counts"] == counts
    assert {row["snapshot_sm3"] for row in rows} == {manifest["snapshot_sm3"]}
    assert {each.name for each in shelf.iterdir() if each.name.startswith("verdicts")} == {
        f"verdicts.{ending}{each}" for each in ("", ".manifest.json", ".snapshot.json")
    }
    assert out.stat().st_mode & 0o777 == 0o600
    listed = terminal.run("audit", "list", "--home", issued.home, "--format", "json").objects()
    told_of = [each["facts"]["output_sm3"] for each in listed if each["type"] == "verifier:run:verified"]
    assert told_of.count(manifest["output_sm3"]) == 1
    # by its snapshot the same verdicts are reached again, without the home
    again = shelf.parent / f"again.{ending}"
    ran = terminal.run("verify", shelf / "good.pdf", "--by", f"{out}.snapshot.json", "--out", again, "--no-paths")
    assert ran.status == PASSED
    same = ("sm3", "indication", "at", "trust_sm3", "snapshot_sm3", "path_sm3", "policy_sm3")
    (once,) = (row for row in rows if row["path"] == str(shelf / "good.pdf"))
    assert [{key: row[key] for key in same} for row in _rows(again)] == [{key: once[key] for key in same}]
    assert _rows(again)[0]["path"] is None


def test_what_holds_no_file_has_not_passed(terminal: Terminal, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "empty.tar", "w") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    ran = terminal.run("verify", tmp_path / "empty.tar")
    assert ran.status == OPEN
    assert BulkCode.BULK_ARCHIVE.value in ran.err
    assert terminal.run("verify", tmp_path / "empty.tar", "--out", tmp_path / "v.ndjson").status == OPEN


def test_an_archive_called_a_document_is_not_opened(terminal: Terminal, tmp_path: Path, issued: Issued) -> None:
    place = tmp_path / "licence.pdf"
    with tarfile.open(place, "w") as archive:
        archive.add(issued.document, "good")
    (told,) = terminal.run("verify", place, "--home", issued.home, "--format", "json").objects()
    assert (told["file"], told["indication"] == "TOTAL-PASSED") == (str(place), False)
    ran = terminal.run("verify", place, "--home", issued.home, "--out", tmp_path / "v.ndjson")
    assert ran.status in {FAILED, OPEN}
    assert [row["member"] for row in _rows(tmp_path / "v.ndjson")] == [None]


@pytest.mark.parametrize("way", ["link", "inner/.."])
def test_what_is_the_runs_own_is_not_judged_whatever_the_way_there(
    terminal: Terminal, tmp_path: Path, way: str
) -> None:
    folder = tmp_path / "in"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "a").write_bytes(b"{}")
    (tmp_path / "link").symlink_to(folder)
    out = (tmp_path if way == "link" else folder) / way / "v.ndjson"
    assert terminal.run("verify", folder, "--out", out).status == OPEN
    assert [row["path"] for row in _rows(out)] == [str(folder / "inner" / "a")]


def test_a_pipe_is_read_once(terminal: Terminal, tmp_path: Path, issued: Issued) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writer:
        writer.submit(pipe.write_bytes, issued.document.read_bytes())
        assert terminal.run("verify", pipe, "--home", issued.home).status == PASSED


def test_both_forms_hold_the_same_of_outside_files(terminal: Terminal, tmp_path: Path) -> None:
    folder = outside_folder()
    if not folder.is_dir():
        pytest.skip("outside test data absent: set TRUSTKIT_TESTDATA to the folder that holds it")
    outs = [tmp_path / "v.parquet", tmp_path / "v.ndjson"]
    statuses = {terminal.run("verify", folder, "--out", out, *AT).status for out in outs}
    one, other = (_told(_rows(out), without=("seconds", "at", "snapshot_sm3")) for out in outs)
    assert (one, statuses) == (other, {FAILED})
    paths = [row["path"] for row in one]
    assert len(paths) == len(set(paths)) == sum(len(files) for _, _, files in os.walk(folder))
    printed = terminal.run("verify", folder, *AT, "--format", "json").objects()
    assert [(each["file"], each["indication"], each["sub_indication"]) for each in printed] == [
        (row["path"], row["indication"], row["sub_indication"]) for row in one
    ]


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        (("--out", "v.csv"), "app:call:usage", USAGE),
        (("--resume",), "app:call:usage", USAGE),
        (("--no-paths",), "app:call:usage", USAGE),
        (("--record", "r.json"), "app:call:usage", USAGE),
        (("--content", "c"), "app:call:usage", USAGE),
        (("--audience", "a", "--nonce", "n"), "app:call:usage", USAGE),
        (("--ray-address", "auto"), "app:call:usage", USAGE),
        (("--engine", "ray", "--ray-address", "ray://head:1"), "app:call:usage", USAGE),
        (("--by", "v.snapshot.json", "--at", "2026-12-01T00:00:00Z"), "app:call:usage", USAGE),
        (("--by", "v.snapshot.json"), "app:input:unreadable", UNREADABLE),
        (("--replay", "r.json", "--out", "v.ndjson"), "app:call:usage", USAGE),
        (("--replay", "r.json", "--engine", "ray"), "app:call:usage", USAGE),
        (("--replay", "r.json", "--by", "v.snapshot.json"), "app:call:usage", USAGE),
        (("--out", "absent/v.ndjson"), "app:disk:unwritable", 74),
    ],
)
def test_what_does_not_stand_together(
    terminal: Terminal, tmp_path: Path, options: tuple[str, ...], code: str, status: int
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"{}")
    terminal.run("verify", tmp_path / "a", *options).require_refusal(code, status)


def test_without_ray_the_remedy_says_what_to_install(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"{}")
    monkeypatch.setitem(sys.modules, "ray", None)
    ran = terminal.run("verify", tmp_path / "a", "--engine", "ray")
    ran.require_refusal(BulkCode.BULK_EXTRA.value, 78)
    assert "pip install 'trustkit[bulk]'" in ran.err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    terminal.run("verify", tmp_path / "a", "--out", "v.parquet").require_refusal(BulkCode.BULK_EXTRA.value, 78)


def test_a_run_that_is_over_or_not_over_is_not_overwritten(terminal: Terminal, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "v.ndjson"
    folder.mkdir()
    (folder / "a").write_bytes(b"{}")
    run = tmp_path / "v.ndjson.run"
    assert terminal.run("verify", folder, "--out", out).status == OPEN
    terminal.run("verify", folder, "--out", out).require_refusal("app:output:exists", 73)
    for each in tmp_path.glob("v.ndjson*"):
        each.unlink()
    _begin(folder, out, deadly=False)
    assert run.is_dir()
    terminal.run("verify", folder, "--out", out).require_refusal(BulkCode.BULK_UNFINISHED.value, 73)
    ran = terminal.run("verify", folder, "--out", out, "--resume", *AT)
    ran.require_refusal(BulkCode.BULK_OTHER_RUN.value, 73)
    (run / "snapshot.json").write_bytes(b"{}")
    terminal.run("verify", folder, "--out", out, "--resume").require_refusal(BulkCode.BULK_RUN.value, 78)


def test_a_run_that_was_killed_goes_on_and_judges_what_was_changed(terminal: Terminal, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "v.parquet"
    folder.mkdir()
    for number in range(1500):
        (folder / f"{number:05}").write_bytes(b"{}")
    late = max(folder.iterdir())
    late.write_bytes(dying.HANG)
    _begin(folder, out, deadly=True)
    before = {each.name for each in (tmp_path / "v.parquet.run" / "parts").iterdir()}
    assert len(before) >= 2
    late.write_bytes(b"[]")
    changed = folder / "00000"
    changed.write_bytes(b"[1]")
    assert terminal.run("verify", folder, "--out", out, "--resume").status == OPEN
    rows = _rows(out)
    assert [row["path"] for row in rows] == [str(folder / f"{number:05}") for number in range(1500)]
    assert {row["size"] for row in rows} == {2, 3}
    assert rows[0]["size"] == 3
    manifest = json.loads((tmp_path / "v.parquet.manifest.json").read_bytes())
    kept = {f"{each['shard']}-{each['sm3']}.ndjson" for each in manifest["parts"]} & before
    assert len(kept) >= len(before) - 1 >= 1


def _begin(folder: Path, out: Path, *, deadly: bool) -> None:
    """Begin a run in a process of its own that never ends over one file, and kill it when it has written all parts it can."""
    module = "tests.support.dying_bulk_run"
    command = [sys.executable, "-m", module, "verify", str(folder), "--out", str(out), "--workers", "1"]
    process = subprocess.Popen(command, env=environment(), cwd=ROOT)
    parts, until = out.parent / f"{out.name}.run" / "parts", time.monotonic() + 60
    wanted = 2 if deadly else 0
    while time.monotonic() < until:
        if (parts.parent / "run.json").exists() and len(list(parts.glob("*.ndjson"))) >= wanted:
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
