"""The register of authorisations to use a licence (用证授权): recorded, drawn on by copies, withdrawn. Nothing else in a row ever changes.

    row = copy_authorisations.record(uow, NewAuthorisation(number=…, identifier=…, purpose="办理开户", …), at=now, actor="zhang")
    copy_authorisations.draw(uow, row.number, at=now)      # one copy of those it allows

A copy is drawn in the transaction that reserves it, by compare-and-set: two at once cannot both be the last one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, insert, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_limit, bounded_text
from trustkit.store.copy_schema import copy_authorisations as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

TEXT_LIMIT: Final = 120
REASON_LIMIT: Final = 512
ACTOR_LIMIT: Final = 128
_FIND: Final = select(_table).where(_table.c.number == bindparam("key"))


@unique
class AuthorisationSource(StrEnum):
    """How the holder said so."""

    STATEMENT = "statement"  # on paper, before an official who keeps what was signed
    SIGN_IN = "sign-in"  # by the holder himself, or whoever acts for one that is an organisation, signed in at the identity provider


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthorisation:
    """What is recorded; `holder` is the keyed digest of the code of whoever authorised."""

    number: str
    identifier: str
    holder: str
    purpose: str
    recipient: str
    recipient_name: str
    source: AuthorisationSource
    evidence_sm3: str
    valid_until: datetime
    most_copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationRow(NewAuthorisation):
    """An authorisation in the register; `copies` were made or are being made."""

    copies: int
    recorded_at: datetime
    actor: str
    withdrawn_at: datetime | None
    reason: str | None


def record(uow: UnitOfWork, new: NewAuthorisation, *, at: datetime, actor: str) -> AuthorisationRow:
    """Write an authorisation. Raise INPUT_TOO_LARGE, STORE_CONFLICT when the number is taken."""
    bounded_text("purpose", new.purpose, TEXT_LIMIT)
    bounded_text("recipient's name", new.recipient_name, TEXT_LIMIT)
    values = {
        **asdict(new),
        "source": new.source.value,
        "copies": 0,
        "recorded_at": at,
        "actor": bounded_text("actor", actor, ACTOR_LIMIT),
    }
    uow.act(insert(_table), values)
    return get(uow, new.number)


def draw(uow: UnitOfWork, number: str, *, at: datetime) -> None:
    """Take one copy of those an authorisation allows. Raise STORE_CONFLICT when it has ended or allows no more."""
    left = (_table.c.withdrawn_at.is_(None), _table.c.valid_until > at, _table.c.copies < _table.c.most_copies)
    taken = update(_table).where(_table.c.number == number, *left).values(copies=_table.c.copies + 1)
    if not uow.write(taken):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the authorisation has ended, or allows no further copy")


def give_back(uow: UnitOfWork, number: str) -> None:
    """Give back the copy of an intent that led to nothing."""
    drawn = update(_table).where(_table.c.number == number, _table.c.copies > 0).values(copies=_table.c.copies - 1)
    uow.write(drawn)


def hold(uow: UnitOfWork, number: str, *, at: datetime) -> None:
    """Hold an authorisation as it is until the unit commits. Raise STORE_CONFLICT when it has ended meanwhile."""
    standing = (_table.c.withdrawn_at.is_(None), _table.c.valid_until > at)
    if not uow.write(update(_table).where(_table.c.number == number, *standing).values(copies=_table.c.copies)):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the authorisation has ended")


def withdraw(uow: UnitOfWork, number: str, *, at: datetime, reason: str) -> None:
    """End an authorisation. Raise STORE_CONFLICT unless there is one of this number that was not withdrawn."""
    values = {"withdrawn_at": at, "reason": bounded_text("reason", reason, REASON_LIMIT)}
    if not uow.act(update(_table).where(_table.c.number == number, _table.c.withdrawn_at.is_(None)).values(**values)):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the authorisation is withdrawn already")


def find(unit: ReadUnit, number: str) -> AuthorisationRow | None:
    """Return the authorisation of this number, or None."""
    row = unit.fetch_one(_FIND, {"key": number})
    return None if row is None else _row(row)


def get(unit: ReadUnit, number: str) -> AuthorisationRow:
    """Return the authorisation of this number. Raise STORE_ROW_MISSING."""
    row = find(unit, number)
    if row is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "no authorisation has this number")
    return row


def list_of_licence(unit: ReadUnit, identifier: str, *, limit: int = PAGE_LIMIT) -> tuple[AuthorisationRow, ...]:
    """List the authorisations of a licence, the newest first."""
    query = select(_table).where(_table.c.identifier == identifier)
    query = query.order_by(_table.c.recorded_at.desc(), _table.c.number).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_of_holder(unit: ReadUnit, holder: str, *, limit: int = PAGE_LIMIT) -> tuple[AuthorisationRow, ...]:
    """List what a holder let others use, of all his licences, the newest first."""
    query = select(_table).where(_table.c.holder == holder)
    query = query.order_by(_table.c.recorded_at.desc(), _table.c.number).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_for(
    unit: ReadUnit, holder: str, recipient: str, *, at: datetime, limit: int = PAGE_LIMIT
) -> tuple[AuthorisationRow, ...]:
    """List what a holder lets an organisation use at a moment, the newest first: not withdrawn, not over, not used up."""
    theirs = (_table.c.holder == holder, _table.c.recipient == recipient)
    left = (_table.c.withdrawn_at.is_(None), _table.c.valid_until > at, _table.c.copies < _table.c.most_copies)
    query = select(_table).where(*theirs, *left).order_by(_table.c.recorded_at.desc(), _table.c.number)
    return tuple(_row(row) for row in unit.fetch_all(query.limit(bounded_limit(limit))))


def count_in_force(unit: ReadUnit, identifier: str, *, at: datetime, recipient: str | None = None) -> int:
    """Return how many authorisations of a licence, for one organisation or for all, are not withdrawn, over or used up at a moment."""
    left = (_table.c.withdrawn_at.is_(None), _table.c.valid_until > at, _table.c.copies < _table.c.most_copies)
    query = select(func.count()).select_from(_table).where(_table.c.identifier == identifier, *left)
    return int(unit.fetch_value(query if recipient is None else query.where(_table.c.recipient == recipient)))


def _row(row: Fields) -> AuthorisationRow:
    return AuthorisationRow(**{**row, "source": AuthorisationSource(row["source"])})
