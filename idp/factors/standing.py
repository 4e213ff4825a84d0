"""The factors a person has: listed for his own page, removed by who may, released from waits by an operator.

    standing.lines(unit, "np-…")
    standing.remove(enroller, "fa-…", elsewhere=no_link, now=now)

A removal is told to its owner, whoever did it: if it was not he, that is how he learns of it. What was removed as lost may be in
somebody's hand who is signed in by it: other sessions end in the same unit of work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from idp.factors.changes import FACTOR_REMOVED, record_change
from idp.factors.enroller import require_standing
from idp.factors.port import FactorKind
from idp.notices import Notice, notify
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import factor_attempts, factors, passkeys
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.factors.changes import Access
    from idp.factors.enroller import VerifiedEnroller
    from trustkit.store.database import Database
    from trustkit.store.factors import FactorRow
    from trustkit.store.unit_of_work import ReadUnit

# What a login can begin with; the others come second.
FIRST: Final = frozenset({FactorKind.PASSWORD, FactorKind.PASSKEY})
WAYS_IN: Final = "ways-in"  # whoever takes one away takes a turn first, and sees what the one before him left


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorLine:
    """One factor as its owner sees it; `left` is how many recovery codes there are, None for other kinds."""

    id: str
    kind: FactorKind
    label: str = field(repr=False)
    hardware: bool
    created_at: datetime
    used_at: datetime | None
    left: int | None


class StandingFactors:
    """What the home's people have. Safe in several threads."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    @staticmethod
    def lines(unit: ReadUnit, person: str) -> tuple[FactorLine, ...]:
        """List what a person has, oldest first."""
        return tuple(_line(unit, row) for row in factors.list_live(unit, person))

    def remove(
        self, enroller: VerifiedEnroller, factor: str, *, elsewhere: Callable[[ReadUnit], bool], now: datetime
    ) -> None:
        """Remove a factor of the enroller's person, and end every session but the enroller's own with what came of them.

        `elsewhere` says whether the person signs in by a provider too, asked when no other way in can go meanwhile. Without it the last factor a login can begin with stays, unless
        an operator removes it.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE, FACTOR_MISSING (also for somebody else's), FACTOR_LAST; STORE_CONFLICT when it was
                removed at the same time.
        """
        require_standing(enroller, now=now)
        with self._database.unit_of_work() as uow:
            next_value(uow, WAYS_IN)
            rows = factors.list_live(uow, enroller.person)
            row = next((row for row in rows if row.id == factor), None)
            if row is None:
                raise TrustError(IdentityCode.FACTOR_MISSING, "the person has no such factor")
            others = any(other.kind in FIRST and other.id != factor for other in rows)
            by_owner = enroller.actor.id == enroller.person
            if row.kind in FIRST and by_owner and not others and not elsewhere(uow):
                raise TrustError(IdentityCode.FACTOR_LAST, "nothing would be left to sign in with")
            passkeys.forget(uow, factor)
            factors.remove(uow, factor, at=now)
            notify(uow, Notice.FACTOR_REMOVED, person=row.person, kind=row.kind, now=now)
            record_change(uow, EventType.FACTOR_REMOVED, row, actor=enroller.actor, now=now)
            self._access.end(
                uow, row.person, reason=FACTOR_REMOVED, now=now, actor=enroller.actor, keep=enroller.session
            )

    def release(self, enroller: VerifiedEnroller, *, now: datetime) -> int:
        """End a person's waits and locks; return how many counts there were. Raise FACTOR_ENROLMENT_STALE."""
        require_standing(enroller, now=now)
        with self._database.unit_of_work() as uow:
            keys = factor_attempts.release(uow, enroller.person)
            event = AuditEvent(
                type=EventType.FACTOR_RELEASED,
                at=now,
                actor=enroller.actor,
                object_type="person",
                object_id=enroller.person,
                facts={"keys": keys},
            )
            trail.record(uow, event)
        return keys


def _line(unit: ReadUnit, row: FactorRow) -> FactorLine:
    kind = FactorKind(row.kind)
    return FactorLine(
        id=row.id,
        kind=kind,
        label=row.label,
        hardware=row.hardware,
        created_at=row.created_at,
        used_at=row.used_at,
        left=factors.count_codes(unit, row.id) if kind is FactorKind.RECOVERY else None,
    )
