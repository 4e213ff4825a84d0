"""The certificate authorities of a home: a tree of names, each with its profile and kind of key.

Their certificates stand in the register like any other, with the authority's name beside them; the newest one in the role
``ca`` is the current one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, select

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_text
from trustkit.store.schema import authorities as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

NAME_LIMIT: Final = 64
MAX_AUTHORITIES: Final = 500  # of one home; a country has some fifty, with their levels

_ADD = insert(_table)
_FIND = select(_table).where(_table.c.name == bindparam("key"))
# A root before those below it, which `init` makes at the same moment
_LIST = select(_table).order_by(_table.c.created_at, _table.c.parent.is_not(None), _table.c.name).limit(MAX_AUTHORITIES)


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


def list_all(unit: ReadUnit) -> tuple[AuthorityRow, ...]:
    """Return every authority, in the order they were made, a root first."""
    return tuple(AuthorityRow(**row) for row in unit.fetch_all(_LIST))
