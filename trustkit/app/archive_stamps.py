"""Who makes archive time stamps: a unit of the home's own authority, told in the trail, or an authority elsewhere.

    token = HomeStamper.of(home, keys).stamp(imprint, algorithm)
    token = RemoteStamper(url="http://tsa.example/tsa").stamp(imprint, algorithm)

Only a digest leaves the house. Whether the authority is to be trusted, the verdict on the stamped file tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from trustkit.app.asking_stamps import ask_by_http, imprint_request, token_for
from trustkit.app.stamping import stamping_authority
from trustkit.app.stamping_units import ISSUING, require_unit

if TYPE_CHECKING:
    from ca.stamping import TimestampAuthority
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.identity import Principal


class Stamper(Protocol):
    """The port for whoever stamps digests."""

    @property
    def algorithm(self) -> DigestAlgorithm:
        """What files are condensed by for it."""
        ...

    def stamp(self, imprint: bytes, algorithm: DigestAlgorithm) -> bytes:
        """Return the token (DER) over a digest. Raise TIMESTAMP_*, and what the authority's keys and store raise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeStamper:
    """A unit of the home's own authority; each of its tokens is told in the trail before anybody gets it.

    Safe to share between threads: they are served one after another, as the authority has it.
    """

    authority: TimestampAuthority
    operator: Principal
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, home: OpenedHome, keys: Keys, unit: str = ISSUING) -> HomeStamper:
        """Return a unit, ready to stamp many files. Raise OWN_CERTIFICATE, PASSPHRASE_WRONG, KEY_*, ALGORITHM_SUNSET."""
        require_unit(home, unit)
        return cls(authority=stamping_authority(home, keys, unit=unit), operator=home.operator)

    @property
    def algorithm(self) -> DigestAlgorithm:
        """The digest of the unit's own suite."""
        return self.authority.signer.suite.digest

    def stamp(self, imprint: bytes, algorithm: DigestAlgorithm) -> bytes:
        """Return the unit's token over a digest."""
        with self._lock:
            return self.authority.stamp_digest(imprint, algorithm, self.operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStamper:
    """An authority elsewhere, asked by HTTP; `policy` is the dotted OID its stamps are to be made under."""

    url: str
    algorithm: DigestAlgorithm
    policy: str | None = None

    def stamp(self, imprint: bytes, algorithm: DigestAlgorithm) -> bytes:
        """Return that authority's token over a digest."""
        request = imprint_request(imprint, algorithm, policy=self.policy)
        return token_for(ask_by_http(request, self.url), request)
