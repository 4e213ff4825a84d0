"""Which shared library may be loaded into a process that will hand it a PIN.

Loading a library runs its code with all our rights. So the file, and every folder above it, belongs to root or to us, and nobody
else can write to it. Links are followed first: distributions install libraries behind them.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from trustkit.errors import ErrorCode, TrustError

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def require_safe_library(path: str, *, user: int) -> Path:
    """Return the real path of a library that may be loaded by the user with number `user`.

    Raises:
        TrustError: MODULE_LIBRARY when it is missing, is no regular file, or others could exchange it.
    """
    try:
        real = Path(path).resolve(strict=True)
        found = real.stat()
        folders = [folder.stat() for folder in real.parents]
    except (OSError, RuntimeError, ValueError):  # RuntimeError: a loop of links
        raise TrustError(ErrorCode.MODULE_LIBRARY, "no such library", library=Path(path).name) from None
    if not stat.S_ISREG(found.st_mode):
        raise TrustError(ErrorCode.MODULE_LIBRARY, "not a regular file", library=real.name)
    for status in (found, *folders):
        sticky = stat.S_ISDIR(status.st_mode) and bool(
            status.st_mode & stat.S_ISVTX
        )  # nobody replaces others' files there
        if status.st_uid not in {0, user} or (status.st_mode & _OTHERS_WRITE and not sticky):
            raise TrustError(ErrorCode.MODULE_LIBRARY, "others could exchange it", library=real.name)
    return real
