"""Which files of a batch are signed, and where each result goes: decided before the first is touched.

Signing is about one kind of file, PDF or OFD, renewing about both. A result keeps its file's path below the folder that all named files and folders
share, so files of one name in different folders never meet. Symbolic links in folders are not followed; they, and what is not of that
kind and is not called so, are told and left alone. What is called a PDF and is none, such as a download that was cut off, fails by
name: nobody must take it for signed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.files import is_cut_off
from trustkit.errors import ErrorCode, TrustError
from verifier.format import Format
from verifier.submission import identify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_BATCH: Final = 200_000  # files of one run; more are signed in several
JOURNAL: Final = ".trustkit-sign.jsonl"
_HEAD: Final = 1024  # octets in which a PDF must say that it is one, as `verifier.submission` looks
_TAIL: Final = 1024 * 1024  # octets in which the directory of a package is that names what makes it an OFD
_ZIP_MARK: Final = b"PK\x03\x04"
_SUFFIXES: Final = {".pdf": Format.PDF, ".ofd": Format.OFD}
KINDS: Final = frozenset(_SUFFIXES.values())


@unique
class Left(StrEnum):
    """Why a file in a folder is left alone."""

    LINK = "a symbolic link is not followed"
    NOT_PDF = "it is no PDF"
    NOT_OFD = "it is no OFD"
    NEITHER = "it is neither PDF nor OFD"
    SPECIAL = "it is no regular file"
    CUT_OFF = "it is what was left of a file when writing it was cut off"


_LEFT: Final = {frozenset({Format.PDF}): Left.NOT_PDF, frozenset({Format.OFD}): Left.NOT_OFD}


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
    """What is to be done, in the order of the names, with files of which kinds."""

    kinds: frozenset[Format]
    jobs: tuple[Job, ...]
    left: tuple[LeftAlone, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file that may be signed: what it is or is called, and whether it was named itself."""

    path: Path
    kinds: frozenset[Format]
    named: bool


def plan_batch(paths: Sequence[Path], out: Path | None, kinds: frozenset[Format] | None) -> BatchPlan:
    """Return what to sign of the named files and of all in the named folders; what lies in `out` is never among it.

    `kinds` are among PDF and OFD; None is the one of them that is there, PDF where there is neither. Without `out` the results go where the
    files are. A named file is signed or refused when its turn comes, whatever it is; in folders only files of the kinds are looked for.

    Raises:
        TrustError: INPUT_UNREADABLE for a folder that cannot be listed; INPUT_TOO_LARGE; USAGE when both kinds are there and none was
            said.
    """
    out = None if out is None else out.resolve()
    named = {_located(path): path.is_dir() for path in paths}
    seen: dict[Path, _Seen] = {}
    left: dict[LeftAlone, None] = {}
    for path, is_folder in named.items():
        for found in _inside(path, out) if is_folder else (_Seen(path, _kinds(path), named=True),):
            if isinstance(found, LeftAlone):
                left[found] = None
            elif found.named or found.path not in seen:
                seen[found.path] = found
            if len(seen) + len(left) > MAX_BATCH:
                raise TrustError(ErrorCode.INPUT_TOO_LARGE, "files of one batch", limit=MAX_BATCH)
    kinds = frozenset({_kind(seen.values())}) if kinds is None else kinds
    shared = Path(os.path.commonpath([path if is_folder else path.parent for path, is_folder in named.items()]))
    files = sorted(path for path, each in seen.items() if each.named or kinds & each.kinds)
    other = _LEFT.get(kinds, Left.NEITHER)
    left |= {LeftAlone(path, other): None for path, each in seen.items() if not (each.named or kinds & each.kinds)}
    return BatchPlan(
        kinds=kinds,
        jobs=tuple(Job(file, file if out is None else out / file.relative_to(shared)) for file in files),
        left=tuple(sorted(left, key=lambda each: each.file)),
    )


def _kind(seen: Iterable[_Seen]) -> Format:
    """Return the one kind there is; files whose name and content disagree do not say which. Raise USAGE."""
    found = {kind for each in seen for kind in each.kinds if len(each.kinds) == 1}
    if len(found) > 1:
        told = "both PDF and OFD are among what was named: say by --form which of them are signed"
        raise TrustError(ErrorCode.USAGE, told)
    return found.pop() if found else Format.PDF


def _located(path: Path) -> Path:
    """Return the path with its folder's links resolved; a link that was named is itself followed, since it was named.

    A path that is not there stays as it was named, so that it fails by name.
    """
    try:
        return path.resolve(strict=True) if path.is_dir() else path.parent.resolve(strict=True) / path.name
    except (OSError, RuntimeError):
        return Path(os.path.normpath(path.absolute()))


def _inside(folder: Path, out: Path | None) -> Iterator[_Seen | LeftAlone]:
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


def _looked_at(path: Path) -> _Seen | LeftAlone:
    if path.is_symlink():
        return LeftAlone(path, Left.LINK)
    if not path.is_file():
        return LeftAlone(path, Left.SPECIAL)
    if is_cut_off(path):
        return LeftAlone(path, Left.CUT_OFF)
    return _Seen(path, _kinds(path), named=False)


def _kinds(path: Path) -> frozenset[Format]:
    """Return the kinds a file is of by its name and by what is in it; one that cannot be opened is of both, so that it fails by name."""
    called = _SUFFIXES.get(path.suffix.lower())
    found = None
    try:
        if path.is_file():  # a pipe that was named would be waited for
            with path.open("rb") as source:
                head = source.read(_HEAD)
                if head.startswith(_ZIP_MARK) and called is None:
                    source.seek(max(_HEAD, source.seek(0, os.SEEK_END) - _TAIL))
                    head += source.read(_TAIL)
            found = identify(head)
    except OSError:
        return KINDS if called is None else frozenset({called})
    return KINDS & {called, found}
