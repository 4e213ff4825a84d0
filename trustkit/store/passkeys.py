"""Passkeys: which credential of which authenticator is which factor. The public key is the factor's material.

passkeys.add(uow, row)                                   # False when the credential is somebody's
passkeys.find(unit, credential_sm3)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select, update

from trustkit.store.bounds import PAGE_LIMIT, bounded_bytes, bounded_text
from trustkit.store.factor_schema import factors as _factors
from trustkit.store.factor_schema import passkeys as _table
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

CREDENTIAL_LIMIT: Final = 1023  # octets, WebAuthn 5.1
_TRANSPORTS_LIMIT: Final = 128

_FIND = select(_table).where(_table.c.credential_sm3 == bindparam("key"))
_OF_PERSON = (
    select(_table)
    .join(_factors, _factors.c.id == _table.c.factor)
    .where(_factors.c.person == bindparam("whose"), _factors.c.removed_at.is_(None))
    .order_by(_factors.c.created_at, _table.c.factor)
    .limit(PAGE_LIMIT)
)
_BACKED_UP = update(_table).where(_table.c.credential_sm3 == bindparam("key"))
_FORGET = delete(_table).where(_table.c.factor == bindparam("which"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRow:
    """One credential. `transports` are words of WebAuthn 5.8.4, by spaces; `aaguid` is hex, of the authenticator's model."""

    credential_sm3: str
    factor: str
    credential: bytes = field(repr=False)
    transports: str
    aaguid: str
    backup_eligible: bool
    backed_up: bool


def add(uow: UnitOfWork, row: PasskeyRow) -> bool:
    """Keep a credential; say False, writing nothing, when it is there. Raise INPUT_*."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["credential"] = bounded_bytes("credential", row.credential, CREDENTIAL_LIMIT)
    values["transports"] = bounded_text("transports", row.transports, _TRANSPORTS_LIMIT)
    return uow.write(insert_or_skip(uow.dialect, _table), values) > 0


def find(unit: ReadUnit, credential_sm3: str) -> PasskeyRow | None:
    """Return the credential of a digest (SM3, hex), or None."""
    row = unit.fetch_one(_FIND, {"key": credential_sm3})
    return None if row is None else _row(row)


def list_of(unit: ReadUnit, person: str) -> tuple[PasskeyRow, ...]:
    """List the credentials of a person's standing factors, oldest first."""
    return tuple(_row(row) for row in unit.fetch_all(_OF_PERSON, {"whose": person}))


def note_backup(uow: UnitOfWork, credential_sm3: str, *, backed_up: bool) -> None:
    """Write whether the authenticator says that it has a backup."""
    uow.write(_BACKED_UP, {"key": credential_sm3, "backed_up": backed_up})


def forget(uow: UnitOfWork, factor: str) -> None:
    """Remove the credential of a factor that is removed, so that its authenticator can be enrolled anew."""
    uow.write(_FORGET, {"which": factor})


def _row(row: Fields) -> PasskeyRow:
    return PasskeyRow(**{**row, "credential": bytes(row["credential"])})
