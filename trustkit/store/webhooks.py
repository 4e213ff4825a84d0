"""Where organisations are told of changes (webhooks), how far each was told, and the last things that went wrong.

    row = webhooks.add(uow, row)
    taken = webhooks.take(uow, row, due_at=lease)            # None when another process has it
    taken = webhooks.go_on(uow, taken, place=4712, ...)      # told so far; raises STORE_CONFLICT when it was overtaken

Whoever takes a row moves its due time on and its `taken` up. One that dies leaves it to the next when the time has come.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_limit, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.webhook_schema import webhook_failures as _failures
from trustkit.store.webhook_schema import webhooks as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

MOST_FAILURES: Final = 50  # kept of each
_LISTS: Final = ("changes", "licences")
_LIMITS: Final = {"client": 128, "token_id": 256, "person": 128, "mandate": 64, "url": 2048, "changes": 1024, "licences": 16384}  # fmt: skip
_FIND: Final = select(_table).where(_table.c.identifier == bindparam("key"))
_MINE: Final = (_table.c.identifier == bindparam("key"), _table.c.taken == bindparam("seen"))
_OVER: Final = (
    select(_table.c.identifier).where(_table.c.state == "ended", _table.c.ended_at < bindparam("before")).limit(PAGE_LIMIT)
)  # fmt: skip
_NEWEST: Final = (
    select(_failures.c.at)
    .where(_failures.c.webhook == bindparam("key"))
    .order_by(_failures.c.at.desc())
    .limit(1)
    .offset(MOST_FAILURES)
)


@unique
class WebhookState(StrEnum):
    """Whether a webhook is told."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # and goes on from its place when it is resumed
    ENDED = "ended"  # for good


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """A webhook.

    Attributes:
        organisation: the code (USCC) of whose copies and authorisations it is told.
        client, token_id, person, mandate: by whose token it was asked for last; the last three are empty where another home's provider made it.
        changes: the names of those it is told of, empty for all; `licences` likewise their identifiers.
        place: number of the trail's entry it was told of last.
        attempts: how often the next one was tried in vain, since `failing_since`.
    """

    identifier: str
    organisation: str
    client: str
    token_id: str = field(default="", repr=False)
    person: str = field(default="", repr=False)
    mandate: str = ""
    url: str
    changes: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    algorithm: str
    state: WebhookState = WebhookState.ACTIVE
    reason: str = ""
    place: int
    attempts: int = 0
    failing_since: datetime | None = None
    due_at: datetime
    taken: int = 0
    created_at: datetime
    valid_until: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFailure:
    """One attempt in vain. `status` is the answer's, 0 where there was none; `told` a code."""

    webhook: str
    at: datetime
    number: int
    attempt: int
    status: int
    told: str


def add(uow: UnitOfWork, row: WebhookRow) -> None:
    """Keep a new webhook. Raise INPUT_TOO_LARGE, STORE_CONFLICT when its identifier is taken."""
    uow.act(insert(_table), _values(row))


def find(unit: ReadUnit, identifier: str) -> WebhookRow | None:
    """Return a webhook, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else _row(row)


def list_webhooks(
    unit: ReadUnit, *, organisation: str = "", state: WebhookState | None = None, after: str = "", limit: int = PAGE_LIMIT
) -> tuple[WebhookRow, ...]:  # fmt: skip
    """List webhooks by identifier: of an organisation or of all, in one state or in any."""
    query = select(_table).where(_table.c.identifier > after)
    if organisation:
        query = query.where(_table.c.organisation == organisation)
    if state is not None:
        query = query.where(_table.c.state == state.value)
    return tuple(map(_row, unit.fetch_all(query.order_by(_table.c.identifier).limit(bounded_limit(limit)))))


def count_lasting(unit: ReadUnit, organisation: str = "") -> int:
    """Return how many webhooks of an organisation, or of all, have not ended."""
    query = select(func.count()).select_from(_table).where(_table.c.state != WebhookState.ENDED.value)
    return int(unit.fetch_value(query.where(_table.c.organisation == organisation) if organisation else query))


def take(uow: UnitOfWork, row: WebhookRow, *, due_at: datetime) -> WebhookRow | None:
    """Take an active webhook in hand until a time, and return it as it is then; None when another process has it."""
    change = update(_table).where(*_MINE, _table.c.state == WebhookState.ACTIVE.value)
    taken = uow.write(change.values(taken=row.taken + 1, due_at=due_at), {"key": row.identifier, "seen": row.taken})
    return replace(row, taken=row.taken + 1, due_at=due_at) if taken else None


def change(uow: UnitOfWork, row: WebhookRow, **values: object) -> WebhookRow:
    """Write what changed of a webhook, which then nobody has in hand but whoever called. Raise STORE_CONFLICT when it was overtaken.

    A change of state is an act, told to the trail; how far it was told is none.
    """
    after = replace(row, **values, taken=row.taken + 1)  # type: ignore[arg-type]  # names and types are those of the row
    told = {name: value for name, value in _values(after).items() if name != "identifier"}
    statement = update(_table).where(*_MINE).values(**told)
    write = uow.write if after.state is row.state and after.valid_until == row.valid_until else uow.act
    if not write(statement, {"key": row.identifier, "seen": row.taken}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the webhook was changed meanwhile")
    return after


def note_failure(uow: UnitOfWork, failure: WebhookFailure) -> None:
    """Keep an attempt in vain, and no more than the last 50 of its webhook."""
    uow.write(insert_or_skip(uow.dialect, _failures), asdict(failure))
    oldest = uow.fetch_one(_NEWEST, {"key": failure.webhook})
    if oldest is not None:
        uow.write(delete(_failures).where(_failures.c.webhook == failure.webhook, _failures.c.at <= oldest["at"]))


def list_failures(unit: ReadUnit, identifier: str) -> tuple[WebhookFailure, ...]:
    """List the last attempts in vain, the newest first."""
    query = select(_failures).where(_failures.c.webhook == identifier).order_by(_failures.c.at.desc())
    return tuple(WebhookFailure(**row) for row in unit.fetch_all(query.limit(MOST_FAILURES)))


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove webhooks that ended before a time, with what went wrong; return how many. At most a page at once."""
    uow.write(delete(_failures).where(_failures.c.webhook.in_(_OVER)), {"before": before})
    return uow.write(delete(_table).where(_table.c.identifier.in_(_OVER)), {"before": before})


def _values(row: WebhookRow) -> dict[str, object]:
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values |= {name: canonical_json(list(values[name])).decode() for name in _LISTS}
    values |= {"state": row.state.value}
    for name, limit in _LIMITS.items():
        bounded_text(name, str(values[name]), limit)
    return values


def _row(row: Fields) -> WebhookRow:
    lists = {name: tuple(map(str, _list(row[name]))) for name in _LISTS}
    return WebhookRow(**{**row, **lists, "state": WebhookState(row["state"])})


def _list(text: str) -> list[object]:
    found = parse_json(text.encode())
    return [*found] if isinstance(found, list) else []
