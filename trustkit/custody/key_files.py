"""Files that hold secrets: read only when nobody else can, written whole or not at all.

What is promised: a file read here is a regular file, owned by this user or root, closed to group and others, and was
checked on the open descriptor, so it cannot be exchanged between check and use. A file written here is complete and on
disk before its name exists, and never replaces another.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError, disk_code

if TYPE_CHECKING:
    from pathlib import Path

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_OTHERS: Final = 0o077
READ_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO must not hold us up
_WRITE_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_DRAFT: Final = ".draft"


def read_private_file(path: Path, *, limit: int) -> bytes:
    """Return the octets of a file that only its owner can read.

    Raises:
        TrustError: KEY_MISSING, KEY_FILE_MODE (open to others, foreign owner, no regular file), INPUT_TOO_LARGE,
            INPUT_UNREADABLE.
    """
    try:
        descriptor = os.open(path, READ_FLAGS)
    except FileNotFoundError as error:
        raise TrustError(ErrorCode.KEY_MISSING, "no such file", file=path.name) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise TrustError(ErrorCode.KEY_FILE_MODE, "a symbolic link is not followed", file=path.name) from error
        raise TrustError(ErrorCode.INPUT_UNREADABLE, "the file cannot be opened", file=path.name) from error
    try:
        _check_owner_only(os.fstat(descriptor), path, regular=True)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise TrustError(ErrorCode.INPUT_UNREADABLE, "the file cannot be read", file=path.name) from error
    finally:
        os.close(descriptor)
    if len(data) > limit:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "a file that holds a secret", file=path.name, limit=limit)
    return data


def require_private_folder(folder: Path, *, create: bool) -> None:
    """Return when `folder` is this user's and closed to others; with `create` make it first, mode 0700.

    Raises:
        TrustError: KEY_MISSING, KEY_FILE_MODE, DISK_FULL, DISK_UNWRITABLE.
    """
    try:
        if create:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=FOLDER_MODE, parents=True)
        _check_owner_only(folder.stat(), folder, regular=False)
    except FileNotFoundError as error:
        raise TrustError(ErrorCode.KEY_MISSING, "no folder of keys", folder=folder.name) from error
    except OSError as error:
        raise private_disk_error(error, folder) from error


def write_new_private_file(path: Path, data: bytes) -> None:
    """Write a new file of mode 0600: complete and on disk before the name appears, refused when the name is taken.

    Raises:
        TrustError: KEY_EXISTS, DISK_FULL, DISK_UNWRITABLE.
    """
    os.close(open_new_private_file(path, data))


def open_new_private_file(path: Path, data: bytes, *, locked: bool = False) -> int:
    """Write a file as `write_new_private_file` and return its open descriptor; `locked` (flock) from before its name exists.

    Raises:
        TrustError: KEY_EXISTS, DISK_FULL, DISK_UNWRITABLE.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_DRAFT}")
    descriptor = -1
    try:
        try:
            descriptor = os.open(draft, _WRITE_FLAGS, FILE_MODE)
            if locked:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_all(descriptor, data)
            os.link(draft, path)  # unlike a rename, a link never replaces what is there
        finally:
            draft.unlink(missing_ok=True)
        sync_private_folder(path.parent)
    except OSError as error:
        if descriptor >= 0:
            os.close(descriptor)
        if isinstance(error, FileExistsError):
            raise TrustError(ErrorCode.KEY_EXISTS, "a key of this name exists", file=path.name) from error
        raise private_disk_error(error, path) from error
    return descriptor


def remove_private_file(path: Path) -> None:
    """Remove a file, durable on return. Raise KEY_MISSING, DISK_UNWRITABLE.

    A crash of `write_new_private_file` may have left a second name of the same octets; it goes too, and first.
    """
    try:
        for draft in path.parent.glob(f".{path.name}.*{_DRAFT}"):
            draft.unlink(missing_ok=True)
        path.unlink()
        sync_private_folder(path.parent)
    except FileNotFoundError as error:
        raise TrustError(ErrorCode.KEY_MISSING, "no such file", file=path.name) from error
    except OSError as error:
        raise private_disk_error(error, path) from error


def _write_all(descriptor: int, data: bytes) -> None:
    os.fchmod(descriptor, FILE_MODE)  # whatever the umask took away
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def sync_private_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_owner_only(found: os.stat_result, path: Path, *, regular: bool) -> None:
    if not (stat.S_ISREG(found.st_mode) if regular else stat.S_ISDIR(found.st_mode)):
        raise TrustError(ErrorCode.KEY_FILE_MODE, "not a regular file or folder", file=path.name)
    if found.st_uid not in {0, os.geteuid()}:
        raise TrustError(ErrorCode.KEY_FILE_MODE, "owned by another user", file=path.name)
    if found.st_mode & _OTHERS:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        raise TrustError(ErrorCode.KEY_FILE_MODE, "open to group or others", file=path.name, mode=mode)


def private_disk_error(error: OSError, path: Path) -> TrustError:
    """Return DISK_FULL or DISK_UNWRITABLE for an operating-system error."""
    return TrustError(disk_code(error), "a file that holds a key cannot be written", file=path.name)
