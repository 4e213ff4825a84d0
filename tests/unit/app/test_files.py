from __future__ import annotations

import errno
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustkit.app.file_exchange import replace_unchanged
from trustkit.app.files import is_cut_off, read_input, remove_cut_off, require_place, write_output
from trustkit.app.home import KEYS, new_home, require_home
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code


def test_reading_is_bounded_and_told(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * 11)
    rows = {
        tmp_path / "absent": ErrorCode.INPUT_UNREADABLE,
        tmp_path: ErrorCode.INPUT_UNREADABLE,
        tmp_path / "empty": ErrorCode.INPUT_EMPTY,
        tmp_path / "large": ErrorCode.INPUT_TOO_LARGE,
    }
    for path, code in rows.items():
        with pytest.raises(TrustError) as refusal:
            read_input(path, limit=10)
        assert refusal.value.code is code
        assert refusal.value.facts["file"] == path.name  # a command may read several


def test_writing_is_whole_and_never_over_another(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write_output(target, b"one", mode=0o600)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(TrustError) as refusal:
        write_output(target, b"two")
    assert refusal.value.code is ErrorCode.OUTPUT_EXISTS
    assert target.read_bytes() == b"one"
    write_output(target, b"two", replace=True)
    assert target.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, ErrorCode.DISK_FULL), (errno.EIO, ErrorCode.DISK_UNWRITABLE)]
)
def test_a_failing_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: Code
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(TrustError) as refusal:
        write_output(tmp_path / "out", b"data")
    assert refusal.value.code is code
    assert list(tmp_path.iterdir()) == []


def test_a_place_is_looked_at_before_the_act(tmp_path: Path) -> None:
    require_place(tmp_path / "out")
    (tmp_path / "taken").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    rows = {
        tmp_path / "taken": ErrorCode.OUTPUT_EXISTS,
        tmp_path / "dangling": ErrorCode.OUTPUT_EXISTS,
        tmp_path / "no" / "folder": ErrorCode.DISK_UNWRITABLE,
    }
    for path, code in rows.items():
        with pytest.raises(TrustError) as refusal:
            require_place(path)
        assert refusal.value.code is code
    assert not (tmp_path / "out").exists()


def _make(home: Path) -> None:
    with new_home(home) as building:
        (building / "settings.toml").write_text("", "ascii")
        (building / "instance").write_text("x", "ascii")


def test_a_home_appears_whole(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    _make(home)
    require_home(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert (home / "policies" / "certificates" / "seal.toml").is_file()
    with pytest.raises(TrustError) as refusal:
        _make(home)
    assert refusal.value.code is ErrorCode.HOME_EXISTS


def test_a_failure_leaves_no_home(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), new_home(tmp_path / "home"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["settings.toml", "instance", KEYS, "policies"])
def test_half_a_home_is_told_by_what_is_missing(tmp_path: Path, missing: str) -> None:
    home = tmp_path / "home"
    _make(home)
    (home / missing).rename(tmp_path / "aside")
    for act in (require_home, _make):
        with pytest.raises(TrustError) as refusal:
            act(home)
        assert refusal.value.code is ErrorCode.HOME_INCOMPLETE
        assert refusal.value.facts["part"] == missing


def test_a_file_in_the_place_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(TrustError):
        _make(tmp_path / "home")


@pytest.mark.parametrize("part", ["", KEYS])
def test_a_home_others_can_reach_is_refused(tmp_path: Path, part: str) -> None:
    home = tmp_path / "home"
    _make(home)
    (home / part).chmod(0o755)
    with pytest.raises(TrustError) as refusal:
        require_home(home)
    assert refusal.value.code is ErrorCode.HOME_MODE


def test_what_a_killed_process_left_of_a_file_is_known_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:  # after the octets, before the name; and nothing is done any more
        killed.setattr(Path, "hardlink_to", cut_off)
        killed.setattr(Path, "unlink", cut_off)
        with pytest.raises(KeyboardInterrupt):
            write_output(tmp_path / "a.pdf", b"%PDF-1.7")
    (left,) = tmp_path.iterdir()
    assert is_cut_off(left)
    exchanged = f".a.pdf.{'0' * 24}.exchanged"  # it may be the only copy of what somebody wrote
    others = {
        "a.pdf",
        exchanged,
        ".b.pdf.0123456789ab.partial",
        ".a.pdf.partial",
        "a.pdf.0123456789ab.partial",
        ".a.pdf.xyz.partial",
    }
    for name in others:
        (tmp_path / name).write_bytes(b"%PDF-1.7")
    assert {name for name in others if is_cut_off(tmp_path / name)} == {exchanged, ".b.pdf.0123456789ab.partial"}
    outputs, now = [tmp_path / "a.pdf", tmp_path / "elsewhere" / "a.pdf"], SystemClock().now()
    remove_cut_off(outputs, before=now - timedelta(minutes=5))  # it may be in the making
    assert left.exists()
    folder = tmp_path / ".a.pdf.000000000000.partial"
    folder.mkdir()
    remove_cut_off(outputs, before=now + timedelta(minutes=1))
    assert {path.name for path in tmp_path.iterdir()} == {*others, folder.name}


def test_disks_without_hard_links_are_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")  # what Linux answers for FAT

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write_output(tmp_path / "a.pdf", b"one")
    with pytest.raises(TrustError) as caught:
        write_output(tmp_path / "a.pdf", b"two")
    assert caught.value.code is ErrorCode.OUTPUT_EXISTS
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(TrustError) as caught:
        write_output(tmp_path / "b.pdf", b"two")
    assert caught.value.code is ErrorCode.DISK_UNWRITABLE
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.pdf", b"one")]


@pytest.mark.parametrize("name", ["x" * 251 + ".pdf", "合" * 83 + ".pdf"])
def test_the_longest_names_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    target = tmp_path / name
    write_output(target, b"one")
    replace_unchanged(target, before=b"one", after=b"two")
    assert target.read_bytes() == b"two"

    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(Path, "replace", cut_off)
        killed.setattr(Path, "unlink", cut_off)
        with pytest.raises(KeyboardInterrupt):
            write_output(target, b"three", replace=True)
    (left,) = (each for each in tmp_path.iterdir() if each != target)
    assert is_cut_off(left)
    remove_cut_off([target], before=SystemClock().now() + timedelta(minutes=1))
    assert list(tmp_path.iterdir()) == [target]
