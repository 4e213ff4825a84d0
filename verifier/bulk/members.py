"""The files in an archive: ZIP, TAR and TAR under gzip, told apart by content, within bounds. Archives in archives are not opened.

    for member in members_in(source, first=0):
        member.name, member.data          # or member.error, and no data

A ZIP that is an OFD is a document, no archive. Other ZIPs are read by the strict reader of `esign.ofd.package`: what could be read in two
ways, climbs out of its folder or unpacks to too much is refused as a whole. Links and devices in a TAR are told, and not followed.
"""

from __future__ import annotations

import tarfile
import zlib
from dataclasses import dataclass
from gzip import GzipFile
from typing import TYPE_CHECKING, Final, cast

from esign.ofd.limits import MAX_PACKAGE_OCTETS
from esign.ofd.package import open_package
from trustkit.bulk_codes import BulkCode
from trustkit.errors import ErrorCode, TrustError
from verifier.submission import MAX_SUBMISSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

MAX_MEMBERS: Final = 1_000_000
MAX_UNPACKED: Final = 64 * 1024 * 1024 * 1024  # of a TAR under gzip, told by its heads
MAX_NAME: Final = 4096
HEAD: Final = 512  # octets that tell an archive
_GZIP: Final = b"\x1f\x8b\x08"
_USTAR: Final = slice(257, 262)
_ZIP: Final = b"PK\x03\x04"
_DOCUMENTS: Final = frozenset({"ofd.xml", "encryptions.xml"})
_OF_DOCUMENTS: Final = (".pdf", ".ofd")
_NOTHING: Final = "no file lies in the archive"
_MOST_PADDING: Final = 64 * 1024 * 1024
_BROKEN: Final = (tarfile.TarError, EOFError, zlib.error, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive: its octets, or why they are not judged."""

    name: str
    data: bytes = b""
    error: TrustError | None = None


def is_archive(name: str, head: bytes, data: bytes | None) -> bool:
    """Tell whether a file is an archive, by its first `HEAD` octets and, for a ZIP that is no larger than a document may be, all of them.

    One that is called a document, or begins as a PDF within the heads of an archive, is none: whoever opens it sees that document, and must
    not be told of the files that an archive reader finds there.
    """
    if name.lower().endswith(_OF_DOCUMENTS):
        return False
    if head[_USTAR] == b"ustar" or head.startswith(_GZIP):
        return b"%PDF-" not in head
    if not head.startswith(_ZIP):
        return False
    return data is None or not _is_document(data)


def _is_document(data: bytes) -> bool:
    """Tell whether a ZIP is an OFD, or may be one: of one that cannot be read strictly the octets decide, as for `verifier.submission`."""
    try:
        names = open_package(data).names
    except TrustError:
        return b"OFD.xml" in data or b"Encryptions.xml" in data
    return any(name.lower() in _DOCUMENTS for name in names)


def members_in(source: IO[bytes], *, first: int = 0) -> Iterator[Member]:
    """Yield the files of an archive from the one numbered `first` on, in their order; `source` stands at its beginning.

    Raises:
        TrustError: BULK_ARCHIVE for one that is broken, or more than is unpacked; nothing behind it is judged then. For one without files, too: to judge
            nothing is not to pass.
    """
    head = source.read(HEAD)
    source.seek(0)
    if head.startswith(_ZIP):
        yield from _in_zip(source, first)
        return
    try:
        yield from _in_tar(source, first, packed=head.startswith(_GZIP))
    except _BROKEN as error:
        raise TrustError(BulkCode.BULK_ARCHIVE, f"the archive is broken: {type(error).__name__}") from error


def _in_zip(source: IO[bytes], first: int) -> Iterator[Member]:
    data = source.read(MAX_PACKAGE_OCTETS + 1)
    try:
        package = open_package(data)
    except TrustError as error:
        raise TrustError(BulkCode.BULK_ARCHIVE, str(error)) from error
    if not package.names:
        raise TrustError(BulkCode.BULK_ARCHIVE, _NOTHING)
    for name in package.names[first:]:
        try:
            member = Member(name, package.octets(name))
        except TrustError as error:
            member = Member(name, error=error)
        yield member


def _in_tar(source: IO[bytes], first: int, *, packed: bool) -> Iterator[Member]:
    watched = _Watched(cast("IO[bytes]", GzipFile(fileobj=source)) if packed else source)
    unpacked = 0
    number = 0
    with tarfile.open(fileobj=cast("IO[bytes]", watched), mode="r|", errors="surrogateescape") as archive:
        while (info := archive.next()) is not None:
            vars(archive)["members"].clear()  # each head read so far would be kept: an archive may have a million
            if info.isdir():
                continue
            unpacked += info.size
            if number >= MAX_MEMBERS or unpacked > MAX_UNPACKED:
                raise TrustError(BulkCode.BULK_ARCHIVE, "more than is unpacked of one archive", limit=MAX_MEMBERS)
            if number >= first:
                yield _tar_member(archive, info)
            number += 1
        watched.require_end(archive.offset)
    if not number:
        raise TrustError(BulkCode.BULK_ARCHIVE, _NOTHING)


class _Watched:
    """What a TAR is read from. Its reader takes a damaged head for the end: so it is known here where there was something last."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._read = 0
        self._last = 0

    def read(self, size: int) -> bytes:
        """Return the next octets."""
        octets = self._source.read(size)
        something = len(octets.rstrip(b"\0"))
        if something:
            self._last = self._read + something
        self._read += len(octets)
        return octets

    def require_end(self, at: int) -> None:
        """Raise EOFError unless nothing but zeros stands from here to the end, one block of them at the least (POSIX 1003.1, pax)."""
        for _ in range(_MOST_PADDING // tarfile.RECORDSIZE):
            if not self.read(tarfile.RECORDSIZE):
                break
        else:
            raise EOFError
        if self._last > at or self._read < at + tarfile.BLOCKSIZE:
            raise EOFError


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    name = info.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")[:MAX_NAME]
    if info.size > MAX_SUBMISSION:
        return Member(name, error=TrustError(ErrorCode.INPUT_TOO_LARGE, "file in an archive", limit=MAX_SUBMISSION))
    opened = archive.extractfile(info) if info.isreg() else None
    if opened is None:
        return Member(name, error=TrustError(ErrorCode.INPUT_UNREADABLE, "no regular file"))
    data = opened.read()
    if len(data) != info.size:
        raise EOFError
    return Member(name, data)
