"""What is remembered of the register between questions, and forgotten the moment it changes.

Every change of a certificate has its event in the trail, in the same transaction. So whoever looks at the trail's new events
knows which certificates changed: what is remembered of them is dropped, the rest stays true. The trail is looked at when a
question comes and the last look is older than `MAX_AGE`; a revocation by any process is therefore seen within that time,
however large the register is.

    mirror.renew()                    # when mirror.stale; reads the trail
    found = mirror.get(key)
    seen = mirror.seen; …read the register…; mirror.put(key, serial, value, seen=seen)
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from trustkit.audit.trail import last_sequence, list_touched

if TYPE_CHECKING:
    from collections.abc import Hashable

    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

MAX_AGE: Final = 0.01  # seconds; a revocation must show in OCSP within 50 ms
MOST_CHANGES: Final = 1000  # of one look; after more than that everything is forgotten
_CERTIFICATE: Final = "certificate"  # the type of object in events about certificates

_Value = TypeVar("_Value")


class RegisterMirror(Generic[_Value]):
    """Values made from the register, by any key, each about one serial (hex). Safe to share between threads."""

    def __init__(self, database: Database, clock: Clock, *, size: int) -> None:
        """Remember at most `size` values; nothing is read yet."""
        self._database = database
        self._clock = clock
        self._size = size
        self._values: OrderedDict[Hashable, tuple[str, _Value]] = OrderedDict()
        self._keys: dict[str, set[Hashable]] = {}
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._looked_at: float | None = None
        self.seen = 0

    @property
    def stale(self) -> bool:
        """Whether the trail must be looked at before anything remembered may be used."""
        return self._looked_at is None or self._clock.monotonic() - self._looked_at > MAX_AGE

    def renew(self) -> None:
        """Look at the trail, once for all who wait. Raise STORE_*; nothing remembered may be used then."""
        with self._looking:
            if self.stale:
                started = self._clock.monotonic()
                with self._database.reading() as unit:
                    self._look(unit, started)

    def renew_at_once(self, unit: ReadUnit) -> int | None:
        """Look at the trail, where that is due, in a unit that has read nothing yet; None while another thread looks.

        Return `seen` for what is read next in the unit. Raise STORE_*; nothing remembered may be used then.
        """
        seen = self.seen
        if not self.stale:
            return seen
        if not self._looking.acquire(blocking=False):
            return None
        try:
            return self._look(unit, self._clock.monotonic())
        finally:
            self._looking.release()

    def _look(self, unit: ReadUnit, started: float) -> int:
        newest, touched = self._news(unit)
        with self._lock:
            if len(touched) >= MOST_CHANGES or newest < self.seen:
                self._values.clear()
                self._keys.clear()
            for serial in touched:
                for key in self._keys.pop(serial, ()):
                    self._values.pop(key, None)
            self.seen = newest
            self._looked_at = started
        return newest

    def _news(self, unit: ReadUnit) -> tuple[int, tuple[str, ...]]:
        if self._looked_at is None:  # nothing is remembered yet that could have changed
            return last_sequence(unit), ()
        return list_touched(unit, _CERTIFICATE, after=self.seen, limit=MOST_CHANGES)

    def get(self, key: Hashable) -> _Value | None:
        """Return what is remembered under a key, None when nothing is. Only while not `stale`."""
        found = self._values.get(key)
        return None if found is None else found[1]

    def put(self, key: Hashable, serial: str, value: _Value, *, seen: int) -> None:
        """Remember a value read after `seen` was `seen`; not when the trail has been looked at since.

        Otherwise a value read before a change could be put after the look that told of it, and stay.
        """
        with self._lock:
            if seen != self.seen:
                return
            self._drop(key)
            self._values[key] = (serial, value)
            self._keys.setdefault(serial, set()).add(key)
            while len(self._values) > self._size:
                self._drop(next(iter(self._values)))

    def _drop(self, key: Hashable) -> None:
        found = self._values.pop(key, None)
        if found is not None:
            keys = self._keys.get(found[0], set())
            keys.discard(key)
            if not keys:
                self._keys.pop(found[0], None)

    def __len__(self) -> int:
        return len(self._values)
