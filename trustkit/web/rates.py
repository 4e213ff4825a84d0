"""A token bucket for each client, bounded in number; addresses are held in memory only and never logged."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from starlette.types import Scope

    from trustkit.clock import Clock

MAX_CLIENTS: Final = 20_000  # some 4 MB; the least recently seen client is forgotten first
_SECONDS: Final = 60.0
_KEPT: Final = "trustkit.allowances"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a caller may ask, and has left: a quota by name in a window of seconds (None: until a time), all of it again after `resets` seconds."""

    name: str
    quota: int
    window: int | None
    left: int
    resets: int


def keep_allowances(scope: Scope, allowances: tuple[Allowance, ...]) -> None:
    """Keep what a caller has left for the headers of the answer, beside what was kept under other names."""
    kept: dict[str, Allowance] = {each.name: each for each in (*scope.get(_KEPT, ()), *allowances)}
    scope[_KEPT] = tuple(kept.values())


def rate_headers(*allowances: Allowance, scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """Return ``RateLimit-Policy`` and ``RateLimit`` of these and the kept ones (draft-ietf-httpapi-ratelimit-headers-10)."""
    every = (*allowances, *scope.get(_KEPT, ()))
    policy = ", ".join(
        f'"{each.name}";q={each.quota}' + (f";w={each.window}" if each.window is not None else "") for each in every
    )
    left = ", ".join(f'"{each.name}";r={each.left};t={each.resets}' for each in every)
    return (b"ratelimit-policy", policy.encode("ascii")), (b"ratelimit", left.encode("ascii"))


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """Allows `per_minute` requests a client, with bursts of a tenth of that (at least one)."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._rate = per_minute / _SECONDS
        self._burst = max(1.0, per_minute / 10)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def allowance(self, client: str) -> Allowance:
        """Return what a client has left, and take nothing."""
        with self._lock:
            bucket = self._buckets.get(client)
            spent = 0.0
            if bucket is not None:
                again = (self._clock.monotonic() - bucket.at) * self._rate
                spent = max(0.0, self._burst - bucket.tokens - again)
        return Allowance(
            name="address",
            quota=int(self._burst),
            window=math.ceil(self._burst / self._rate),
            left=int(self._burst - spent),
            resets=math.ceil(spent / self._rate),
        )

    def require(self, client: str) -> None:
        """Refuse a client whose bucket is empty, and take nothing from it: for what is counted afterwards.

        Raises:
            TrustError: REQUEST_RATE as `spend`.
        """
        with self._lock:
            bucket = self._buckets.get(client)
            if bucket is None:
                return
            tokens = min(self._burst, bucket.tokens + (self._clock.monotonic() - bucket.at) * self._rate)
            if tokens < 1:
                wait = math.ceil((1 - tokens) / self._rate)
                raise TrustError(ErrorCode.REQUEST_RATE, "too many requests", retry_after=wait)

    def spend(self, client: str, count: int = 1) -> None:
        """Take requests from the client's bucket, all of them or none: who is refused has not paid for it.

        Raises:
            TrustError: REQUEST_RATE with ``retry_after``, the seconds until so many are there; none ever are beyond a burst.
        """
        now = self._clock.monotonic()
        with self._lock:
            bucket = self._buckets.pop(client, None) or _Bucket(self._burst, now)
            bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
            bucket.at = now
            self._buckets[client] = bucket
            if len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
            if bucket.tokens < count:
                wait = math.ceil((count - bucket.tokens) / self._rate)
                raise TrustError(ErrorCode.REQUEST_RATE, "too many requests", retry_after=wait)
            bucket.tokens -= count
