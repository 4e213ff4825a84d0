"""Which files of a batch are signed, and where each result goes: decided before the first is touched.

A result keeps its file's path below the folder that all named files and folders share, so files of one name in different
folders never meet. Symbolic links in folders are not followed; they, and what is no PDF and is not called one, are told and left
alone. What is called a PDF and is none, such as a download that was cut off, fails by name: nobody must take it for signed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.files import is_cut_off
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BATCH: Final = 200_000  # files of one run; more are signed in several
JOURNAL: Final = ".trustkit-sign.jsonl"
_HEAD: Final = 1024  # octets in which a PDF must say that it is one, as `verifier.submission` looks
_MARK: Final = b"%PDF-"
_SUFFIX: Final = ".pdf"


@unique
class Left(StrEnum):
    """Why a file in a folder is left alone."""

    LINK = "a symbolic link is not followed"
    NOT_PDF = "it is no PDF"
    SPECIAL = "it is no regular file"
    CUT_OFF = "it is what was left of a file when writing it was cut off"


@dataclass(frozen=True, slots=True)
class Job:
    """A file to sign and where the signed one goes."""

    file: Path
    out: Path


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A file in a folder that is not signed."""

    file: Path
    why: Left


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What is to be done, in the order of the names."""

    jobs: tuple[Job, ...]
    left: tuple[LeftAlone, ...]


def plan_batch(paths: Sequence[Path], out: Path | None) -> BatchPlan:
    """Return what to sign of the named files and of all in the named folders; what lies in `out` is never among it.

    Without `out` the results go where the files are. A named file is signed or refused when its turn comes, whatever it is; in folders only PDF is looked for.

    Raises:
        TrustError: INPUT_UNREADABLE for a folder that cannot be listed; INPUT_TOO_LARGE.
    """
    out = None if out is None else out.resolve()
    named = {_located(path): path.is_dir() for path in paths}
    files: dict[Path, None] = {}
    left: dict[LeftAlone, None] = {}
    for path, is_folder in named.items():
        for found in _inside(path, out) if is_folder else (path,):
            if isinstance(found, LeftAlone):
                left[found] = None
            else:
                files[found] = None
            if len(files) + len(left) > MAX_BATCH:
                raise TrustError(ErrorCode.INPUT_TOO_LARGE, "files of one batch", limit=MAX_BATCH)
    shared = Path(os.path.commonpath([path if is_folder else path.parent for path, is_folder in named.items()]))
    return BatchPlan(
        jobs=tuple(Job(file, file if out is None else out / file.relative_to(shared)) for file in sorted(files)),
        left=tuple(sorted(left, key=lambda each: each.file)),
    )


def _located(path: Path) -> Path:
    """Return the path with its folder's links resolved; a link that was named is itself followed, since it was named.

    A path that is not there stays as it was named, so that it fails by name.
    """
    try:
        return path.resolve(strict=True) if path.is_dir() else path.parent.resolve(strict=True) / path.name
    except (OSError, RuntimeError):
        return Path(os.path.normpath(path.absolute()))


def _inside(folder: Path, out: Path | None) -> Iterator[Path | LeftAlone]:
    def refuse(error: OSError) -> None:
        told = error.strerror or "a folder cannot be listed"
        raise TrustError(ErrorCode.INPUT_UNREADABLE, told, folder=Path(error.filename or folder).name) from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (LeftAlone(here / name, Left.LINK) for name in links)
        folders[:] = [name for name in folders if name not in links and here / name != out]
        for name in names:
            path = here / name
            if name != JOURNAL:
                yield _looked_at(path)


def _looked_at(path: Path) -> Path | LeftAlone:
    """Return the path of what may be a PDF; one that cannot be opened is kept, so that it fails by name."""
    if path.is_symlink():
        return LeftAlone(path, Left.LINK)
    if not path.is_file():
        return LeftAlone(path, Left.SPECIAL)
    if is_cut_off(path):
        return LeftAlone(path, Left.CUT_OFF)
    try:
        with path.open("rb") as source:
            meant = path.suffix.lower() == _SUFFIX or _MARK in source.read(_HEAD)
            return path if meant else LeftAlone(path, Left.NOT_PDF)
    except OSError:
        return path
