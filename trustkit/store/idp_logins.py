"""Logins under way, one for each interaction: by whom, on what grounds so far, and where he was sent.

    row = idp_logins.find(unit, interaction_sm3)            # None: nothing was shown yet
    idp_logins.save(uow, row, seen=version)                 # False when another step was faster
    idp_logins.take_state(uow, row)                         # True once for a state

Bookkeeping: what a login comes to is told in the trail with its session.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, or_, select, update

from trustkit.store.bounds import bounded_bytes, bounded_text
from trustkit.store.identity_schema import idp_logins as _table
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

KEPT_LIMIT: Final = 32 * 1024
GROUNDS_LIMIT: Final = 32 * 1024
NAME_LIMIT: Final = 64
UPSTREAM_LIMIT: Final = 128

_FIND = select(_table).where(_table.c.interaction == bindparam("key"))
_FIND_BY_STATE = select(_table).where(_table.c.state_sm3 == bindparam("key"))
_SAVE = update(_table).where(_table.c.interaction == bindparam("key"), _table.c.version == bindparam("seen"))
_TAKE = update(_table).where(_table.c.interaction == bindparam("key"), _table.c.state_sm3 == bindparam("shown"))
_REMOVE = delete(_table).where(_table.c.interaction == bindparam("key"))
# The first mark has a column, further ones stand among the grounds: few logins are under way, and few logouts come.
_REMOVE_UPSTREAM = delete(_table).where(
    or_(_table.c.upstream == bindparam("key"), _table.c.grounds.contains(bindparam("quoted")))
)
_REMOVE_OF = delete(_table).where(_table.c.person == bindparam("whose"), _table.c.provider == bindparam("by"))
_REMOVE_ALL_OF = delete(_table).where(_table.c.person == bindparam("whose"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRow:
    """One login; `session` is the one it builds on, `kept` what a connector needs again, sealed; `upstream` as of sessions."""

    interaction: str = field(repr=False)
    person: str | None = field(default=None, repr=False)
    session: str | None = None
    provider: str = ""
    grounds: str = field(repr=False)
    tries: int = 0
    connector: str = ""
    state_sm3: str | None = field(default=None, repr=False)
    kept: bytes | None = field(default=None, repr=False)
    kept_until: datetime | None = None
    version: int = 0
    upstream: str = field(default="", repr=False)


def find(unit: ReadUnit, interaction_sm3: str) -> LoginRow | None:
    """Return the login of an interaction, None when nothing was shown yet."""
    row = unit.fetch_one(_FIND, {"key": interaction_sm3})
    return None if row is None else LoginRow(**row)


def find_by_state(unit: ReadUnit, state_sm3: str) -> LoginRow | None:
    """Return the login a connector's state belongs to; None when there is none, or it was taken."""
    row = unit.fetch_one(_FIND_BY_STATE, {"key": state_sm3})
    return None if row is None else LoginRow(**row)


def save(uow: UnitOfWork, row: LoginRow) -> bool:
    """Write what became of a login since it was read; say False, writing nothing, when another step was written meanwhile."""
    values = {each.name: getattr(row, each.name) for each in fields(row)}
    values["grounds"] = bounded_text("grounds", row.grounds, GROUNDS_LIMIT)
    values["provider"] = bounded_text("provider", row.provider, NAME_LIMIT)
    values["upstream"] = bounded_text("upstream", row.upstream, UPSTREAM_LIMIT)
    values["connector"] = bounded_text("connector", row.connector, NAME_LIMIT)
    if row.kept is not None:
        values["kept"] = bounded_bytes("kept", row.kept, KEPT_LIMIT)
    values["version"] = row.version + 1
    if not row.version and uow.write(insert_or_skip(uow.dialect, _table), values):
        return True
    del values["interaction"]
    return bool(row.version) and uow.write(_SAVE, {"key": row.interaction, "seen": row.version, **values}) > 0


def take_state(uow: UnitOfWork, row: LoginRow) -> bool:
    """Take a connector's state out of a login, once; say False when that was done."""
    gone = {"state_sm3": None, "kept": None, "kept_until": None, "connector": "", "version": row.version + 1}
    return uow.write(_TAKE, {"key": row.interaction, "shown": row.state_sm3, **gone}) > 0


def remove(uow: UnitOfWork, interaction_sm3: str) -> bool:
    """Forget a login that came to its end; say False when there was none, or another unit forgot it."""
    return uow.write(_REMOVE, {"key": interaction_sm3}) > 0


def remove_upstream(uow: UnitOfWork, upstream: str) -> None:
    """Forget logins under way that came of a provider's session."""
    uow.write(_REMOVE_UPSTREAM, {"key": upstream, "quoted": f'"{upstream}"'})


def remove_of(uow: UnitOfWork, person: str, provider: str) -> None:
    """Forget logins under way of a person by a provider."""
    uow.write(_REMOVE_OF, {"whose": person, "by": provider})


def remove_all_of(uow: UnitOfWork, person: str) -> None:
    """Forget every login a person is known in: what he proved in them counts no more."""
    uow.write(_REMOVE_ALL_OF, {"whose": person})
