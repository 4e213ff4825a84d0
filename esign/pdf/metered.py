"""Octets whose reading is counted, over a file and what is inflated of it: pyHanko reads token by token, and a file may be all tokens."""

from __future__ import annotations

from contextlib import contextmanager
from io import SEEK_CUR, SEEK_SET, BytesIO
from typing import TYPE_CHECKING, Final, cast

from esign.pdf.limits import MAX_READS
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENT: Final = 1 << 20  # octets; payloads of streams from here on are lent and not copied
_RUN_SHIFT: Final = 12  # a read of several octets costs one more for each 4 KiB of the token it adds to
_read: Final = BytesIO.read


class Meter:
    """How much was read of one file."""

    def __init__(self) -> None:
        self._cost = 0

    def spend(self, cost: int) -> None:
        """Count so many reads. Raise PDF_LIMIT when reading took too much work."""
        self._cost += cost
        if self._cost > MAX_READS:
            raise TrustError(ErrorCode.PDF_LIMIT, "reads", limit=MAX_READS)


class MeteredStream(BytesIO):
    """Octets that are read against a meter.

    A read costs one, and one of several octets more the longer its token gets, since pyHanko copies what it has of it each
    time; a seek costs one and begins a new token. While `lends` is set, long reads give a view of the octets: a file may be
    one stream, and is not to be held once more for each revision.
    """

    def __init__(self, data: bytes, meter: Meter) -> None:
        super().__init__(data)
        self.lends = False
        self._data = data
        self._meter = meter
        self._run = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return octets as `BytesIO.read` does. Raise PDF_LIMIT when reading took too much work."""
        if size == 1:  # nearly every one
            self._run += 1
            self._meter.spend(1)
            return _read(self, 1)
        found = self._lend(size) if self.lends and size is not None and size >= _LENT else _read(self, size)
        self._run += len(found)
        self._meter.spend(1 + (self._run >> _RUN_SHIFT))
        return found

    @contextmanager
    def lending(self, lends: bool) -> Iterator[None]:  # noqa: FBT001 - what is to be
        """Lend what is long as long as the block lasts, or do not."""
        before, self.lends = self.lends, lends
        try:
            yield
        finally:
            self.lends = before

    def _lend(self, size: int) -> bytes:
        start = self.tell()
        found = memoryview(self._data)[start : start + size]
        super().seek(len(found), SEEK_CUR)
        return cast("bytes", found)

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Go elsewhere, as `BytesIO.seek` does. Raise PDF_LIMIT as `read` does."""
        self._run = 0
        self._meter.spend(1)
        return super().seek(offset, whence)
