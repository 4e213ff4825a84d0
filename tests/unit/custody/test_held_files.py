from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from trustkit.custody.held_files import create_held, hold
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path


def test_one_holds_a_file_until_it_is_let_go(tmp_path: Path) -> None:
    place = tmp_path / "x.held"
    with create_held(place, b"words"):
        assert (place.read_bytes(), stat.S_IMODE(place.stat().st_mode)) == (b"words", 0o600)
        assert hold(place) is None
    with hold(place) as held:  # type: ignore[union-attr]
        held.rename(tmp_path / "x.json")
        assert hold(tmp_path / "x.json") is None
    assert hold(place) is None
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
    with hold(tmp_path / "x.json") as held:  # type: ignore[union-attr]
        held.remove()
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken_is_not_taken_again(tmp_path: Path) -> None:
    with create_held(tmp_path / "x", b"first"), pytest.raises(TrustError) as caught:
        create_held(tmp_path / "x", b"second")
    assert caught.value.code is ErrorCode.KEY_BUSY
    assert (tmp_path / "x").read_bytes() == b"first"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_exchanged_between_opening_and_locking_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "x"
    place.write_bytes(b"one")
    (tmp_path / "y").write_bytes(b"two")
    inner = os.open

    def exchanging(*words: object) -> int:
        descriptor = inner(*words)  # type: ignore[arg-type]
        (tmp_path / "y").replace(place)
        return descriptor

    monkeypatch.setattr("trustkit.custody.held_files.os.open", exchanging)
    assert hold(place) is None


def test_links_and_full_disks_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "x")
    with pytest.raises(TrustError) as caught:
        hold(tmp_path / "link")
    assert caught.value.code is ErrorCode.DISK_UNWRITABLE

    def full(*_words: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("trustkit.custody.held_files.os.link", full)
    with pytest.raises(TrustError) as caught:
        create_held(tmp_path / "x", b"words")
    assert caught.value.code is ErrorCode.DISK_FULL
    assert [path.name for path in tmp_path.iterdir()] == ["link"]
