"""A change to somebody's factors: how the trail tells of it, and what ends with a factor that is good no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.identity import Principal
    from trustkit.store.factors import FactorRow
    from trustkit.store.unit_of_work import UnitOfWork

PASSWORD_CHANGED: Final = "password-changed"  # noqa: S105 - a reason
FACTOR_REMOVED: Final = "factor-removed"


class Access(Protocol):
    """What people reached by their factors (`idp.op.access.PersonAccess`)."""

    def end(
        self, uow: UnitOfWork, person: str, *, reason: str, now: datetime, actor: Principal, keep: str | None
    ) -> None:
        """End a person's sessions and what came of them, but for the session to `keep`, in the unit of the change."""


def record_change(uow: UnitOfWork, kind: EventType, row: FactorRow, *, actor: Principal, now: datetime) -> None:
    """Record that a factor was enrolled, renewed or removed."""
    event = AuditEvent(
        type=kind,
        at=now,
        actor=actor,
        object_type="factor",
        object_id=row.id,
        outcome=Outcome.SUCCESS,
        facts={"hardware": int(row.hardware), "kind": row.kind, "pseudonym": row.person},
    )
    trail.record(uow, event)
