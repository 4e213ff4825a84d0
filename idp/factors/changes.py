"""How the trail tells of a change to somebody's factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.identity import Principal
    from trustkit.store.factors import FactorRow
    from trustkit.store.unit_of_work import UnitOfWork


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
