"""Reading the trail, which is itself recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.rows import TrailLine
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.authority import Authority

_PAGE = 500


def read_trail(authority: Authority, *, after: int, limit: int, event: str | None) -> tuple[TrailLine, ...]:
    """Return entries in order, and leave an entry of one's own that they were read.

    Raises:
        TrustError: USAGE for an event type that does not exist.
    """
    kind = _event_type(event)
    lines: list[TrailLine] = []
    with authority.database.reading() as unit:
        while len(lines) < limit:
            page = trail.list_events(unit, after=after, limit=min(_PAGE, limit - len(lines)), type=kind)
            if not page:
                break
            lines.extend(TrailLine(entry=entry) for entry in page)
            after = page[-1].sequence
    facts: dict[str, FactValue] = {"events": len(lines), "limit": limit}
    if kind is not None:
        facts["type"] = kind.value
    with authority.database.unit_of_work() as uow:
        read = AuditEvent(
            type=EventType.TRAIL_READ,
            at=authority.clock.now(),
            actor=authority.operator,
            object_type="trail",
            object_id="audit",
            facts=facts,
        )
        trail.record(uow, read)
    return tuple(lines)


def _event_type(name: str | None) -> EventType | None:
    if name is None:
        return None
    try:
        return EventType(name)
    except ValueError as error:
        raise TrustError(ErrorCode.USAGE, f"--type is one of {', '.join(kind.value for kind in EventType)}") from error
