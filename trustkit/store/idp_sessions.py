"""Sessions: who is signed in at which browser, until when, and on what grounds. Of a browser's secret the SM3 digest is kept.

idp_sessions.add(uow, row)
idp_sessions.find_by_secret(unit, secret_sm3)           # also one that ended: the service judges
idp_sessions.end(uow, row.id, at=now, reason="logout")  # True once
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, or_, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_limit, bounded_text
from trustkit.store.identity_schema import idp_interactions as _interactions
from trustkit.store.identity_schema import idp_logins as _logins
from trustkit.store.identity_schema import idp_session_upstreams as _upstreams
from trustkit.store.identity_schema import idp_sessions as _table
from trustkit.store.identity_schema import people as _people
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

GROUNDS_LIMIT: Final = 32 * 1024
METHODS_LIMIT: Final = 256
PROVIDER_LIMIT: Final = 64
MANDATE_LIMIT: Final = 64
REASON_LIMIT: Final = 64
UPSTREAM_LIMIT: Final = 128

# Whoever is locked out has no session, whatever became of its row.
_UNLOCKED = select(_table).join(_people, _people.c.id == _table.c.person).where(_people.c.locked_at.is_(None))
_FIND_BY_SECRET = _UNLOCKED.where(_table.c.secret_sm3 == bindparam("key"))
_FIND = _UNLOCKED.where(_table.c.id == bindparam("key"))
_RUNNING_OF = (
    select(_table)
    .where(_table.c.person == bindparam("whose"), _table.c.ended_at.is_(None), _table.c.expires_at > bindparam("now"))
    .order_by(_table.c.created_at.desc(), _table.c.id)
    .limit(bindparam("most"))
)
_BY_UPSTREAM = (
    select(_table)
    .where(
        or_(
            _table.c.upstream == bindparam("key"),
            _table.c.id.in_(select(_upstreams.c.session).where(_upstreams.c.upstream == bindparam("key"))),
        ),
        _table.c.ended_at.is_(None),
        _table.c.expires_at > bindparam("now"),
    )
    .order_by(_table.c.created_at.desc(), _table.c.id)
    .limit(bindparam("most"))
)
_LIVE = _RUNNING_OF.where(_table.c.seen_at > bindparam("used"))
_OLDER = (  # the newest beyond so many, and no more of it than that there is one
    select(_table.c.id)
    .where(
        _table.c.person == bindparam("whose"),
        _table.c.ended_at.is_(None),
        _table.c.expires_at > bindparam("now"),
        _table.c.seen_at > bindparam("used"),
    )
    .order_by(_table.c.created_at.desc(), _table.c.id)
    .limit(1)
    .offset(bindparam("newest"))
)
_OPEN = _RUNNING_OF.where(_table.c.id != bindparam("but"))
_RUNNING = (_table.c.id == bindparam("key"), _table.c.ended_at.is_(None))
_END = update(_table).where(*_RUNNING)
# Of two changes begun from one secret only one finds it.
_CHANGE = update(_table).where(*_RUNNING, _table.c.secret_sm3 == bindparam("before"))
_TOUCH = update(_table).where(*_RUNNING, _table.c.seen_at < bindparam("seen"))
_DROP_UPSTREAMS = delete(_upstreams).where(_upstreams.c.session == bindparam("key"))
_OVER = (
    select(_table.c.id)
    .where(
        _table.c.expires_at < bindparam("before"),
        _table.c.id.not_in(select(_interactions.c.session).where(_interactions.c.session.is_not(None))),
        _table.c.id.not_in(select(_logins.c.session).where(_logins.c.session.is_not(None))),
    )
    .limit(PAGE_LIMIT)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session as it is kept; `methods` are joined by spaces, `grounds` is canonical JSON (`idp.grounds`)."""

    id: str
    secret_sm3: str = field(repr=False)
    person: str = field(repr=False)
    identity_level: int
    authentication_level: int
    assured_until: datetime | None
    grounds: str = field(repr=False)
    authenticated_at: datetime
    methods: str
    mandate: str | None
    provider: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    reason: str = ""
    upstream: str = field(default="", repr=False)


def add(uow: UnitOfWork, row: SessionRow) -> None:
    """Write a new session. Raise STORE_CONFLICT when its id or secret is taken, INPUT_TOO_LARGE."""
    if not uow.act(insert_or_skip(uow.dialect, _table), _values(row)):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is such a session")


def change(uow: UnitOfWork, row: SessionRow, *, before: str) -> bool:
    """Write what became of a running session, whose secret was `before` (SM3, hex); say False when it is not so any more."""
    values = {name: value for name, value in _values(row).items() if name not in _FIXED}
    return uow.act(_CHANGE, {"key": row.id, "before": before, **values}) > 0


def find_by_secret(unit: ReadUnit, secret_sm3: str) -> SessionRow | None:
    """Return the session of a browser's secret, also when it ended; None for none, or of somebody who is locked out."""
    return _row(unit.fetch_one(_FIND_BY_SECRET, {"key": secret_sm3}))


def find(unit: ReadUnit, session: str) -> SessionRow | None:
    """Return a session by its id, as `find_by_secret`."""
    return _row(unit.fetch_one(_FIND, {"key": session}))


def list_live(
    unit: ReadUnit, person: str, *, now: datetime, used_after: datetime, limit: int = 100
) -> tuple[SessionRow, ...]:
    """List a person's sessions that neither ended nor expired and were used after a moment, newest first.

    Raises:
        TrustError: USAGE for a limit over PAGE_LIMIT.
    """
    values = {"whose": person, "now": now, "used": used_after, "most": bounded_limit(limit)}
    return tuple(SessionRow(**row) for row in unit.fetch_all(_LIVE, values))


def has_more(unit: ReadUnit, person: str, *, than: int, now: datetime, used_after: datetime) -> bool:
    """Tell whether a person has more than so many sessions as `list_live` lists them, without reading them."""
    values = {"whose": person, "now": now, "used": used_after, "newest": than}
    return unit.fetch_value(_OLDER, values) is not None


def list_open(
    unit: ReadUnit, person: str, *, now: datetime, but: str | None = None, limit: int = 100
) -> tuple[SessionRow, ...]:
    """List a person's sessions that neither ended nor expired, used or idle, save the one `but`. Raise as `list_live`."""
    values = {"whose": person, "now": now, "but": but or "", "most": bounded_limit(limit)}
    return tuple(SessionRow(**row) for row in unit.fetch_all(_OPEN, values))


def keep_upstreams(uow: UnitOfWork, session: str, marks: Iterable[str]) -> None:
    """Write which sessions at providers a session stands on now, in place of those it stood on."""
    uow.write(_DROP_UPSTREAMS, {"key": session})
    for mark in marks:
        values = {"session": session, "upstream": bounded_text("upstream", mark, UPSTREAM_LIMIT)}
        uow.write(insert_or_skip(uow.dialect, _upstreams), values)


def list_upstream(unit: ReadUnit, upstream: str, *, now: datetime, limit: int = 100) -> tuple[SessionRow, ...]:
    """List the sessions that came of a provider's session, or were raised by it, as `list_live`."""
    rows = unit.fetch_all(_BY_UPSTREAM, {"key": upstream, "now": now, "most": bounded_limit(limit)})
    return tuple(SessionRow(**row) for row in rows)


def end(uow: UnitOfWork, session: str, *, at: datetime, reason: str) -> bool:
    """End a session; say False, writing nothing, when it had ended."""
    return uow.act(_END, {"key": session, "ended_at": at, "reason": bounded_text("reason", reason, REASON_LIMIT)}) > 0


def touch(uow: UnitOfWork, session: str, *, at: datetime) -> None:
    """Note that a session was used: bookkeeping, not told in the trail."""
    uow.write(_TOUCH, {"key": session, "seen": at, "seen_at": at})


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove sessions whose time was over before a moment; return how many. At most a page at once; what was done in them is in the trail."""
    over = [str(row["id"]) for row in uow.fetch_all(_OVER, {"before": before})]
    if over:
        uow.write(delete(_upstreams).where(_upstreams.c.session.in_(over)))
        uow.write(delete(_table).where(_table.c.id.in_(over)))
    return len(over)


_FIXED: Final = frozenset({"id", "person", "created_at", "ended_at", "reason"})


def _values(row: SessionRow) -> dict[str, object]:
    values = {each.name: getattr(row, each.name) for each in fields(row)}
    values["grounds"] = bounded_text("grounds", row.grounds, GROUNDS_LIMIT)
    values["methods"] = bounded_text("methods", row.methods, METHODS_LIMIT)
    values["provider"] = bounded_text("provider", row.provider, PROVIDER_LIMIT)
    values["upstream"] = bounded_text("upstream", row.upstream, UPSTREAM_LIMIT)
    if row.mandate is not None:
        values["mandate"] = bounded_text("mandate", row.mandate, MANDATE_LIMIT)
    return values


def _row(row: Fields | None) -> SessionRow | None:
    return None if row is None else SessionRow(**row)
