"""One file in place of another: what others write is never lost, whose file it is stays, and a kill leaves whole files."""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.killing import READY, run_and_kill
from trustkit.app import file_exchange
from trustkit.app.file_exchange import replace_unchanged, settle_leftovers
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

BEFORE, AFTER, OTHER = b"before " * 9000, b"before " * 9000 + b"and after", b"somebody else's"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "contract [1].pdf"
    path.write_bytes(BEFORE)
    return path


def others(path: Path) -> list[Path]:
    return [each for each in path.parent.iterdir() if each != path]


def refused(path: Path) -> TrustError:
    with pytest.raises(TrustError) as caught:
        replace_unchanged(path, before=BEFORE, after=AFTER)
    return caught.value


def test_mode_owner_and_attributes_stay(path: Path) -> None:
    path.chmod(0o2640)
    os.setxattr(path, "user.classification", b"internal")
    if os.getuid() == 0:
        os.chown(path, 4321, 8765)
    was = path.stat()
    replace_unchanged(path, before=BEFORE, after=AFTER)
    now = path.stat()
    assert (path.read_bytes(), now.st_uid, now.st_gid) == (AFTER, was.st_uid, was.st_gid)
    assert stat.S_IMODE(now.st_mode) == stat.S_IMODE(was.st_mode)
    assert os.getxattr(path, "user.classification") == b"internal"
    assert others(path) == []


def test_an_owner_that_cannot_be_kept_is_a_refusal(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    real = os.fstat

    def of_another(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        found[stat.ST_UID] += _leads_to(descriptor, path)
        return os.stat_result(found)

    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fstat", of_another)
    monkeypatch.setattr(os, "fchown", forbidden)
    assert refused(path).code is ErrorCode.DISK_UNWRITABLE
    monkeypatch.undo()
    assert (path.read_bytes(), others(path)) == (BEFORE, [])


def replace(path: Path) -> None:
    new = path.with_name("new")
    new.write_bytes(OTHER)
    new.rename(path)


def append(path: Path) -> None:
    path.write_bytes(OTHER)


@pytest.mark.parametrize(("change", "leases"), [(replace, True), (replace, False), (append, False)])
def test_what_changes_at_the_last_moment_stays(
    monkeypatch: pytest.MonkeyPatch, path: Path, change: Callable[[Path], None], *, leases: bool
) -> None:
    real = file_exchange._exchange

    def late(one: Path, other: Path) -> None:
        if other.read_bytes() == BEFORE:
            change(other)
        real(one, other)

    def none(*_: object) -> int:
        raise OSError(22, "no leases here")

    if not leases:  # with one, who appends would wait for us
        monkeypatch.setattr(fcntl, "fcntl", none)
    monkeypatch.setattr(file_exchange, "_exchange", late)
    assert refused(path).code is ErrorCode.OUTPUT_EXISTS
    assert (path.read_bytes(), others(path)) == (OTHER, [])


def test_a_file_that_changed_before_stays(path: Path) -> None:
    path.write_bytes(OTHER)
    assert refused(path).code is ErrorCode.OUTPUT_EXISTS
    assert (path.read_bytes(), others(path)) == (OTHER, [])


def test_a_file_of_several_names_is_left_alone(path: Path) -> None:
    """Only one of its names would lead to the new file."""
    other = path.with_name("other name")
    other.hardlink_to(path)
    assert refused(path).code is ErrorCode.DISK_UNWRITABLE
    assert (path.read_bytes(), others(path)) == (BEFORE, [other])


def test_a_file_that_somebody_writes_to_is_left_alone(path: Path) -> None:
    with path.open("r+b"):
        assert refused(path).code is ErrorCode.OUTPUT_EXISTS
    assert (path.read_bytes(), others(path)) == (BEFORE, [])


def test_a_writer_who_came_meanwhile_writes_to_the_file(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Who opened the file before the exchange waits for the lease; the file goes back to its name before he goes on."""
    real = file_exchange._exchange
    children: list[int] = []

    def with_a_writer(one: Path, other: Path) -> None:
        if not children:
            child = os.fork()
            if child == 0:
                try:
                    with open(path, "ab") as target:  # noqa: PTH123 - as others do
                        target.write(b"more")
                finally:
                    os._exit(0)
            children.append(child)
            while fcntl.fcntl(held(), fcntl.F_GETLEASE) != fcntl.F_UNLCK:
                pass
        real(one, other)

    def held() -> int:
        return next(int(each.name) for each in Path("/proc/self/fd").iterdir() if _leads_to(int(each.name), path))

    monkeypatch.setattr(file_exchange, "_exchange", with_a_writer)
    assert refused(path).code is ErrorCode.OUTPUT_EXISTS
    os.waitpid(children[0], 0)
    assert (path.read_bytes(), others(path)) == (BEFORE + b"more", [])


def _leads_to(descriptor: int, path: Path) -> bool:
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink() == path
    except OSError:
        return False


def test_changed_twice_both_versions_stay(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    real = file_exchange._exchange
    versions = iter((b"first", b"second"))

    def late(one: Path, other: Path) -> None:
        version = next(versions, None)
        if version is not None:
            new = path.with_name("new")
            new.write_bytes(version)
            new.rename(path)
        real(one, other)

    monkeypatch.setattr(file_exchange, "_exchange", late)
    found = refused(path)
    (kept,) = others(path)
    assert (path.read_bytes(), kept.read_bytes(), found.facts["beside"]) == (b"second", b"first", kept.name)
    monkeypatch.undo()
    path.write_bytes(BEFORE)
    with pytest.raises(TrustError) as caught:
        settle_leftovers(path, before=SystemClock().now() + timedelta(minutes=1))
    assert (caught.value.code, others(path)) == (ErrorCode.OUTPUT_EXISTS, [kept])


def test_a_file_system_that_cannot_exchange_is_told(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    class Kernel:
        def renameat2(self, *_: object) -> int:
            ctypes.set_errno(22)
            return -1

    monkeypatch.setattr(file_exchange, "_KERNEL", Kernel())
    assert refused(path).code is ErrorCode.DISK_UNWRITABLE
    assert (path.read_bytes(), others(path)) == (BEFORE, [])


def test_killed_anywhere_the_name_leads_to_a_whole_file_and_the_rest_is_cleared(path: Path) -> None:
    def work(pipe: int) -> None:
        os.write(pipe, READY)
        while True:
            replace_unchanged(path, before=BEFORE, after=AFTER)
            replace_unchanged(path, before=AFTER, after=BEFORE)

    for number in range(12):
        path.write_bytes(BEFORE)
        run_and_kill(work, 0.002 * number)
        assert path.read_bytes() in {BEFORE, AFTER}
        path.write_bytes(AFTER)
        settle_leftovers(path, before=SystemClock().now() - timedelta(minutes=5))  # one of these may be under way
        settle_leftovers(path, before=SystemClock().now() + timedelta(minutes=1))
        assert others(path) == []
