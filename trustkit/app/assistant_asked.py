"""What an assistant hands in to be verified: a file within one folder, a text, or octets in base64; nothing outside that folder is read.

asked = read_asked(root, path="licence.pdf")
asked.name, asked.data
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from esign.copies.model import CopyDemand  # noqa: TC001 - a field type of a dataclass
from trustkit.api_codes import ApiCode
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError

MAX_FILE: Final = 50 * 1024 * 1024  # a scanned file of some hundred pages, read while an assistant waits
MAX_INLINE: Final = 20 * 1024 * 1024  # what an upload over HTTP may have
MAX_BASE64: Final = (MAX_INLINE + 2) // 3 * 4
MAX_TEXT: Final = 1024 * 1024  # characters of a credential or a code
_OPEN: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFile:
    """What is to be verified, a label for it, and for whom and what it has to be, of a copy for a purpose."""

    name: str
    data: bytes = field(repr=False)
    copy_demand: CopyDemand | None = field(default=None, repr=False)


def read_asked(root: Path | None, *, path: str | None, text: str | None, base64: str | None) -> AskedFile:
    """Return what one call hands in.

    Raises:
        TrustError: USAGE unless it is one of the three; OUTSIDE, INPUT_UNREADABLE, INPUT_TOO_LARGE of a file; INPUT_TOO_LARGE, BASE64_MALFORMED.
    """
    if sum(each is not None for each in (path, text, base64)) != 1:
        raise TrustError(ErrorCode.USAGE, "one of path, text and base64 is needed, and no more")
    if path is not None:
        return AskedFile(name=Path(path).name or "file", data=_within(root, path))
    if text is not None:
        if len(text) > MAX_TEXT:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "text", limit=MAX_TEXT)
        return AskedFile(name="text", data=text.encode("utf-8", "surrogatepass"))
    if base64 is None or len(base64) > MAX_BASE64:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "base64", limit=MAX_INLINE)
    return AskedFile(name="file", data=decode_base64(base64))


def _within(root: Path | None, path: str) -> bytes:
    """Return the octets of a file that lies in a folder, whatever links lead to it."""
    if root is None:
        raise TrustError(ApiCode.ASSISTANT_OUTSIDE, "no folder is named by --root")
    try:
        folder, wanted = root.resolve(), (root / path).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise TrustError(ApiCode.ASSISTANT_OUTSIDE, "no path to a file") from error
    _require_inside(folder, wanted)
    try:
        descriptor = os.open(wanted, _OPEN)
    except OSError as error:
        raise TrustError(ErrorCode.INPUT_UNREADABLE, error.strerror or "cannot be read", file=wanted.name) from error
    try:
        # A link may have been laid since: what was opened counts, not what was named.
        _require_inside(folder, Path(f"/proc/self/fd/{descriptor}").readlink())
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise TrustError(ErrorCode.INPUT_UNREADABLE, "no regular file", file=wanted.name)
        with os.fdopen(descriptor, "rb", closefd=False) as source:
            data = source.read(MAX_FILE + 1)
    finally:
        os.close(descriptor)
    if len(data) > MAX_FILE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "file", file=wanted.name, limit=MAX_FILE)
    return data


def _require_inside(folder: Path, path: Path) -> None:
    if not path.is_relative_to(folder):
        raise TrustError(ApiCode.ASSISTANT_OUTSIDE, "the path leads out of the folder named by --root")
