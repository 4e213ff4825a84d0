"""Clients of the OpenID provider: who may ask, and with which registration. Secrets are kept as SM3 digests.

op_clients.add(uow, row)
row = op_clients.find(unit, "cl-…")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_clients as _table
from trustkit.store.op_schema import op_registration_tokens as _tokens

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

NAME_LIMIT = 64
REGISTRATION_LIMIT = 64 * 1024

_FIND = select(_table).where(_table.c.identifier == bindparam("key"))
_BY_NAME = select(_table).where(_table.c.name == bindparam("key"))
_LIST = select(_table).order_by(_table.c.name).limit(PAGE_LIMIT)
_REVOKE = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.revoked_at.is_(None))
_CHANGE = update(_table).where(
    _table.c.identifier == bindparam("key"), _table.c.registration == bindparam("before"), _table.c.revoked_at.is_(None)
)
_CHANGE_METHOD = _CHANGE.values(
    registration=bindparam("registration"), secret_sm3=None, former_secret_sm3=None, former_ends_at=None
)
_RENEW = update(_table).where(
    _table.c.identifier == bindparam("key"),
    func.coalesce(_table.c.secret_sm3, "") == bindparam("before"),
    _table.c.revoked_at.is_(None),
)
_OVER = select(_tokens.c.token_sm3).where(_tokens.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)
_FORGET = delete(_tokens).where(_tokens.c.token_sm3.in_(_OVER))
_SPEND = (
    update(_tokens)
    .where(_tokens.c.token_sm3 == bindparam("key"), _tokens.c.uses_left > 0, _tokens.c.expires_at > bindparam("now"))
    .values(uses_left=_tokens.c.uses_left - 1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpClientRow:
    """One client. `registration` is canonical JSON; `secret_sm3` hexadecimal, None for a client without a secret.

    `former_secret_sm3` is good until `former_ends_at`; both None where there is none.
    """

    identifier: str
    name: str
    secret_sm3: str | None = field(repr=False)
    registration: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None = None
    former_secret_sm3: str | None = field(default=None, repr=False)
    former_ends_at: datetime | None = None


def add(uow: UnitOfWork, row: OpClientRow) -> None:
    """Keep a new client. Raise STORE_CONFLICT when its name or identifier is taken."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["name"] = bounded_text("client name", row.name, NAME_LIMIT)
    values["registration"] = bounded_text("registration", row.registration, REGISTRATION_LIMIT)
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is a client of this name")


def change(uow: UnitOfWork, identifier: str, registration: str, *, before: str, keep_secret: bool) -> bool:
    """Write another registration of a client that is not revoked and had the one `before`; say False when it is not so.

    Without `keep_secret` it has no secret from now on, nor a former one.
    """
    text = bounded_text("registration", registration, REGISTRATION_LIMIT)
    return (
        uow.act(_CHANGE if keep_secret else _CHANGE_METHOD, {"key": identifier, "before": before, "registration": text})
        > 0
    )


def renew_secret(
    uow: UnitOfWork, identifier: str, secret_sm3: str, *, before: str | None, former_ends_at: datetime | None
) -> bool:
    """Give a client that is not revoked another secret; the one `before` is good until `former_ends_at`, no more where that is None.

    Say False, writing nothing, when it had not the one `before`.
    """
    values = {"secret_sm3": secret_sm3, "former_secret_sm3": before if former_ends_at else None}
    return uow.act(_RENEW, {**values, "former_ends_at": former_ends_at, "key": identifier, "before": before or ""}) > 0


def revoke(uow: UnitOfWork, identifier: str, *, at: datetime) -> None:
    """Revoke a client for good. Raise STORE_CONFLICT when there is none that is not revoked."""
    if not uow.act(_REVOKE, {"key": identifier, "revoked_at": at}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is no such client that is not revoked")


def find(unit: ReadUnit, identifier: str) -> OpClientRow | None:
    """Return the client with this identifier, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else OpClientRow(**row)


def find_by_name(unit: ReadUnit, name: str) -> OpClientRow | None:
    """Return the client of this name, or None."""
    row = unit.fetch_one(_BY_NAME, {"key": name})
    return None if row is None else OpClientRow(**row)


def list_all(unit: ReadUnit) -> tuple[OpClientRow, ...]:
    """List clients by name, revoked ones too; at most a page."""
    return tuple(OpClientRow(**row) for row in unit.fetch_all(_LIST))


def open_registration(
    uow: UnitOfWork, token_sm3: str, *, uses: int, created_at: datetime, expires_at: datetime
) -> None:
    """Keep an initial access token. Raise STORE_CONFLICT when it is there."""
    values = {"token_sm3": token_sm3, "uses_left": uses, "created_at": created_at, "expires_at": expires_at}
    if not uow.act(insert_or_skip(uow.dialect, _tokens), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is such a token")


def spend_registration(uow: UnitOfWork, token_sm3: str, *, now: datetime) -> bool:
    """Take one use of an initial access token; say False, writing nothing, when it has none left."""
    return uow.write(_SPEND, {"key": token_sm3, "now": now}) > 0


def forget_registrations(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove initial access tokens that ended before a time; return how many. At most a page at once."""
    return uow.write(_FORGET, {"before": before})
