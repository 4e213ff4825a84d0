"""How often a secret may be tried: counted before it is judged, for an account and for an address, known or not.

    admission = throttle.admit(attempt, FactorKind.PASSWORD)     # FACTOR_THROTTLED, FACTOR_LOCKED
    … the secret is judged …
    with database.unit_of_work() as uow:
        throttle.clear(uow, admission)                           # it was right: what was counted is taken back

Names nobody has are counted as those somebody has, and wait as long, so that waiting tells nothing of a name. Who signed in from an
address before is counted there apart: a stranger's tries elsewhere do not keep him out. A loopback address is nobody's place: behind a
proxy that was not named everybody has it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from idp.notices import Notice, notify
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.errors import TrustError
from trustkit.identity import ANONYMOUS
from trustkit.identity_codes import IdentityCode
from trustkit.store import factor_attempts as attempts
from trustkit.store.factor_attempts import Scope

if TYPE_CHECKING:
    from idp.factors.port import FactorKind
    from idp.sealing import Sealing
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_ACCOUNT: Final = "idp factor account v1"
_ADDRESS: Final = "idp factor address v1"
_MOST_DOUBLINGS: Final = 16  # beyond, the longest wait is reached in any case
NOBODY: Final = "nobody"  # how the trail names an account that does not exist


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient the throttle is.

    Attributes:
        free: tries of one account before it waits; the wait doubles from `first_wait` to `longest_wait` with each further one.
        most: tries in a row after which an account waits for `lock`.
        address: tries from one address within `window`, over all accounts, wrong ones only.
        forget: how long a quiet account's failures count.
        known: how long an address somebody signed in from counts as his.
    """

    free: int = 5
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(minutes=15)
    most: int = 100
    lock: timedelta = timedelta(days=7)
    address: int = 60
    window: timedelta = timedelta(minutes=15)
    forget: timedelta = timedelta(hours=24)
    known: timedelta = timedelta(days=30)

    def wait(self, failures: int) -> timedelta | None:
        """Return how long an account waits after so many tries in a row; None while it does not."""
        if failures >= self.most:
            return self.lock
        if failures < self.free:
            return None
        doublings = min(failures - self.free, _MOST_DOUBLINGS)
        return min(self.first_wait * (1 << doublings), self.longest_wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody tries to prove a factor.

    Attributes:
        person: whom the name that was typed stands for; None when nobody has it.
        name: the login name as it was looked up. It is kept as a keyed digest alone, and only where `person` is None.
        address: where the request comes from; kept as a keyed digest alone. Empty where there is none, as on a terminal.
    """

    person: str | None = field(repr=False)
    name: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A try that was counted and may be judged; the keys are those it was counted under."""

    attempt: Attempt
    account: str = field(repr=False)
    pair: str | None = field(repr=False)
    address: str | None = field(repr=False)


class Throttle:
    """Counts tries. Safe in several threads and processes: the store decides."""

    def __init__(self, database: Database, sealing: Sealing, limits: Limits | None = None) -> None:
        self._database = database
        self._sealing = sealing
        self._limits = limits or Limits()

    def admit(self, attempt: Attempt, kind: FactorKind) -> Admission:
        """Count a try. It stays counted until `clear`, whatever happens to the process.

        Raises:
            TrustError: FACTOR_THROTTLED with ``retry_after`` in seconds; FACTOR_LOCKED after `Limits.most` in a row.
        """
        with self._database.unit_of_work() as uow:
            return self.count(uow, attempt, kind)

    def count(self, uow: UnitOfWork, attempt: Attempt, kind: FactorKind) -> Admission:
        """Count a try in a unit that is committed before the secret is judged. Raise as `admit`."""
        admission, now = self.admission_of(uow, attempt, kind), attempt.at
        attempts.forget(uow, before=now - self._limits.forget, known_before=now - self._limits.known)
        self._count_account(uow, admission, kind)
        if admission.address is not None:
            self._count_address(uow, admission.address, now)
        return admission

    def require_open(self, unit: ReadUnit, attempt: Attempt, kind: FactorKind) -> None:
        """Refuse what `count` would refuse now, and write nothing. Raise as `admit`."""
        admission, now = self.admission_of(unit, attempt, kind), attempt.at
        for key in (admission.account, admission.address):
            until = None if key is None else attempts.waits_until(unit, key)
            if key is not None and until is not None and until > now:
                raise self._waiting(unit, key, now)

    def admit_address(self, attempt: Attempt, *, apart: str = "") -> str | None:
        """Count a try of what nobody guesses, such as a signature, under its address alone; return the key, None without an address.

        Whose account it is does not count: who knows no secret of his could keep him out. What is counted `apart`, by that name, keeps
        nobody at the address from anything else.

        Raises:
            TrustError: FACTOR_THROTTLED with ``retry_after`` in seconds.
        """
        if not attempt.address:
            return None
        parts = (attempt.address.encode(), *((apart.encode(),) if apart else ()))
        key, now = self._key(_ADDRESS, *parts), attempt.at
        with self._database.unit_of_work() as uow:
            attempts.forget(uow, before=now - self._limits.forget, known_before=now - self._limits.known)
            self._count_address(uow, key, now)
        return key

    def clear_address(self, uow: UnitOfWork, key: str | None) -> None:
        """Take back what `admit_address` counted, in the unit of the proof: it was right."""
        if key is not None:
            attempts.give_back(uow, key)

    def clear(self, uow: UnitOfWork, admission: Admission) -> None:
        """Take back what was counted, in the unit of the proof: it was right."""
        attempts.clear(uow, admission.account)
        if admission.address is not None:
            attempts.give_back(uow, admission.address)
        if admission.pair is not None and admission.attempt.person is not None:
            attempts.succeed(uow, admission.pair, person=admission.attempt.person, at=admission.attempt.at)

    def admission_of(self, unit: ReadUnit, attempt: Attempt, kind: FactorKind) -> Admission:
        """Return what a try is counted under: for a proof that comes later than its try, which `admit` counted."""
        whose = (b"person", attempt.person.encode()) if attempt.person else (b"name", attempt.name.encode())
        account = (kind.value.encode(), *whose)
        if not attempt.address or is_loopback(attempt.address):
            return Admission(attempt=attempt, account=self._key(_ACCOUNT, *account), pair=None, address=None)
        place = attempt.address.encode()
        pair = self._key(_ACCOUNT, *account, place)
        familiar = attempts.known(unit, pair, since=attempt.at - self._limits.known)
        return Admission(
            attempt=attempt,
            account=pair if familiar else self._key(_ACCOUNT, *account),
            pair=pair,
            address=self._key(_ADDRESS, place),
        )

    def _key(self, purpose: str, *parts: bytes) -> str:
        return self._sealing.mac(purpose, *parts).hex()

    def _count_account(self, uow: UnitOfWork, admission: Admission, kind: FactorKind) -> None:
        now, person = admission.attempt.at, admission.attempt.person
        scope = Scope.PAIR if admission.account == admission.pair else Scope.ACCOUNT
        since = now - self._limits.forget
        failures = attempts.count(uow, admission.account, scope, person=person, at=now, forget_before=since)
        if failures is None:
            raise self._waiting(uow, admission.account, now)
        wait = self._limits.wait(failures)
        if wait is None:
            return
        attempts.wait(uow, admission.account, until=now + wait)
        if failures not in {self._limits.free, self._limits.most}:
            return
        if person is not None:
            notify(uow, Notice.FACTOR_LOCKED, person=person, kind=kind.value, now=now)
        event = AuditEvent(
            type=EventType.FACTOR_LOCKED,
            at=now,
            actor=ANONYMOUS,
            object_type="person",
            object_id=person or NOBODY,
            outcome=Outcome.DENIED,
            facts={"failures": failures, "kind": kind.value},
        )
        trail.record(uow, event)

    def _count_address(self, uow: UnitOfWork, key: str, now: datetime) -> None:
        began = now - self._limits.window
        failures = attempts.count(uow, key, Scope.ADDRESS, person=None, at=now, forget_before=began)
        if failures is None:
            raise self._waiting(uow, key, now)
        if failures >= self._limits.address:
            attempts.wait(uow, key, until=now + self._limits.window)

    def _waiting(self, unit: ReadUnit, key: str, now: datetime) -> TrustError:
        until = attempts.waits_until(unit, key) or now
        seconds = max(1, math.ceil((until - now).total_seconds()))
        if until - now > self._limits.longest_wait:
            return TrustError(IdentityCode.FACTOR_LOCKED, "too many wrong tries in a row", retry_after=seconds)
        return TrustError(IdentityCode.FACTOR_THROTTLED, "too many wrong tries", retry_after=seconds)


def is_loopback(address: str) -> bool:
    """Tell whether an address is nobody's place."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False  # a network of IPv6
