"""Files in and out: bounded reading, atomic durable writing, every OSError told as an error of ours."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError, disk_code

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

MAX_INPUT: Final = 256 * 1024 * 1024
_PARTIAL: Final = re.compile(
    r"\.(.+)\.[0-9a-f]{12}\.partial", re.DOTALL
)  # as `write_output` names what is not whole yet
EXCHANGED_SUFFIX: Final = ".exchanged"  # of what `trustkit.app.file_exchange` puts beside a file
EXCHANGED_TOKEN: Final = 24  # hexadecimal digits of the new file's digest before it: enough to know one's own by
_EXCHANGED: Final = re.compile(rf"\..+\.[0-9a-f]{{{EXCHANGED_TOKEN}}}{re.escape(EXCHANGED_SUFFIX)}", re.DOTALL)
_ROOMY: Final = 255 - 40  # octets of a name to which file systems let those suffixes be added
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


def read_input(path: Path, *, limit: int = MAX_INPUT) -> bytes:
    """Return the octets of a file. Raise INPUT_UNREADABLE, INPUT_TOO_LARGE, INPUT_EMPTY, each naming it: a command may read several."""
    try:
        with path.open("rb") as source:
            data = source.read(limit + 1)
    except OSError as error:
        raise TrustError(ErrorCode.INPUT_UNREADABLE, error.strerror or "cannot be read", file=path.name) from error
    if len(data) > limit:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "file", file=path.name, limit=limit)
    if not data:
        raise TrustError(ErrorCode.INPUT_EMPTY, "the file is empty", file=path.name)
    return data


def beside(path: Path, suffix: str) -> Path:
    """Return the path whose name is this one's and a suffix; also for one without a name, which cannot be read either."""
    return path.parent / f"{path.name}{suffix}"


def list_folder(path: Path) -> tuple[Path, ...] | None:
    """Return what lies directly in a folder, sorted, hidden entries left out; None for what is no folder. Raise INPUT_UNREADABLE."""
    try:
        if not path.is_dir():
            return None
        return tuple(sorted(entry for entry in path.iterdir() if not entry.name.startswith(".")))
    except OSError as error:
        raise TrustError(ErrorCode.INPUT_UNREADABLE, error.strerror or "cannot be looked at", file=path.name) from error


def require_place(path: Path) -> None:
    """Raise OUTPUT_EXISTS or DISK_UNWRITABLE when nothing can be written here: asked before an act, not after it."""
    if path.exists() or path.is_symlink():
        raise TrustError(ErrorCode.OUTPUT_EXISTS, "the output file is there already", file=path.name)
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise TrustError(ErrorCode.DISK_UNWRITABLE, "the output's folder is not there or not writable")


def write_output(path: Path, data: bytes, *, replace: bool = False, mode: int = 0o644, sync_entry: bool = True) -> None:
    """Write a file whole or not at all, durable on return: temporary file, fsync, link or rename, fsync of the folder.

    Without `sync_entry` the caller makes the folder's entry durable, by `sync_folder` once for many files.

    Raises:
        TrustError: OUTPUT_EXISTS unless `replace`; DISK_FULL; DISK_UNWRITABLE. Nothing is left behind.
    """
    temporary = draft_of(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        if replace:
            temporary.replace(path)
        else:
            take_name(path, temporary)
        if sync_entry:
            sync_folder(path.parent)
    except FileExistsError as error:
        raise TrustError(ErrorCode.OUTPUT_EXISTS, "the output file is there already", file=path.name) from error
    except OSError as error:
        raise disk_error(error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def take_name(path: Path, temporary: Path) -> None:
    """Put a draft in its place: it fails when the name is taken, with no moment between test and act.

    Where the disk knows no second names (FAT, many shares) the name is taken by an empty file first, which stays if this process
    is ended in the moment between the two.
    """
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        try:
            temporary.replace(path)
        except OSError:
            path.unlink()
            raise


def stem_beside(path: Path) -> str:
    """Return by what name things of a file are known beside it: its own, or a digest of one that has no room for more."""
    name = os.fsencode(path.name)
    return path.name if len(name) <= _ROOMY else hashlib.sha256(name).hexdigest()


def draft_of(path: Path) -> Path:
    """Return a new path beside a file, for what is to become it."""
    return path.parent / f".{stem_beside(path)}.{secrets.token_hex(6)}.partial"


def is_cut_off(path: Path) -> bool:
    """Say whether a file is what was left of another when writing or replacing it was killed, or the power went."""
    return any(pattern.fullmatch(path.name) for pattern in (_PARTIAL, _EXCHANGED))


def remove_cut_off(outputs: Iterable[Path], *, before: datetime) -> None:
    """Remove what was left of these files when writing them was cut off before a moment; a younger one may be in the making.

    What cannot be removed stays: it is in nobody's way.
    """
    named: dict[Path, set[str]] = {}
    for path in outputs:
        named.setdefault(path.parent, set()).add(stem_beside(path))
    for folder, stems in named.items():
        entries: tuple[Path, ...] = ()
        with contextlib.suppress(OSError):
            entries = tuple(folder.iterdir())
        for entry in entries:
            found = _PARTIAL.fullmatch(entry.name)
            if found is not None and found[1] in stems:
                with contextlib.suppress(OSError):
                    if entry.is_file() and entry.stat().st_ctime < before.timestamp():
                        entry.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_error(error: OSError) -> TrustError:
    """Return DISK_FULL or DISK_UNWRITABLE for an operating-system error."""
    return TrustError(disk_code(error), error.strerror or type(error).__name__)
