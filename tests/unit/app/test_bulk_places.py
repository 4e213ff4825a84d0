"""What a run lists, and the folder it holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from trustkit.app import bulk_listing
from trustkit.app.bulk_parts import open_run
from trustkit.bulk_codes import BulkCode
from trustkit.errors import TrustError
from verifier.bulk.shard import Item

if TYPE_CHECKING:
    from pathlib import Path


def _refused(out: Path) -> None:
    with pytest.raises(TrustError) as caught, open_run(out, "0", lambda: b"other", resume=False):
        pass
    assert caught.value.code is BulkCode.BULK_RUNNING


def test_a_run_that_is_beginning_is_not_disturbed_by_another(tmp_path: Path) -> None:
    out = tmp_path / "v.ndjson"

    def snapshot() -> bytes:
        _refused(out)  # while the first takes its snapshot
        return b"{}"

    with open_run(out, "0", snapshot, resume=False) as folder:
        assert (folder.place / "snapshot.json").read_bytes() == b"{}"
        assert (folder.place / "parts").is_dir()


def test_a_folder_that_was_removed_meanwhile_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "v.ndjson"
    opened = os.open

    def open_and_lose(path: Path, flags: int) -> int:
        descriptor = opened(path, flags)
        (path / "parts").rmdir()
        path.rmdir()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_lose)
    _refused(out)


def test_a_file_removed_while_a_folder_is_listed_is_told(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.write_bytes(b"{}")
    (entry,) = os.scandir(tmp_path)
    place.unlink()
    assert bulk_listing._item(entry) == Item(str(place), 0, 0)
