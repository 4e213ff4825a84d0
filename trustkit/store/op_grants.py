"""Grants, and the codes and refresh tokens that come of them. Each code and token is used once; revoking a grant ends them all.

op_grants.add(uow, grant)
op_grants.add_code(uow, code)
op_grants.use_code(uow, code_sm3, at=now)            # True once, whoever else tries at the same time
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import bindparam, delete, func, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_codes as _codes
from trustkit.store.op_schema import op_grants as _table
from trustkit.store.op_schema import op_polls as _polls
from trustkit.store.op_schema import op_refresh_tokens as _tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Table

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

TEXT_LIMIT = 16 * 1024

_FIND = select(_table).where(_table.c.identifier == bindparam("key"))
_OF_SESSION = (
    select(_table).where(_table.c.session == bindparam("key"), _table.c.revoked_at.is_(None)).limit(PAGE_LIMIT)
)
_OF_PERSON = (
    select(_table)
    .where(
        _table.c.person == bindparam("person"),
        _table.c.client == bindparam("client"),
        _table.c.identifier > bindparam("after"),
        _table.c.revoked_at.is_(None),
    )
    .order_by(_table.c.identifier)
    .limit(PAGE_LIMIT)
)
# What is the same to its owner, and ends by the same, is one: a client with thousands of grants hides no other's.
_KINDS = (
    select(
        func.min(_table.c.identifier).label("identifier"),
        func.min(_table.c.created_at).label("since"),
        func.max(_table.c.expires_at).label("until"),
    )
    .where(
        _table.c.person == bindparam("person"), _table.c.expires_at > bindparam("now"), _table.c.revoked_at.is_(None)
    )
    .group_by(_table.c.client, _table.c.session, _table.c.mandate, _table.c.scopes)
    .order_by(func.min(_table.c.created_at))
    .limit(PAGE_LIMIT)
)
_CLIENTS = (
    select(_table.c.client)
    .where(_table.c.session == bindparam("key"), _table.c.revoked_at.is_(None))
    .distinct()
    .order_by(_table.c.client)
    .limit(PAGE_LIMIT)
)
_LIVE = (
    select(_table)
    .where(
        _table.c.person == bindparam("person"),
        _table.c.session != bindparam("but"),
        _table.c.expires_at > bindparam("now"),
        _table.c.revoked_at.is_(None),
    )
    .limit(PAGE_LIMIT)
)
_REVOKE = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.revoked_at.is_(None))
_BIND = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.binding == "")
_FIND_CODE = select(_codes).where(_codes.c.code_sm3 == bindparam("key"))
_USE_CODE = update(_codes).where(_codes.c.code_sm3 == bindparam("key"), _codes.c.used_at.is_(None))
_FIND_TOKEN = select(_tokens).where(_tokens.c.token_sm3 == bindparam("key"))
_USE_TOKEN = update(_tokens).where(_tokens.c.token_sm3 == bindparam("key"), _tokens.c.used_at.is_(None))
# A used code or token is kept until its grant ends: used again, it must be known for what it is.
_ENDED = select(_table.c.identifier).where(_table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """What a person allowed a client. `binding` is how its tokens are bound: ``jkt:…``, ``x5t:…``, empty when they are not."""

    identifier: str
    client: str
    person: str = field(repr=False)
    session: str
    mandate: str | None
    scopes: str
    resources: str
    identity_level: int
    authentication_level: int
    authenticated_at: datetime
    methods: str
    binding: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """An authorization code, by its digest (hexadecimal)."""

    code_sm3: str = field(repr=False)
    grant_id: str
    redirect_uri: str = field(repr=False)
    challenge: str
    nonce: str = field(repr=False)
    acr_values: str = ""
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshRow:
    """A refresh token, by its digest (hexadecimal)."""

    token_sm3: str = field(repr=False)
    grant_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def add(uow: UnitOfWork, row: GrantRow) -> None:
    """Keep a new grant. Raise STORE_CONFLICT when its identifier is taken."""
    for name in ("scopes", "resources", "methods"):
        bounded_text(name, getattr(row, name), TEXT_LIMIT)
    if not uow.act(insert_or_skip(uow.dialect, _table), _values(_table, row)):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the identifier is taken")


def find(unit: ReadUnit, identifier: str) -> GrantRow | None:
    """Return a grant, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else GrantRow(**row)


def list_of_session(unit: ReadUnit, session: str) -> tuple[GrantRow, ...]:
    """List the grants made in a session that are not revoked; at most a page."""
    return tuple(GrantRow(**row) for row in unit.fetch_all(_OF_SESSION, {"key": session}))


def clients_of_session(unit: ReadUnit, session: str) -> tuple[str, ...]:
    """List the clients that have grants of a session which are not revoked; at most a page, however many grants there are."""
    return tuple(str(row["client"]) for row in unit.fetch_all(_CLIENTS, {"key": session}))


def each_of_person(unit: ReadUnit, person: str, client: str) -> Iterator[GrantRow]:
    """Give all that a person allowed a client and is not revoked, a page at a time: a client makes as many as it likes."""
    after = ""
    while page := unit.fetch_all(_OF_PERSON, {"person": person, "client": client, "after": after}):
        rows = [GrantRow(**row) for row in page]
        yield from rows
        after = rows[-1].identifier


def list_live(unit: ReadUnit, person: str, *, now: datetime, but: str | None = None) -> tuple[GrantRow, ...]:
    """List what a person allowed anybody and is neither revoked nor over, save in the session `but`; at most a page."""
    return tuple(GrantRow(**row) for row in unit.fetch_all(_LIVE, {"person": person, "now": now, "but": but or ""}))


def list_kinds(unit: ReadUnit, person: str, *, now: datetime) -> tuple[GrantRow, ...]:
    """List one of each kind of what is neither revoked nor over, by client, session, mandate and scopes, the oldest first; at most a page.

    It has the time of the first of its kind and the end of the last.
    """
    found = unit.fetch_all(_KINDS, {"person": person, "now": now})
    rows = ((find(unit, str(each["identifier"])), each) for each in found)
    return tuple(
        replace(row, created_at=cast("datetime", each["since"]), expires_at=cast("datetime", each["until"]))
        for row, each in rows
        if row is not None
    )


def revoke(uow: UnitOfWork, identifier: str, *, at: datetime, reason: str) -> bool:
    """Revoke a grant, and with it all that came of it; say False when it was before."""
    return uow.act(_REVOKE, {"key": identifier, "revoked_at": at, "reason": reason}) > 0


def bind(uow: UnitOfWork, identifier: str, binding: str) -> bool:
    """Bind a grant that is not bound yet to a key; say False when it is."""
    return uow.write(_BIND.values(binding=bindparam("to")), {"key": identifier, "to": binding}) > 0


def add_code(uow: UnitOfWork, row: CodeRow) -> None:
    """Keep a new code. Raise STORE_CONFLICT when it is taken."""
    bounded_text("redirect URI", row.redirect_uri, TEXT_LIMIT)
    bounded_text("nonce", row.nonce, TEXT_LIMIT)
    bounded_text("acr_values", row.acr_values, TEXT_LIMIT)
    _insert(uow, _codes, row)


def find_code(unit: ReadUnit, code_sm3: str) -> CodeRow | None:
    """Return a code, or None."""
    row = unit.fetch_one(_FIND_CODE, {"key": code_sm3})
    return None if row is None else CodeRow(**row)


def use_code(uow: UnitOfWork, code_sm3: str, *, at: datetime) -> bool:
    """Mark a code used; say False, writing nothing, when it was before."""
    return uow.act(_USE_CODE, {"key": code_sm3, "used_at": at}) > 0


def add_refresh(uow: UnitOfWork, row: RefreshRow) -> None:
    """Keep a new refresh token. Raise STORE_CONFLICT when it is taken."""
    _insert(uow, _tokens, row)


def find_refresh(unit: ReadUnit, token_sm3: str) -> RefreshRow | None:
    """Return a refresh token, or None."""
    row = unit.fetch_one(_FIND_TOKEN, {"key": token_sm3})
    return None if row is None else RefreshRow(**row)


def use_refresh(uow: UnitOfWork, token_sm3: str, *, at: datetime) -> bool:
    """Mark a refresh token used; say False, writing nothing, when it was before."""
    return uow.act(_USE_TOKEN, {"key": token_sm3, "used_at": at}) > 0


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove grants that ended before a time, with their codes and tokens; return how many. At most a page at once."""
    ended = [str(row["identifier"]) for row in uow.fetch_all(_ENDED, {"before": before})]
    if ended:
        for table in (_codes, _tokens, _polls):
            uow.write(delete(table).where(table.c.grant_id.in_(ended)))
        uow.write(delete(_table).where(_table.c.identifier.in_(ended)))
    return len(ended)


def _insert(uow: UnitOfWork, table: Table, row: CodeRow | RefreshRow) -> None:
    if not uow.write(insert_or_skip(uow.dialect, table), _values(table, row)):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the identifier is taken")


def _values(table: Table, row: GrantRow | CodeRow | RefreshRow) -> Mapping[str, object]:
    return {column.name: getattr(row, column.name) for column in table.c}
