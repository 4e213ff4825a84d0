"""Passwords as Argon2id hashes (RFC 9106), over a keyed digest that binds each to its person and to this home.

    hashing = PasswordHashing(sealing)
    text = hashing.hash("np-…", password)
    hashing.matches("np-…", password, text)      # or, for a name nobody has: hashing.matches("", password, None)

What Argon2id is given is HMAC-SM3 under the home's secret over person and password: a stolen table alone cannot be searched, and a hash
put into another person's row proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
import threading
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nacl import pwhash

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from idp.sealing import Sealing

MAX_PASSWORD: Final = 1024  # characters that are looked at; longer ones are nobody's
_PURPOSE: Final = "password"
_SALT: Final = 16
_SIZE: Final = 32
_WAIT_SECONDS: Final = 10.0
_FORM: Final = re.compile(  # a lane as libsodium has it; bounds, so that no row of a table can ask for all memory
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,4}),t=([1-9][0-9]?),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one hash costs.

    The default is one of the equal choices of the OWASP password storage cheat sheet (ADR 0043), the one that takes the least of a core:
    `benchmarks/factors.py` measures it. `at_once` bounds the memory of the process; a service has one a core.
    """

    passes: int = 5
    memory_kib: int = 7 * 1024
    at_once: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A hash as it is kept: ``$argon2id$v=19$m=7168,t=5,p=1$salt$digest``, base64 without padding (the PHC string form)."""

    passes: int
    memory_kib: int
    salt: bytes
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> _Kept | None:
        """Return a hash of one lane that is within bounds, None for any other text. `text` is the inverse."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        memory, passes = int(found[1]), int(found[2])
        try:
            salt, digest = (
                base64.b64decode(each + "=" * (-len(each) % 4), validate=True) for each in found.groups()[2:]
            )
        except binascii.Error:
            return None
        fits = len(salt) == _SALT and len(digest) == _SIZE
        return cls(passes=passes, memory_kib=memory, salt=salt, digest=digest) if fits else None

    def text(self) -> str:
        """Return the string form."""
        salt, digest = (base64.b64encode(each).rstrip(b"=").decode("ascii") for each in (self.salt, self.digest))
        return f"$argon2id$v=19$m={self.memory_kib},t={self.passes},p=1${salt}${digest}"

    def again(self, keyed: bytes) -> bytes:
        """Return the digest of what is typed, at this hash's salt and cost."""
        return _argon2id(keyed, self.salt, self.passes, self.memory_kib)


class PasswordHashing:
    """Hashes and compares. Safe in several threads; more than `Cost.at_once` wait for one another."""

    def __init__(
        self, sealing: Sealing, cost: Cost | None = None, *, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._cost = cost or Cost()
        self._sealing = sealing
        self._random = random
        self._room = threading.BoundedSemaphore(self._cost.at_once)
        # What names of nobody are compared with, so that they take as long: no password makes this hash but by chance.
        self._nobody = self._made(random(_SIZE))

    def hash(self, person: str, password: str) -> str:
        """Return the hash in the PHC string form. Raise REQUEST_BUSY when too many are hashed at once."""
        keyed = self._keyed(person, password)
        with self._turn():
            return self._made(keyed).text()

    def matches(self, person: str, password: str, kept: str | None) -> bool:
        """Tell whether a password is the one a hash was made of; None is nobody's, and takes as long. Raise REQUEST_BUSY."""
        keyed = self._keyed(person, password)
        found = self._nobody if kept is None else _Kept.parse(kept)
        if found is None:  # damaged
            return False
        with self._turn():
            alike = hmac.compare_digest(found.again(keyed), found.digest)
        return alike and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made at another cost than today's."""
        found = _Kept.parse(kept)
        return found is None or (found.passes, found.memory_kib) != (self._cost.passes, self._cost.memory_kib)

    def _made(self, keyed: bytes) -> _Kept:
        salt, cost = self._random(_SALT), self._cost
        digest = _argon2id(keyed, salt, cost.passes, cost.memory_kib)
        return _Kept(passes=cost.passes, memory_kib=cost.memory_kib, salt=salt, digest=digest)

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


def _argon2id(keyed: bytes, salt: bytes, passes: int, memory_kib: int) -> bytes:
    return pwhash.argon2id.kdf(_SIZE, keyed, salt, opslimit=passes, memlimit=memory_kib * 1024)
