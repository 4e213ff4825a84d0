"""The time-stamping authority of a home: for the house's own signatures, for the service, and its clock's mark."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from ca.clock_guard import ClockGuard
from ca.stamp_queue import StampQueue
from ca.stamp_serials import StampSerials
from ca.stamping import CLOCK_MARK, TimestampAuthority
from trustkit.app.algorithms import algorithm_policy
from trustkit.app.kernel_clock import KernelClockHealth
from trustkit.app.stamping_units import ISSUING, require_unit, unit_certificate, unit_key, unit_names
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.custody.policed import policed
from trustkit.store import clock_marks

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome

SERIALS_AT_ONCE: Final = 1000  # of the service; what is left of them when it ends is never used
_SERIALS_OF_A_DESK: Final = 64  # the same for whoever signs files


def stamping_authority(
    home: OpenedHome,
    keys: Keys,
    *,
    unit: str = ISSUING,
    guard: ClockGuard | None = None,
    serials: StampSerials | None = None,
) -> TimestampAuthority:
    """Return the authority with the current certificate of a unit, that of the issuing CA unless told.

    Raises:
        TrustError: OWN_CERTIFICATE, PASSPHRASE_WRONG, KEY_*; ALGORITHM_SUNSET when stamps are no longer made by its suite.
    """
    certificate = unit_certificate(home, unit)
    settings, rules = home.settings.timestamp, algorithm_policy(home.settings.home)
    return TimestampAuthority(
        database=home.database,
        guard=guard or clock_guard(home),
        serials=serials or StampSerials(database=home.database),
        signer=policed(keys.signer(unit_key(unit), certificate), rules, AlgorithmUse.TIMESTAMP, home.clock),
        certificate=certificate,
        chain=home.authorities.above(certificate),
        policies=settings.policy_oids(),
        accuracy=settings.accuracy,
        ordering=settings.ordering,
    )


def desk_stamps(home: OpenedHome, keys: Keys) -> TimestampAuthority:
    """Return the authority for somebody who may sign many files: it takes serial numbers from the store in blocks. Raise as `stamping_authority`."""
    return stamping_authority(home, keys, serials=StampSerials(database=home.database, block=_SERIALS_OF_A_DESK))


def clock_guard(home: OpenedHome) -> ClockGuard:
    """Return a guard that knows what the store has seen of time, less the accuracy clocks of several machines may differ by."""
    settings = home.settings.timestamp
    seen = latest_seen(home)
    now = home.clock.now()
    return ClockGuard(
        clock=home.clock,
        floor=now if seen is None else seen - settings.accuracy,
        tolerance=settings.accuracy,
        health=KernelClockHealth() if settings.synchronised_clock else None,
    )


def latest_seen(home: OpenedHome) -> datetime | None:
    """Return the latest time the store tells of: that of the last stamp or of the trail's newest entry."""
    with home.database.reading() as unit:
        found = [each for each in (clock_marks.find(unit, CLOCK_MARK), trail.last_time(unit)) if each is not None]
    return max(found, default=None)


def stamp_queues(home: OpenedHome, keys: Keys) -> dict[str, StampQueue]:
    """Return the service's queues by kind of key and by authority; the certificates are looked up again every minute.

    The first is that of the issuing CA's unit. A kind of key is served by the first unit that has it. Stamping by a unit whose
    certificate is missing, expired or revoked, or whose suite no longer serves, is refused in each answer.
    """
    guard = clock_guard(home)
    serials = StampSerials(database=home.database, block=SERIALS_AT_ONCE)

    def make(unit: str) -> TimestampAuthority:
        require_unit(home, unit)
        authority = stamping_authority(home, keys, unit=unit, guard=guard, serials=serials)
        authority.prove()
        return authority

    queues = {name: StampQueue(make=partial(make, name), clock=home.clock) for name in unit_names(home)}
    kinds: dict[str, StampQueue] = {}
    for name, queue in queues.items():
        kinds.setdefault(unit_certificate(home, name).public_key.kind.value, queue)
    return kinds | {name: queue for name, queue in queues.items() if name not in kinds}


def accept_clock(home: OpenedHome) -> datetime | None:
    """Take the clock's word against the store's: put the mark back to now, told in the trail. Return what it was."""
    now = home.clock.now()
    seen = latest_seen(home)
    event = AuditEvent(
        type=EventType.CLOCK_ACCEPTED,
        at=now,
        actor=home.operator,
        object_type="clock",
        object_id=CLOCK_MARK,
        facts={"mark": format_rfc3339(seen)} if seen is not None else {},
    )
    with home.database.unit_of_work() as uow:
        clock_marks.put_back(uow, CLOCK_MARK, now)
        trail.record(uow, event)
    return seen
