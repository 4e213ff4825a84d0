"""Reading the trail, which is itself recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.rows import TrailLine
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.audit.examination import TRAIL
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.app.authority import Authority
    from trustkit.audit.events import FactValue
    from trustkit.audit.trail import TrailEntry
    from trustkit.store.unit_of_work import ReadUnit

_PAGE = 500
SIGNED_IN_FOR: Final = frozenset({EventType.OFFICIAL_ACTED, EventType.OFFICIAL_STEPPED_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailWish:
    """Which entries: above a number, at most so many, of one event type, by one actor, of one act somebody signed in for, in a time."""

    after: int = 0
    limit: int = 200
    event: str | None = None
    by: str = ""
    act: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read_trail(authority: Authority, wish: TrailWish) -> tuple[TrailLine, ...]:
    """Return entries in order, and leave an entry of one's own that they were read.

    Raises:
        TrustError: USAGE for an event type that does not exist, or an act together with a type.
    """
    kind = _event_type(wish.event)
    if wish.act and kind is not None and kind not in SIGNED_IN_FOR:
        raise TrustError(ErrorCode.USAGE, "--act is of who signed in for it: leave --type out")
    with authority.database.reading() as unit:
        found = _found(unit, wish, kind)
    facts: dict[str, FactValue] = {"events": len(found), "limit": wish.limit}
    if kind is not None:
        facts["type"] = kind.value
    if wish.by and found:  # what nobody is called may be anything
        facts["by"] = wish.by
    record_of_trail(authority, EventType.TRAIL_READ, facts)
    return tuple(TrailLine(entry=entry) for entry in found)


def record_of_trail(authority: Authority, kind: EventType, facts: Mapping[str, FactValue]) -> None:
    """Leave an entry about the trail itself."""
    event = AuditEvent(
        type=kind,
        at=authority.clock.now(),
        actor=authority.operator,
        object_type="trail",
        object_id=TRAIL,
        facts=facts,
    )
    with authority.database.unit_of_work() as uow:
        trail.record(uow, event)


def _found(unit: ReadUnit, wish: TrailWish, kind: EventType | None) -> list[TrailEntry]:
    found: list[TrailEntry] = []
    after = wish.after
    while len(found) < wish.limit:
        page = trail.list_events(
            unit, after=after, limit=_PAGE, type=kind, by=wish.by, since=wish.since, until=wish.until
        )
        if not page:
            break
        found.extend(each for each in page if not wish.act or _is_of_act(each, wish.act))
        after = page[-1].sequence
    return found[: wish.limit]


def _is_of_act(entry: TrailEntry, act: str) -> bool:
    return entry.type in SIGNED_IN_FOR and entry.facts.get("act") == act


def _event_type(name: str | None) -> EventType | None:
    if name is None:
        return None
    try:
        return EventType(name)
    except ValueError as error:
        raise TrustError(ErrorCode.USAGE, f"--type is one of {', '.join(kind.value for kind in EventType)}") from error
