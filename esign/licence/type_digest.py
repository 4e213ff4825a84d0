"""The digest of a licence type as it lies in its folder: its rules, its template and what the template draws with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from esign.licence.types import SHARED
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from esign.licence.types import LicenceType

MAX_FILES: Final = 64
MAX_FILE: Final = 8 * 1024 * 1024  # an ornament drawn as a picture


def digest_of_type(kind: LicenceType) -> str:
    """Return the digest of a type's folder and of what templates share, 64 hex digits. Raise LICENCE_POLICY when they cannot be read."""
    shared = {} if kind.shared is None else files_of(kind.shared)
    beside = {f"{SHARED}/{name}": sm3 for name, sm3 in shared.items()}
    return digest_of_files({**files_of(kind.template.parent), **beside})


def digest_of_files(files: Mapping[str, str]) -> str:
    """Return one digest of the names and digests of files, 64 hex digits."""
    words = json.dumps(dict(sorted(files.items())), ensure_ascii=True, separators=(",", ":"))
    return digest(DigestAlgorithm.SM3, words.encode("ascii")).hex()


def files_of(folder: Path) -> dict[str, str]:
    """Return the digest of each file of a folder by its name; folders in it are not looked into.

    Raises:
        TrustError: LICENCE_POLICY when one cannot be read or is too large, or there are too many.
    """
    found: dict[str, str] = {}
    try:
        for path in sorted(folder.iterdir()):
            if not path.is_file() or path.name.startswith("."):
                continue
            data = path.read_bytes()
            if len(data) > MAX_FILE or len(found) >= MAX_FILES:
                raise TrustError(ErrorCode.LICENCE_POLICY, "too large, or too many files", type=folder.name)
            found[path.name] = digest(DigestAlgorithm.SM3, data).hex()
    except OSError as error:
        raise TrustError(ErrorCode.LICENCE_POLICY, "a file of the type cannot be read", type=folder.name) from error
    return found
