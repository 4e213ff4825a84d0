"""The trail: written in the transaction of the act, read in order, never changed.

    with database.unit_of_work() as uow:
        licences.revoke(uow, identifier, at=now, reason="superseded")
        record(uow, AuditEvent(type=EventType.LICENCE_REVOKED, at=now, actor=who, object_type="licence",
                               object_id=identifier, reason="superseded"))

`record` is the only writer. Sequence numbers have no gaps and appear in order, so a reader that goes on from the last
number it saw misses nothing. Record last in a unit: on PostgreSQL the trail's lock is held from here to the commit.
The triggers stop every UPDATE and DELETE through SQL; an administrator who drops them, or adds events, is to be
caught by a signed log over the trail, which is not there yet.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, insert, select

from trustkit.audit.fact_kinds import COUNT_LIMIT
from trustkit.audit.facts import require_allowed
from trustkit.audit.personal_data import require_impersonal
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_limit
from trustkit.store.schema import audit_events as _table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trustkit.audit.events import AuditEvent, EventType, FactValue
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork, Values

# Visible ASCII without quotes, at-signs or spaces: codes and identifiers, no sentences and no names in Chinese. The
# second set is repeated by each form.
_WORD = r"[A-Za-z0-9][A-Za-z0-9._:/+#-]"
_FORMS: Final = (
    ("actor", re.compile(_WORD + r"{0,127}")),
    ("object_type", re.compile(r"[a-z][a-z-]{0,63}")),
    ("object_id", re.compile(_WORD + r"{0,255}")),
    ("reason", re.compile(rf"({_WORD}{{0,127}})?")),
    ("request_id", re.compile(rf"({_WORD}{{0,63}})?")),
)
# All kinds of facts together stay far below; this bounds a row should a table grow.
FACTS_LIMIT: Final = 4096

_NEXT_NUMBER = select(func.coalesce(func.max(_table.c.sequence), 0) + 1).scalar_subquery()
# On PostgreSQL a trigger takes the trail's lock and numbers the row again; on SQLite the writer is alone.
_INSERT = insert(_table).inline().values(sequence=_NEXT_NUMBER)
_LAST_SEQUENCE: Final = select(func.coalesce(func.max(_table.c.sequence), 0))
# Index (type, object_id, sequence): the trail of a large authority is never read through for the events about one thing.
_ABOUT: Final = (
    select(_table)
    .where(_table.c.type == bindparam("kind"), _table.c.object_id == bindparam("about"))
    .order_by(_table.c.sequence.desc())
    .limit(bindparam("most"))
)

_TOUCHED: Final = (
    select(_table.c.object_id)
    .where(
        _table.c.sequence > bindparam("after"),
        _table.c.sequence <= bindparam("upto"),
        _table.c.object_type == bindparam("kind"),
    )
    .order_by(_table.c.sequence)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEntry:
    """An event as the trail holds it. Words are plain text: a newer trustkit may have written types unknown here."""

    sequence: int
    at: datetime
    type: str
    actor: str
    object_type: str
    object_id: str
    outcome: str
    reason: str
    request_id: str
    facts: Mapping[str, FactValue]


def record(uow: UnitOfWork, event: AuditEvent) -> None:
    """Write `event` in the unit of the act it tells of; within `told_last`, at the end of that block.

    Raises:
        TrustError: AUDIT_PERSONAL_DATA, before anything is written, when a field or a fact is not of its form, is not
            in the table of its type, or looks like personal data; AUDIT_UNAVAILABLE when the trail refuses the row;
            DISK_FULL, STORE_UNREACHABLE. The act must not go on after any of them.
    """
    record_many(uow, (event,))


def record_many(uow: UnitOfWork, events: Sequence[AuditEvent]) -> None:
    """Write many events in the unit of the acts they tell of, in order, as one statement. Raise as `record`."""
    rows = [_values(event) for event in events]
    if uow.held_events is None:
        _write(uow, rows)
    else:
        uow.held_events.extend(rows)


@contextmanager
def told_last(uow: UnitOfWork) -> Iterator[None]:
    """Hold what the block records and write it at its end: acts of many in one unit keep the trail's lock no longer than those of one.

    Nothing is written of a block that raises. Raise as `record`.
    """
    held = uow.held_events = []
    try:
        yield
    finally:
        uow.held_events = None
    if held:
        _write(uow, held)


def list_events(
    unit: ReadUnit,
    *,
    after: int = 0,
    limit: int = 100,
    type: EventType | None = None,  # noqa: A002 - the field's name
    by: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[TrailEntry, ...]:
    """List events oldest first, those numbered above `after`; of a type, by an actor, from `since` on and before `until` where given.

    Raises:
        TrustError: USAGE for a limit over PAGE_LIMIT or an `after` no number can have.
    """
    if not 0 <= after < COUNT_LIMIT:
        raise TrustError(ErrorCode.USAGE, "the place to begin after is no sequence number")
    asked = (
        (_table.c.type == type.value if type is not None else None),
        (_table.c.actor == by if by else None),
        (_table.c.at >= since if since is not None else None),
        (_table.c.at < until if until is not None else None),
    )
    query = select(_table).where(_table.c.sequence > after, *(each for each in asked if each is not None))
    rows = unit.fetch_all(query.order_by(_table.c.sequence).limit(bounded_limit(limit)))
    return tuple(_entry(row) for row in rows)


def list_readable(unit: ReadUnit, *, after: int, limit: int) -> tuple[TrailEntry | int, ...]:
    """List as `list_events`, and of an entry that is damaged its number alone."""
    query = select(_table).where(_table.c.sequence > after).order_by(_table.c.sequence)
    return tuple(_readable(row) for row in unit.fetch_all(query.limit(bounded_limit(limit))))


def find_entry(unit: ReadUnit, sequence: int) -> TrailEntry | None:
    """Return the event of a number; None when there is none, or it cannot be read."""
    if not 0 < sequence < COUNT_LIMIT:
        return None
    row = unit.fetch_one(select(_table).where(_table.c.sequence == sequence))
    found = None if row is None else _readable(row)
    return None if isinstance(found, int) else found


def last_event(unit: ReadUnit, kind: EventType, object_id: str) -> TrailEntry | None:
    """Return the newest event of a type about one thing, None when the trail tells of none."""
    row = unit.fetch_one(_ABOUT, {"kind": kind.value, "about": object_id, "most": 1})
    return None if row is None else _entry(row)


def list_about(unit: ReadUnit, kind: EventType, object_id: str, *, limit: int = 100) -> tuple[TrailEntry, ...]:
    """List the newest events of a type about one thing, oldest first. Raise USAGE for a limit over PAGE_LIMIT."""
    rows = unit.fetch_all(_ABOUT, {"kind": kind.value, "about": object_id, "most": bounded_limit(limit)})
    return tuple(_entry(row) for row in reversed(rows))


def last_time(unit: ReadUnit) -> datetime | None:
    """Return when the newest event happened, None in an empty trail."""
    value = unit.fetch_value(select(_table.c.at).order_by(_table.c.sequence.desc()).limit(1))
    return value if isinstance(value, datetime) else None


def last_sequence(unit: ReadUnit) -> int:
    """Return the number of the newest event, 0 in an empty trail. As there are no gaps, it is also their count."""
    return int(unit.fetch_value(_LAST_SEQUENCE))


def _write(uow: UnitOfWork, rows: Sequence[Values]) -> None:
    with _taking():
        written = uow.write_many(_INSERT, rows)
    if written != len(rows):
        raise TrustError(ErrorCode.AUDIT_UNAVAILABLE, "the trail did not take every event")
    uow.note_events(len(rows))


@contextmanager
def _taking() -> Iterator[None]:
    try:
        yield
    except TrustError as error:
        if error.code in {ErrorCode.STORE_CONFLICT, ErrorCode.STORE_MIGRATION}:
            raise TrustError(ErrorCode.AUDIT_UNAVAILABLE, "the trail did not take what was told") from error
        raise


def _values(event: AuditEvent) -> Values:
    fields = _checked_fields(event)
    facts = canonical_json(dict(event.facts)).decode()
    if len(facts) > FACTS_LIMIT:
        raise TrustError(ErrorCode.AUDIT_PERSONAL_DATA, "the facts are too large", type=event.type.value)
    return fields | {"at": event.at, "type": event.type.value, "outcome": event.outcome.value, "facts": facts}


def list_touched(unit: ReadUnit, object_type: str, *, after: int, limit: int) -> tuple[int, tuple[str, ...]]:
    """Return the number of the newest event, and the ids of things of a type that events above `after` speak of.

    At most `limit` of them, oldest first. Every act has its event, and events become visible in the order of their numbers:
    who has seen those up to a number has missed no change before it.
    """
    newest = last_sequence(unit)
    if newest <= after:
        return newest, ()
    rows = unit.fetch_all(_TOUCHED, {"after": after, "upto": newest, "kind": object_type, "most": limit})
    return newest, tuple(row["object_id"] for row in rows)


def _checked_fields(event: AuditEvent) -> dict[str, object]:
    fields = {
        "actor": event.actor.id,
        "object_type": event.object_type,
        "object_id": event.object_id,
        "reason": event.reason,
        "request_id": event.request_id,
    }
    for name, form in _FORMS:
        if form.fullmatch(fields[name]) is None:
            raise TrustError(ErrorCode.AUDIT_PERSONAL_DATA, "a field has not its form", type=event.type.value, at=name)
        require_impersonal(name, fields[name])
    require_allowed(event.type, event.facts)
    for name, value in event.facts.items():
        require_impersonal(name, str(value))
    return dict(fields)


def _readable(row: Fields) -> TrailEntry | int:
    try:
        return _entry(row)
    except TrustError:
        return int(row["sequence"])


def _entry(row: Fields) -> TrailEntry:
    facts = parse_json(row["facts"].encode(), max_size=4 * FACTS_LIMIT)
    if not isinstance(facts, dict):
        raise TrustError(ErrorCode.AUDIT_UNAVAILABLE, "a row of the trail is damaged", sequence=row["sequence"])
    scalars = {name: value for name, value in facts.items() if isinstance(value, str | int)}
    return TrailEntry(**{**row, "facts": MappingProxyType(scalars)})
