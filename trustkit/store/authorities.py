"""The certificate authorities of a home: a tree of names, each with its profile and kind of key.

Their certificates stand in the register like any other, with the authority's name beside them; the newest one in the role
``ca`` is the current one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, insert, select

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_text
from trustkit.store.certificates import CertificateState
from trustkit.store.schema import authorities as _table
from trustkit.store.schema import certificates as _register

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

NAME_LIMIT: Final = 64
MAX_CERTIFICATES: Final = 5000  # of all authorities together; a key is certified anew some ten times at most
MAX_AUTHORITIES: Final = 500  # of one home; a country has some fifty, with their levels

_ADD = insert(_table)
_FIND = select(_table).where(_table.c.name == bindparam("key"))
# A root before those below it, which `init` makes at the same moment
_ORDER = (_table.c.created_at, _table.c.parent.is_not(None), _table.c.name)
_LIST = select(_table).order_by(*_ORDER).limit(MAX_AUTHORITIES)
# By authority, as the register is indexed: it holds the certificates of all holders too
_ISSUED = (
    _register.c.authority == _table.c.name,
    _register.c.role == "ca",
    _register.c.state == CertificateState.ISSUED.value,
)
_CERTIFIED = (
    select(_table.c.name)
    .where(select(_register.c.serial).where(*_ISSUED).correlate(_table).exists())
    .order_by(*_ORDER)
    .limit(MAX_AUTHORITIES)
)
_CERTIFICATES = (
    select(_table.c.name, _register.c.der)
    .join(_register, and_(*_ISSUED))
    .order_by(*_ORDER, _register.c.intent_at.desc(), _register.c.serial.desc())
    .limit(MAX_CERTIFICATES)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRow:
    """One authority; `parent` is None for a root, `profile` that of its own certificate."""

    name: str
    parent: str | None
    profile: str
    key_kind: str
    created_at: datetime


def add(uow: UnitOfWork, row: AuthorityRow) -> None:
    """Write a new authority; an act, told in the trail by the certificate it gets.

    Raises:
        TrustError: CA_AUTHORITY_EXISTS, INPUT_TOO_LARGE; STORE_CONFLICT when the parent is none or two race for the name.
    """
    if find(uow, row.name) is not None:
        raise TrustError(ErrorCode.CA_AUTHORITY_EXISTS, "the name is taken", name=row.name)
    if len(list_all(uow)) >= MAX_AUTHORITIES:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "authorities of one home", limit=MAX_AUTHORITIES)
    uow.act(
        _ADD,
        {
            "name": bounded_text("name", row.name, NAME_LIMIT),
            "parent": row.parent,
            "profile": bounded_text("profile", row.profile, NAME_LIMIT),
            "key_kind": row.key_kind,
            "created_at": row.created_at,
        },
    )


def find(unit: ReadUnit, name: str) -> AuthorityRow | None:
    """Return the authority of a name, or None."""
    row = unit.fetch_one(_FIND, {"key": name})
    return None if row is None else AuthorityRow(**row)


def certified(unit: ReadUnit) -> tuple[str, ...]:
    """Return the names of the authorities that have a certificate yet, in the order of `list_all`."""
    return tuple(row["name"] for row in unit.fetch_all(_CERTIFIED))


def ca_certificates(unit: ReadUnit) -> tuple[tuple[str, bytes], ...]:
    """Return the names and CA certificates (DER) of all authorities, in the order of `list_all`, of each the newest first."""
    return tuple((row["name"], row["der"]) for row in unit.fetch_all(_CERTIFICATES))


def list_all(unit: ReadUnit) -> tuple[AuthorityRow, ...]:
    """Return every authority, in the order they were made, a root first."""
    return tuple(AuthorityRow(**row) for row in unit.fetch_all(_LIST))
