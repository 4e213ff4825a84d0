"""Which files a run is about: those named, and all below the folders named, in an order that is the same on every machine.

Links in folders are not followed and are told as unreadable, as is what is no regular file. Hidden files are files like others.
What was left of a file that was being written is none.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.files import is_cut_off
from trustkit.errors import ErrorCode, TrustError
from verifier.bulk.shard import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_DEEP: Final = 100  # folders in folders


def roots_of(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return what is named as absolute paths, each once, what lies below another left out; a link that is named is followed."""
    found = sorted({os.path.realpath(path) for path in paths})
    return tuple(each for each in found if not any(each.startswith(other.rstrip("/") + "/") for other in found))


def list_items(roots: Sequence[str], *, without: frozenset[str] = frozenset()) -> Iterator[Item]:
    """Yield the files, those of a folder before the folders in it, each sorted by name; `without` are paths that are the run's own.

    Raises:
        TrustError: INPUT_UNREADABLE for a folder that cannot be listed: files nobody saw must not be taken for judged.
    """
    for root in roots:
        try:
            found = os.lstat(root)
        except OSError:
            yield Item(root, 0, 0)  # its row says why
            continue
        if stat.S_ISDIR(found.st_mode):
            yield from _inside(root, without, 0)
        else:
            yield Item(root, found.st_size, found.st_mtime_ns)


def count_items(roots: Sequence[str], *, without: frozenset[str] = frozenset()) -> int:
    """Return how many files there are. Raise as `list_items`."""
    return sum(1 for _ in list_items(roots, without=without))


def _inside(folder: str, without: frozenset[str], depth: int) -> Iterator[Item]:
    if depth > _MOST_DEEP:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "folders in folders", limit=_MOST_DEEP)
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda each: os.fsencode(each.name))
        for entry in listed:
            if entry.path in without or is_cut_off(Path(entry.name)):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
                continue
            yield _item(entry)
    except OSError as error:
        raise TrustError(ErrorCode.INPUT_UNREADABLE, error.strerror or "cannot be listed") from error
    for each in folders:
        yield from _inside(each, without, depth + 1)


def _item(entry: os.DirEntry[str]) -> Item:
    try:
        told = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return Item(entry.path, 0, 0)  # removed since it was listed: its row says so
    return Item(entry.path, told.st_size if entry.is_file(follow_symlinks=False) else 0, told.st_mtime_ns)
