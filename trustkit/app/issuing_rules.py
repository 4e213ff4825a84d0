"""What every certificate of a home is held against besides its profile: the algorithms' days, and the list of keys others have.

The list is a file the operator brings, ``policies/known-keys.dat``: the blocklist of badkeys (badkeys.info, form 0), records of 16 octets in
rising order, each a digest of 15 (`ca.known_keys`) and the number of its collection. It is mapped, not read: it has millions of records.
"""

from __future__ import annotations

import mmap
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from ca.issuance import IssuingRules
from ca.known_keys import DIGEST_SIZE
from trustkit.app.algorithms import algorithm_policy
from trustkit.app.home import POLICIES
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

KNOWN_KEYS: Final = "known-keys.dat"
_RECORD: Final = DIGEST_SIZE + 1
_LOOKED_AT: Final = (
    4096  # records whose order is looked at when a list is opened; every search looks at the order of those it meets
)


class KnownKeysFile:
    """A `KnownKeys` over a mapped file. Safe to use from several threads."""

    __slots__ = ("_records", "count")

    def __init__(self, path: Path) -> None:
        """Map a list. Raise CA_KEY_LIST (empty, a record cut, not in order), INPUT_UNREADABLE."""
        try:
            with path.open("rb") as file:
                self._records = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:  # an empty file cannot be mapped
            raise TrustError(ErrorCode.CA_KEY_LIST, "the list is empty", file=path.name) from error
        except OSError as error:
            raise TrustError(ErrorCode.INPUT_UNREADABLE, error.strerror or "cannot be read", file=path.name) from error
        self.count: int = len(self._records) // _RECORD
        step = max(1, self.count // _LOOKED_AT)
        seen = [self._digest(number) for number in range(0, self.count, step)]
        if len(self._records) % _RECORD or any(one > other for one, other in pairwise(seen)):
            raise TrustError(ErrorCode.CA_KEY_LIST, "not records of 16 octets in order", file=path.name)

    def collection(self, digest: bytes, /) -> int | None:
        """See `ca.known_keys.KnownKeys.collection`. Raise CA_KEY_LIST where the search meets records out of order."""
        low, high = 0, self.count
        least, most = b"", b"\xff" * _RECORD
        while low < high:
            middle = (low + high) // 2
            found = self._digest(middle)
            if not least <= found <= most:
                raise TrustError(ErrorCode.CA_KEY_LIST, "the records are not in order")
            if found == digest:
                return self._records[middle * _RECORD + DIGEST_SIZE]
            if found < digest:
                low, least = middle + 1, found
            else:
                high, most = middle, found
        return None

    def _digest(self, number: int) -> bytes:
        return self._records[number * _RECORD : number * _RECORD + DIGEST_SIZE]


def known_keys(home: Path) -> KnownKeysFile | None:
    """Return the home's list of keys that others have, None where the operator brought none. Raise as `KnownKeysFile`."""
    path = home / POLICIES / KNOWN_KEYS
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TrustError(ErrorCode.INPUT_UNREADABLE, error.strerror or "cannot be read", file=path.name) from error
    return _mapped(path, found.st_ino, found.st_size, found.st_mtime_ns)


def issuing_rules(home: Path) -> IssuingRules:
    """Return the rules of a home. Raise as `algorithm_policy` and `known_keys`."""
    return IssuingRules(algorithms=algorithm_policy(home), known_keys=known_keys(home))


@lru_cache(maxsize=2)
def _mapped(path: Path, _inode: int, _size: int, _changed: int) -> KnownKeysFile:
    """Map a file once as long as it stays the same; a list is replaced by renaming another over it."""
    return KnownKeysFile(path)
