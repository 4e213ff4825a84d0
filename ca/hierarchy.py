"""The tree of authorities of a home: a name in it, told in the trail, before the authority has a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.store import authorities

if TYPE_CHECKING:
    from trustkit.identity import Principal
    from trustkit.store.authorities import AuthorityRow
    from trustkit.store.unit_of_work import UnitOfWork


def add_authority(uow: UnitOfWork, row: AuthorityRow, actor: Principal) -> None:
    """Give a name a place in the tree. Raise CA_AUTHORITY_EXISTS, INPUT_TOO_LARGE, STORE_CONFLICT."""
    authorities.add(uow, row)
    facts: dict[str, FactValue] = {"key_kind": row.key_kind, "profile": row.profile}
    if row.parent is not None:
        facts["parent"] = row.parent
    event = AuditEvent(
        type=EventType.AUTHORITY_CREATED,
        at=row.created_at,
        actor=actor,
        object_type="authority",
        object_id=row.name,
        facts=facts,
    )
    trail.record(uow, event)
