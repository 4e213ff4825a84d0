"""How often clients are answered: each that proved itself by itself, whoever only says who he is by his address, and failures apart.

    limits.require(place, named)        # before anything is judged
    limits.failed(place, named)         # after OP_CLIENT_REFUSED
    limits.proven(place, client)

Who fails is counted under his address together with the name he used, so that nobody keeps a client out from elsewhere; and under his
address alone, so that many names help nobody. Known and unknown names are counted and answered alike (REQUEST_RATE).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from idp.op.clients import MAX_IDENTIFIER
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from trustkit.clock import Clock

ALL_NAMES = 10  # times as many failures in all names as in one


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """The limits of one process. All raise REQUEST_RATE with ``retry_after`` in seconds."""

    clients: RateLimiter
    public: RateLimiter
    failures: RateLimiter
    places: RateLimiter

    @classmethod
    def a_minute(cls, clock: Clock, *, client: int, public: int, failures: int) -> Self:
        """Return limits of so many requests a minute."""
        return cls(
            clients=RateLimiter(client, clock),
            public=RateLimiter(public, clock),
            failures=RateLimiter(failures, clock),
            places=RateLimiter(ALL_NAMES * failures, clock),
        )

    def require(self, place: str, named: str) -> None:
        """Refuse whoever failed too often."""
        self.places.require(place)
        self.failures.require(_key(place, named))

    def failed(self, place: str, named: str) -> None:
        """Count a failure."""
        self.places.spend(place)
        self.failures.spend(_key(place, named))

    def proven(self, place: str, client: Client) -> None:
        """Count a request of a client; one that cannot prove itself is anybody, and is counted by its address."""
        if client.registration.confidential:
            self.clients.spend(client.identifier)
        else:
            self.public.spend(_key(place, client.identifier))


def _key(place: str, named: str) -> str:
    """Return a key of bounded length: anybody chooses the name, and names beyond the longest there is are one."""
    return f"{place}\n{named[: MAX_IDENTIFIER + 1]}"
