"""Marks of work under way: a private file that one living process holds, and whose holder's death anyone can see.

    with create_held(folder / "x.held", data) as held:    # from here on a crash leaves a mark
        ...                                               # the work
        held.rename(folder / "x.json")                    # or held.remove()
    left = hold(folder / "x.held")                        # None while somebody lives who holds it

The hold is an advisory lock on the file itself (flock), which the system ends with the process however that ends: no time has to be
guessed after which a holder counts as dead. Holders must be processes of one machine, as all are who share a home's folder.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from trustkit.custody.key_files import (
    READ_FLAGS,
    open_new_private_file,
    private_disk_error,
    remove_private_file,
    sync_private_folder,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self


class HeldFile:
    """A file this process holds until the block ends; made by `create_held` and `hold` alone."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take the locked descriptor over; it is closed when the block ends."""
        self._path = path
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def rename(self, path: Path) -> None:
        """Give the file another name in its folder, in the place of what stood there; durable on return. Raise DISK_*."""
        try:
            self._path.replace(path)
            sync_private_folder(path.parent)
        except OSError as error:
            raise private_disk_error(error, path) from error
        self._path = path

    def remove(self) -> None:
        """Remove the file, durable on return. Raise KEY_MISSING, DISK_UNWRITABLE."""
        remove_private_file(self._path)


def create_held(path: Path, data: bytes) -> HeldFile:
    """Write a new private file that is held from before its name exists. Raise KEY_BUSY (the name is taken), DISK_*."""
    try:
        return HeldFile(path, open_new_private_file(path, data, locked=True))
    except TrustError as error:
        if error.code is ErrorCode.KEY_EXISTS:
            raise TrustError(ErrorCode.KEY_BUSY, "it is being worked on", file=path.name) from error
        raise


def hold(path: Path) -> HeldFile | None:
    """Hold a file that is there; None when it is not, or when a living process holds it. Raise DISK_UNWRITABLE."""
    try:
        descriptor = os.open(path, READ_FLAGS)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise private_disk_error(error, path) from error
    held = HeldFile(path, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.path.samestat(path.stat(follow_symlinks=False), os.fstat(descriptor))
    except (BlockingIOError, FileNotFoundError):  # somebody's, or gone while we came
        is_there = False
    except OSError as error:
        os.close(descriptor)
        raise private_disk_error(error, path) from error
    if not is_there:
        os.close(descriptor)
        return None
    return held
