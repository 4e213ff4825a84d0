from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from trustkit.custody.key_files import (
    read_private_file,
    remove_private_file,
    require_private_folder,
    write_new_private_file,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "keys"
    require_private_folder(made, create=True)
    return made


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_written_and_read(folder: Path) -> None:
    old = os.umask(0o777)
    try:
        write_new_private_file(folder / "a", b"secret")
    finally:
        os.umask(old)
    assert (mode_of(folder), mode_of(folder / "a")) == (0o700, 0o600)
    assert read_private_file(folder / "a", limit=6) == b"secret"
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_nothing_is_ever_replaced(folder: Path) -> None:
    write_new_private_file(folder / "a", b"first")
    with pytest.raises(TrustError) as caught:
        write_new_private_file(folder / "a", b"second")
    assert caught.value.code is ErrorCode.KEY_EXISTS
    assert (folder / "a").read_bytes() == b"first"
    assert [path.name for path in folder.iterdir()] == ["a"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "link", "open"])
def test_a_failure_leaves_nothing_behind(folder: Path, call: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_words: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(f"trustkit.custody.key_files.os.{call}", fail)
        with pytest.raises(TrustError) as caught:
            write_new_private_file(folder / "a", b"secret")
    full = number in {errno.ENOSPC, errno.EDQUOT}
    assert caught.value.code is (ErrorCode.DISK_FULL if full else ErrorCode.DISK_UNWRITABLE)
    assert list(folder.iterdir()) == []


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        write_new_private_file(tmp_path / "absent" / "a", b"secret")
    assert caught.value.code is ErrorCode.DISK_UNWRITABLE
    with pytest.raises(TrustError) as caught:
        require_private_folder(tmp_path / "absent", create=False)
    assert caught.value.code is ErrorCode.KEY_MISSING


def test_reading_refuses(folder: Path) -> None:
    good = folder / "good"
    write_new_private_file(good, b"secret")
    (folder / "link").symlink_to(good)
    (folder / "open").write_bytes(b"secret")
    (folder / "open").chmod(0o644)
    os.mkfifo(folder / "pipe", 0o600)
    (folder / "inner").mkdir(0o700)
    rows = {
        "absent": ErrorCode.KEY_MISSING,
        "link": ErrorCode.KEY_FILE_MODE,
        "open": ErrorCode.KEY_FILE_MODE,
        "pipe": ErrorCode.KEY_FILE_MODE,
        "inner": ErrorCode.KEY_FILE_MODE,
    }
    for name, code in rows.items():
        with pytest.raises(TrustError) as caught:
            read_private_file(folder / name, limit=100)
        assert caught.value.code is code, name
    with pytest.raises(TrustError) as caught:
        read_private_file(good, limit=5)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE
    with pytest.raises(TrustError) as caught:
        read_private_file(good / "below", limit=5)
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE


def test_folders_open_to_others(tmp_path: Path) -> None:
    made = tmp_path / "keys"
    made.mkdir(0o755)
    made.chmod(0o755)
    with pytest.raises(TrustError) as caught:
        require_private_folder(made, create=True)
    assert caught.value.code is ErrorCode.KEY_FILE_MODE
    assert "0755" in str(caught.value)


def test_another_users_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_new_private_file(folder / "a", b"secret")
    if os.geteuid() == 0:
        os.chown(folder / "a", 12345, 12345)
    else:
        monkeypatch.setattr("trustkit.custody.key_files.os.geteuid", lambda: 12345)
    with pytest.raises(TrustError) as caught:
        read_private_file(folder / "a", limit=10)
    assert caught.value.code is ErrorCode.KEY_FILE_MODE


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"")
    for create in (True, False):
        with pytest.raises(TrustError) as caught:
            require_private_folder(tmp_path / "keys", create=create)
        assert caught.value.code is ErrorCode.KEY_FILE_MODE


def test_what_a_crash_left_of_a_secret_goes_with_it(folder: Path) -> None:
    write_new_private_file(folder / "a", b"secret")
    (folder / ".a.00ff.draft").hardlink_to(folder / "a")
    write_new_private_file(folder / "ab", b"another's")
    (folder / ".ab.00ff.draft").hardlink_to(folder / "ab")
    remove_private_file(folder / "a")
    assert sorted(path.name for path in folder.iterdir()) == [".ab.00ff.draft", "ab"]
