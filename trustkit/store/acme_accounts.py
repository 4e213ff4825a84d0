"""ACME accounts (RFC 8555 7.1.2) and the external accounts they are bound to (7.3.4).

acme_accounts.bind(uow, "4f1c…", at=now)                 # once; the MAC key is erased
acme_accounts.add(uow, row)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.machine_schema import acme_accounts as _table
from trustkit.store.machine_schema import acme_externals as _externals

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

JWK_LIMIT = 4096
CONTACTS_LIMIT = 4096
NAME_LIMIT = 64

_FIND = select(_table).where(_table.c.identifier == bindparam("key"))
_BY_THUMBPRINT = select(_table).where(_table.c.thumbprint == bindparam("key"))
_FROM_VALID = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.state == "valid")
_FIND_EXTERNAL = select(_externals).where(_externals.c.identifier == bindparam("key"))
_FROM_UNBOUND = update(_externals).where(
    _externals.c.identifier == bindparam("key"), _externals.c.bound_at.is_(None), _externals.c.revoked_at.is_(None)
)
_REVOKE = update(_externals).where(_externals.c.identifier == bindparam("key"), _externals.c.revoked_at.is_(None))


@unique
class AccountState(StrEnum):
    """RFC 8555 7.1.6."""

    VALID = "valid"
    DEACTIVATED = "deactivated"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account. `jwk` is its key in canonical JSON, `contacts` a JSON array of URLs."""

    identifier: str
    thumbprint: str
    jwk: str = field(repr=False)
    state: AccountState
    contacts: str = field(repr=False)
    external: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalRow:
    """One external account; `mac_key` is there until it is bound or revoked."""

    identifier: str
    name: str
    mac_key: bytes | None = field(repr=False)
    created_at: datetime
    expires_at: datetime
    bound_at: datetime | None = None
    revoked_at: datetime | None = None


def add(uow: UnitOfWork, row: AccountRow) -> bool:
    """Keep a new account; say False, writing nothing, when its key has one already."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["state"] = row.state.value
    values["jwk"] = bounded_text("account key", row.jwk, JWK_LIMIT)
    values["contacts"] = bounded_text("contacts", row.contacts, CONTACTS_LIMIT)
    return uow.act(insert_or_skip(uow.dialect, _table), values) > 0


def find(unit: ReadUnit, identifier: str) -> AccountRow | None:
    """Return the account with this identifier, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else _account(row)


def find_by_thumbprint(unit: ReadUnit, thumbprint: str) -> AccountRow | None:
    """Return the account of a key, or None."""
    row = unit.fetch_one(_BY_THUMBPRINT, {"key": thumbprint})
    return None if row is None else _account(row)


def update_contacts(uow: UnitOfWork, identifier: str, contacts: str) -> None:
    """Replace the contacts. Raise STORE_CONFLICT unless the account is valid."""
    _change(uow, identifier, {"contacts": bounded_text("contacts", contacts, CONTACTS_LIMIT)})


def deactivate(uow: UnitOfWork, identifier: str) -> None:
    """Close an account for good. Raise STORE_CONFLICT unless it is valid."""
    _change(uow, identifier, {"state": AccountState.DEACTIVATED.value})


def change_key(uow: UnitOfWork, identifier: str, *, thumbprint: str, jwk: str) -> None:
    """Give an account another key. Raise STORE_CONFLICT unless it is valid and nobody has the key."""
    _change(uow, identifier, {"thumbprint": thumbprint, "jwk": bounded_text("account key", jwk, JWK_LIMIT)})


def add_external(uow: UnitOfWork, row: ExternalRow) -> None:
    """Keep a new external account. Raise STORE_CONFLICT when its identifier is taken."""
    values = {column.name: getattr(row, column.name) for column in _externals.c}
    values["name"] = bounded_text("name", row.name, NAME_LIMIT)
    if not uow.act(insert_or_skip(uow.dialect, _externals), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the identifier is taken")


def find_external(unit: ReadUnit, identifier: str) -> ExternalRow | None:
    """Return the external account with this identifier, or None."""
    row = unit.fetch_one(_FIND_EXTERNAL, {"key": identifier})
    return None if row is None else ExternalRow(**row)


def list_externals(unit: ReadUnit) -> tuple[ExternalRow, ...]:
    """List external accounts by time, at most a page."""
    query = select(_externals).order_by(_externals.c.created_at, _externals.c.identifier).limit(PAGE_LIMIT)
    return tuple(ExternalRow(**row) for row in unit.fetch_all(query))


def bind(uow: UnitOfWork, identifier: str, *, at: datetime) -> None:
    """Use an external account, once, and erase its MAC key. Raise STORE_CONFLICT when it was used or revoked."""
    if not uow.write(_FROM_UNBOUND, {"key": identifier, "bound_at": at, "mac_key": None}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the external account was used or revoked")


def revoke_external(uow: UnitOfWork, identifier: str, *, at: datetime) -> None:
    """Revoke an external account, bound or not, and erase its MAC key. Raise STORE_CONFLICT when it was before."""
    if not uow.act(_REVOKE, {"key": identifier, "revoked_at": at, "mac_key": None}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "no such external account that is not revoked")


def _change(uow: UnitOfWork, identifier: str, values: dict[str, object]) -> None:
    if not uow.act(_FROM_VALID, {"key": identifier, **values}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the account is not valid")


def _account(row: Fields) -> AccountRow:
    return AccountRow(**{**row, "state": AccountState(row["state"])})
