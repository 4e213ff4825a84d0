"""The digest of a licence type as it lies in its folder: its rules, its template and all that the template can draw with."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Final

from esign.licence.types import SHARED
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from esign.licence.types import LicenceType

MAX_FILES: Final = 256
MAX_DEPTH: Final = 8  # of folders in folders, links that lead round among them
MAX_FILE: Final = 8 * 1024 * 1024  # an ornament drawn as a picture
MAX_OCTETS: Final = 64 * 1024 * 1024
_LINK: Final = "@"  # after the name of what is a link: it is never taken for a file that came with an installation


def digest_of_type(kind: LicenceType) -> str:
    """Return the digest of a type's folder and of what templates share, 64 hex digits.

    Raises:
        TrustError: LICENCE_POLICY when they cannot be read, or a template names the folder of another type, which is not bound.
    """
    folder = kind.template.parent
    shared = {} if kind.shared is None else files_of(kind.shared)
    if kind.shared is not None:
        _require_no_others(folder, kind.shared)
    beside = {f"{SHARED}/{name}": sm3 for name, sm3 in shared.items()}
    return digest_of_files({**files_of(folder), **beside})


def digest_of_files(files: Mapping[str, str]) -> str:
    """Return one digest of the names and digests of files, 64 hex digits."""
    words = json.dumps(dict(sorted(files.items())), ensure_ascii=True, separators=(",", ":"))
    return digest(DigestAlgorithm.SM3, words.encode("ascii")).hex()


def files_of(folder: Path) -> dict[str, str]:
    """Return the digest of each file of a folder and below by its path there, hidden ones too; a folder is there as ``NAME/``.

    A link counts as what it leads to, under ``NAME@``: a template draws with that.

    Raises:
        TrustError: LICENCE_POLICY when one cannot be read or is too large, neither file nor folder, too deep, or there are too many.
    """
    found: dict[str, str] = {}
    size = 0
    try:
        for name, path in _below(folder):
            data = b"" if path is None else _octets(path, folder)
            size += len(data)
            if size > MAX_OCTETS or len(found) >= MAX_FILES:
                raise TrustError(ErrorCode.LICENCE_POLICY, "too large, or too many files", type=folder.name)
            found[name] = digest(DigestAlgorithm.SM3, data).hex()
    except OSError as error:
        raise TrustError(ErrorCode.LICENCE_POLICY, "a file of the type cannot be read", type=folder.name) from error
    return found


def _below(folder: Path, before: str = "", depth: int = 0) -> Iterator[tuple[str, Path | None]]:
    """Yield what lies in a folder and below, in order: its name, and where its octets are, if it has any."""
    if depth > MAX_DEPTH:
        raise TrustError(ErrorCode.LICENCE_POLICY, f"folders in folders, {before}", limit=MAX_DEPTH)
    for path in sorted(folder.iterdir()):
        name = f"{before}{path.name}{_LINK if path.is_symlink() else ''}"
        if path.is_dir():
            yield f"{name}/", None
            yield from _below(path, f"{name}/", depth + 1)
        elif path.is_symlink() and not path.exists():  # such as an editor leaves while a file is open
            yield name, None
        else:
            yield name, path


def _octets(path: Path, folder: Path) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
        data = opened.read(MAX_FILE + 1) if stat.S_ISREG(os.fstat(opened.fileno()).st_mode) else None
    if data is None or len(data) > MAX_FILE:
        raise TrustError(ErrorCode.LICENCE_POLICY, "too large, or no file", type=folder.name, name=path.name)
    return data


def _require_no_others(folder: Path, shared: Path) -> None:
    """Raise LICENCE_POLICY when a template, or what it draws with, names a folder beside its own: typst would read there."""
    try:
        others = [f"/{each.name}/".encode() for each in shared.parent.iterdir() if each not in {folder, shared}]
        texts = [path.read_bytes() for place in (folder, shared) for path in place.rglob("*.typ") if path.is_file()]
    except OSError as error:
        raise TrustError(ErrorCode.LICENCE_POLICY, "a file of the type cannot be read", type=folder.name) from error
    if any(other in text for text in texts for other in others):
        raise TrustError(ErrorCode.LICENCE_POLICY, "the template draws with another type's folder", type=folder.name)
