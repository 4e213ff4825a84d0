"""A file that ends its process costs itself a verdict, and no other."""

from __future__ import annotations

import io
import json
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import dying_bulk_worker as dying
from tests.support.source import ROOT
from trustkit.app import bulk_process
from trustkit.app.bulk_process import BulkProcess, BulkSetup
from trustkit.app.bulk_snapshot import snapshot_of
from trustkit.app.verify_request import VerifyRequest
from trustkit.bulk_codes import BulkCode
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from verifier.bulk.row import path_digest
from verifier.bulk.shard import Item, Shard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOST = BulkCode.BULK_LOST.value


@pytest.fixture
def snapshot(tmp_path: Path) -> bytes:
    return snapshot_of(VerifyRequest(home=tmp_path / "no-home", offline=True), None, SystemClock())


@pytest.fixture
def bench(snapshot: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[BulkProcess]:
    monkeypatch.setattr(bulk_process, "MODULE", dying.MODULE)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    process = BulkProcess(BulkSetup(), snapshot)
    yield process
    process.close()


def _shard(folder: Path, **files: bytes) -> Shard:
    items = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        items.append(Item(str(folder / name), len(data), 0))
    return Shard(tuple(items))


def _rows(process: BulkProcess, shard: Shard) -> list[dict[str, Any]]:
    return [json.loads(each.row) for each in process.judge(shard)]


def _tar(*contents: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for number, data in enumerate(contents):
            info = tarfile.TarInfo(f"file-{number}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


@pytest.mark.parametrize("deadly", [dying.CRASH, dying.EAT, dying.NONSENSE])
def test_a_deadly_file_costs_itself_alone(bench: BulkProcess, tmp_path: Path, deadly: bytes) -> None:
    rows = _rows(bench, _shard(tmp_path, a=b"{}", b=deadly, c=b"{}", d=deadly, e=b"{}"))
    assert [row["code"] for row in rows] == [None, LOST, None, LOST, None]
    assert {row["indication"] for row in rows} == {"INDETERMINATE"}
    assert [row["path"][-1] for row in rows] == list("abcde")


@pytest.mark.parametrize("deadly", [dying.LATE, dying.TWICE])
def test_what_happens_behind_an_answer_gives_no_second_row(bench: BulkProcess, tmp_path: Path, deadly: bytes) -> None:
    rows = _rows(bench, _shard(tmp_path, a=b"{}", b=deadly, c=_tar(b"{}", b"[]"), d=deadly))
    assert [(row["path"][-1], row["member"], row["code"]) for row in rows] == [
        ("a", None, None),
        ("b", None, None),
        ("c", "file-0", None),
        ("c", "file-1", None),
        ("d", None, None),
    ]


def test_a_file_that_takes_for_ever_is_given_up(
    bench: BulkProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_process, "seconds_for", lambda _octets: 1.5)
    rows = _rows(bench, _shard(tmp_path, a=b"{}", b=dying.HANG, c=b"{}"))
    assert [row["code"] for row in rows] == [None, LOST, None]


def test_in_an_archive_it_costs_its_own_file_alone(bench: BulkProcess, tmp_path: Path) -> None:
    shard = _shard(tmp_path, t=_tar(b"{}", dying.CRASH, b"{}", dying.CRASH, dying.CRASH, b"[]"), u=b"{}")
    rows = _rows(bench, shard)
    assert [(row["member"], row["code"]) for row in rows] == [
        ("file-0", None),
        ("file-1", LOST),
        ("file-2", None),
        ("file-3", LOST),
        ("file-4", LOST),
        ("file-5", None),
        (None, None),
    ]
    assert len({row["path_sm3"] for row in rows}) == 7


def test_what_cannot_be_read_is_told(snapshot: bytes, tmp_path: Path) -> None:
    shard = _shard(tmp_path, a=b"", b=b"PK\x03\x04 broken", c=b"{}")
    (tmp_path / "link").symlink_to(tmp_path / "c")
    os.mkfifo(tmp_path / "pipe")
    names = ("link", "pipe", "absent", "")
    shard = Shard((*shard.items, *(Item(str(tmp_path / name), 0, 0) for name in names)))
    process = BulkProcess(BulkSetup(paths=False), snapshot)
    try:
        rows = _rows(process, shard)
    finally:
        process.close()
    unreadable = ErrorCode.INPUT_UNREADABLE.value
    assert [row["code"] for row in rows] == [
        ErrorCode.INPUT_EMPTY.value,
        BulkCode.BULK_ARCHIVE.value,
        None,
        *[unreadable] * 4,
    ]
    assert {row["path"] for row in rows} == {None}
    assert rows[2]["path_sm3"] == path_digest(str(tmp_path / "c"), None)
    assert (rows[2]["size"], len(rows[2]["sm3"]), len(rows[2]["sha256"])) == (2, 64, 64)


def test_a_process_that_never_begins_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        BulkProcess(BulkSetup(), b"no snapshot").judge(_shard(tmp_path, a=b"{}"))
    assert caught.value.code is BulkCode.BULK_WORKER


def test_a_process_has_no_way_to_a_home_in_its_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRUSTKIT_HOME", "TRUSTKIT_DATABASE_URL", "RAY_AUTH_TOKEN", "PGPASSWORD"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in bulk_process._surroundings().values()
