"""Passwords as Argon2id hashes (RFC 9106), over a keyed digest that binds each to its person and to this home.

    hashing = PasswordHashing(sealing)
    text = hashing.hash("np-…", password)
    hashing.matches("np-…", password, text)      # or, for a name nobody has: hashing.matches("", password, None)

What Argon2id is given is HMAC-SM3 under the home's secret over person and password: a stolen table alone cannot be searched, and a hash
put into another person's row proves nothing.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from idp.sealing import Sealing

MAX_PASSWORD: Final = 1024  # characters that are looked at; longer ones are nobody's
_PURPOSE: Final = "password"
_SALT: Final = 16
_SIZE: Final = 32
_WAIT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one hash costs.

    The default is one of the equal choices of the OWASP password storage cheat sheet, and takes some 20 ms of one core
    (`benchmarks/factors.py`): fifty logins a second. `at_once` bounds the memory of the process; a service has one a core.
    """

    passes: int = 4
    memory_kib: int = 9 * 1024
    lanes: int = 1
    at_once: int = 4


class PasswordHashing:
    """Hashes and compares. Safe in several threads; more than `Cost.at_once` wait for one another."""

    def __init__(
        self, sealing: Sealing, cost: Cost | None = None, *, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        cost = cost or Cost()
        self._sealing = sealing
        self._random = random
        self._hasher = PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=_SIZE,
            salt_len=_SALT,
            type=Type.ID,
        )
        self._room = threading.BoundedSemaphore(cost.at_once)
        # What names of nobody are compared with, so that they take as long: no password makes this hash but by chance.
        self._nobody = self._hasher.hash(random(_SIZE), salt=random(_SALT))

    def hash(self, person: str, password: str) -> str:
        """Return the hash in the PHC string form. Raise REQUEST_BUSY when too many are hashed at once."""
        keyed = self._keyed(person, password)
        with self._turn():
            return self._hasher.hash(keyed, salt=self._random(_SALT))

    def matches(self, person: str, password: str, kept: str | None) -> bool:
        """Tell whether a password is the one a hash was made of; None is nobody's, and takes as long. Raise REQUEST_BUSY."""
        keyed = self._keyed(person, password)
        with self._turn():
            try:
                self._hasher.verify(kept or self._nobody, keyed)
            except (Argon2Error, InvalidHashError):
                return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _keyed(self, person: str, password: str) -> bytes:
        return self._sealing.mac(_PURPOSE, person.encode(), password_octets(password))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(timeout=_WAIT_SECONDS):
            raise TrustError(ErrorCode.REQUEST_BUSY, "too many passwords are being hashed at once")
        try:
            yield
        finally:
            self._room.release()


def password_octets(password: str) -> bytes:
    """Return what is hashed of a password: Unicode NFKC in UTF-8, so that keyboards that compose otherwise agree."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
