"""Octets whose reading is counted, over a file and what is inflated of it: pyHanko reads token by token, and a file may be all tokens."""

from __future__ import annotations

from io import SEEK_SET, BytesIO
from typing import Final

from esign.pdf.limits import MAX_READS
from trustkit.errors import ErrorCode, TrustError

_RUN_SHIFT: Final = 12  # a read of several octets costs one more for each 4 KiB of the token it adds to


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
    time; a seek costs one and begins a new token.
    """

    def __init__(self, data: bytes, meter: Meter) -> None:
        super().__init__(data)
        self._meter = meter
        self._run = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return octets as `BytesIO.read` does. Raise PDF_LIMIT when reading took too much work."""
        found = super().read(size)
        self._run += len(found)
        self._meter.spend(1 if size == 1 else 1 + (self._run >> _RUN_SHIFT))
        return found

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Go elsewhere, as `BytesIO.seek` does. Raise PDF_LIMIT as `read` does."""
        self._run = 0
        self._meter.spend(1)
        return super().seek(offset, whence)
