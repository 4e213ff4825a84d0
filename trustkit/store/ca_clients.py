"""API clients of the certificate authority: who may call, in which role, until when. Secrets are kept as SM3 digests.

ca_clients.add(uow, row)
row = ca_clients.find(unit, "4f1c…")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.machine_schema import ca_clients as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

NAME_LIMIT = 64
GRANT_LIMIT = 64 * 1024

_FIND = select(_table).where(_table.c.identifier == bindparam("key"))
_BY_NAME = select(_table).where(_table.c.name == bindparam("key"))
_GRANT = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.revoked_at.is_(None))
_REVOKE = update(_table).where(_table.c.name == bindparam("key"), _table.c.revoked_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """One client. `secret_sm3` is the digest of its secret, hexadecimal; `granted` the text of `ca.client_grant.ClientGrant`."""

    identifier: str
    name: str
    role: str
    secret_sm3: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    granted: str = ""


def add(uow: UnitOfWork, row: ClientRow) -> None:
    """Keep a new client. Raise STORE_CONFLICT when its name or identifier is taken."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["name"] = bounded_text("client name", row.name, NAME_LIMIT)
    values["granted"] = bounded_text("grant", row.granted, GRANT_LIMIT)
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is a client of this name")


def grant(uow: UnitOfWork, identifier: str, granted: str) -> None:
    """Replace what a client was granted. Raise STORE_CONFLICT when there is no such client that is not revoked."""
    if not uow.act(_GRANT, {"key": identifier, "granted": bounded_text("grant", granted, GRANT_LIMIT)}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is no such client that is not revoked")


def revoke(uow: UnitOfWork, name: str, *, at: datetime) -> None:
    """Revoke a client for good. Raise STORE_CONFLICT when there is none of this name that is not revoked."""
    if not uow.act(_REVOKE, {"key": name, "revoked_at": at}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "there is no such client that is not revoked")


def find(unit: ReadUnit, identifier: str) -> ClientRow | None:
    """Return the client with this identifier, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else ClientRow(**row)


def find_by_name(unit: ReadUnit, name: str) -> ClientRow | None:
    """Return the client of this name, or None."""
    row = unit.fetch_one(_BY_NAME, {"key": name})
    return None if row is None else ClientRow(**row)


def list_all(unit: ReadUnit) -> tuple[ClientRow, ...]:
    """List clients by name, revoked ones too; at most a page."""
    return tuple(ClientRow(**row) for row in unit.fetch_all(select(_table).order_by(_table.c.name).limit(PAGE_LIMIT)))
