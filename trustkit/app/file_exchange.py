"""One file in place of another that is still what it was: whatever somebody wrote meanwhile stays, owner and modes are kept.

    replace_unchanged(path, before=octets, after=renewed)

The kernel exchanges the two names in one step (renameat2, RENAME_EXCHANGE), and only then the file that came off is read: what
changed at the last moment is seen, and exchanged back. While that is under way nobody may open the old file for writing (a lease,
fcntl(2)). Killed anywhere, the name leads to one of the two whole files, and the other lies beside it until `settle_leftovers`.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import signal
from contextlib import contextmanager, suppress
from glob import escape
from typing import TYPE_CHECKING, Final

from trustkit.app.files import (
    EXCHANGED_SUFFIX,
    EXCHANGED_TOKEN,
    disk_error,
    draft_of,
    read_input,
    remove_cut_off,
    stem_beside,
    sync_folder,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_KERNEL: Final = ctypes.CDLL(None, use_errno=True)


def replace_unchanged(path: Path, *, before: bytes, after: bytes) -> None:
    """Put `after` in the place of a file that holds `before`, durably; owner, group, mode and access lists stay.

    Raises:
        TrustError: OUTPUT_EXISTS when somebody changed the file, or is writing to it: it stays as he left it; DISK_FULL;
            DISK_UNWRITABLE, also where its owner cannot be kept, it has other names, or the file system cannot exchange two files.
    """
    new = draft_of(path)
    beside = path.with_name(_name_beside(path, after))
    try:
        with path.open("rb") as held, _kept_from_writers(held.fileno()) as leased:
            if os.fstat(held.fileno()).st_nlink > 1:
                told = "the file has several names (hard links), of which one would lead to the new file"
                raise TrustError(ErrorCode.DISK_UNWRITABLE, told)
            _write_like(new, after, held.fileno())
            new.rename(beside)
            _exchange(beside, path)
            if not _is_still(held.fileno(), beside, before, leased=leased):
                _put_back(beside, path, after)
                raise TrustError(ErrorCode.OUTPUT_EXISTS, "somebody changed the file meanwhile")
        sync_folder(path.parent)
        beside.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error) from error
    finally:
        for ours in (new, beside):
            with suppress(OSError):
                if ours == new or _token(ours.read_bytes()) == _token(after):
                    ours.unlink()


def settle_leftovers(path: Path, *, before: datetime) -> None:
    """Remove what a run that was killed before a moment left beside a file, as long as it holds nothing that the file lacks.

    A younger one may be under way.

    Raises:
        TrustError: OUTPUT_EXISTS, naming it, when it is a version that somebody else wrote; INPUT_*.
    """
    remove_cut_off((path,), before=before)
    found = [
        each
        for each in path.parent.glob(f".{escape(stem_beside(path))}.*{EXCHANGED_SUFFIX}")
        if each.is_file() and each.stat().st_ctime < before.timestamp()
    ]
    if not found:
        return
    octets = read_input(path)
    for each in found:
        left = read_input(each)
        if not octets.startswith(left) and each.name != _name_beside(path, left):
            told = "a version that somebody wrote while it was replaced lies beside it: look at both and remove one"
            raise TrustError(ErrorCode.OUTPUT_EXISTS, told, beside=each.name)
        with suppress(OSError):
            each.unlink()


def _name_beside(path: Path, after: bytes) -> str:
    return f".{stem_beside(path)}.{_token(after)}{EXCHANGED_SUFFIX}"


def _token(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()[:EXCHANGED_TOKEN]


@contextmanager
def _kept_from_writers(descriptor: int) -> Iterator[bool]:
    """Hold a read lease: who opens the file for writing waits. Raise OUTPUT_EXISTS when somebody has it open so already.

    Give False where there are no leases: on some file systems, and for another user's files.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # nobody minds it; SIGIO would end the process
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        if error.errno == errno.EAGAIN:
            raise TrustError(ErrorCode.OUTPUT_EXISTS, "somebody is writing to the file") from error
        yield False  # what was written is still seen afterwards
        return
    try:
        yield True
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def _write_like(path: Path, data: bytes, like: int) -> None:
    """Write a new file that belongs to whom another does, and may be used as it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(data)
        target.flush()
        meant, own = os.fstat(like), os.fstat(descriptor)
        if (meant.st_uid, meant.st_gid) != (own.st_uid, own.st_gid):
            try:
                os.fchown(descriptor, meant.st_uid, meant.st_gid)
            except PermissionError as error:
                raise TrustError(ErrorCode.DISK_UNWRITABLE, "the file's owner cannot be kept by this user") from error
        for name in os.listxattr(like):  # access lists and labels among them; an owner may not set all of them
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(like, name))
        os.fchmod(descriptor, meant.st_mode & 0o7777)
        os.fsync(descriptor)


def _exchange(one: Path, other: Path) -> None:
    """Exchange what two names lead to, in one step. Raise DISK_UNWRITABLE where that cannot be done."""
    if _KERNEL.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return
    number = ctypes.get_errno()
    if number in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}:
        told = "this file system cannot exchange two files: write the renewed ones to another folder"
        raise TrustError(ErrorCode.DISK_UNWRITABLE, told)
    raise OSError(number, os.strerror(number))


def _is_still(held: int, beside: Path, before: bytes, *, leased: bool) -> bool:
    """Whether what came off is the file that was opened, holds what was read, and nobody asked to write to it."""
    came, opened = beside.stat(), os.fstat(held)
    if (came.st_dev, came.st_ino) != (opened.st_dev, opened.st_ino):
        return False
    return beside.read_bytes() == before and not (leased and fcntl.fcntl(held, fcntl.F_GETLEASE) == fcntl.F_UNLCK)


def _put_back(beside: Path, path: Path, after: bytes) -> None:
    """Exchange the names again. Should somebody have replaced ours too, both of his files stay, and the later has the name."""
    _exchange(beside, path)
    if _token(beside.read_bytes()) == _token(after):
        return
    _exchange(beside, path)
    raise TrustError(ErrorCode.OUTPUT_EXISTS, "somebody changed the file twice meanwhile", beside=beside.name)
