"""Offers of credentials, and the access tokens their codes become: open → redeemed, revoked or locked; each code is good once.

credential_offers.add(uow, OfferRow(…))
credential_offers.end(uow, row.identifier, OfferState.REDEEMED, at=now)      # False when another was first
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select, update

from trustkit.store.bounds import PAGE_LIMIT, bounded_limit
from trustkit.store.offer_schema import credential_offers as _offers
from trustkit.store.offer_schema import credential_tokens as _tokens

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

_FIND: Final = select(_offers).where(_offers.c.identifier == bindparam("key"))
# Held, so that who tries codes at once is counted one after another.
_HOLD_BY_CODE: Final = select(_offers).where(_offers.c.code_sm3 == bindparam("key")).with_for_update()
_OPEN: Final = (_offers.c.identifier == bindparam("key"), _offers.c.state == "open")
_END: Final = update(_offers).where(*_OPEN)
_TAKE_BACK: Final = update(_offers).where(_offers.c.identifier == bindparam("key"), _offers.c.state == "redeemed")
_TRY: Final = update(_offers).where(*_OPEN).values(tries=_offers.c.tries + 1)
_TOKEN: Final = select(_tokens).where(_tokens.c.token_sm3 == bindparam("key"))
_DROP: Final = delete(_tokens).where(_tokens.c.offer == bindparam("key"))
_OVER: Final = select(_tokens.c.token_sm3).where(_tokens.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)
_FORGET: Final = delete(_tokens).where(_tokens.c.token_sm3.in_(_OVER))


@unique
class OfferState(StrEnum):
    """Where an offer is on its way; that an open one has expired is told by its time."""

    OPEN = "open"
    REDEEMED = "redeemed"
    REVOKED = "revoked"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One offer of a licence. `suites` have blanks between; `transaction_mac` is None where no code is asked for besides."""

    identifier: str
    licence: str
    suites: str
    days: int
    state: OfferState = OfferState.OPEN
    code_sm3: str = field(repr=False)
    transaction_mac: str | None = field(default=None, repr=False)
    tries: int = 0
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """An access token by its digest; `binding` is the thumbprint of the key it is bound to, empty where it is not."""

    token_sm3: str = field(repr=False)
    offer: str
    binding: str
    expires_at: datetime


def add(uow: UnitOfWork, row: OfferRow) -> None:
    """Write a new offer."""
    values = {column.name: getattr(row, column.name) for column in _offers.c}
    uow.act(insert(_offers), values | {"state": row.state.value})


def find(unit: ReadUnit, identifier: str) -> OfferRow | None:
    """Return an offer, or None."""
    return _row(unit.fetch_one(_FIND, {"key": identifier}))


def hold_by_code(uow: UnitOfWork, code_sm3: str) -> OfferRow | None:
    """Return the offer of a code, which nobody else changes before the unit's end, or None."""
    return _row(uow.fetch_one(_HOLD_BY_CODE, {"key": code_sm3}))


def list_offers(unit: ReadUnit, licence: str | None = None, *, limit: int = PAGE_LIMIT) -> tuple[OfferRow, ...]:
    """List offers, the newest first, of one licence or of all. Raise USAGE for a limit over PAGE_LIMIT."""
    query = select(_offers) if licence is None else select(_offers).where(_offers.c.licence == licence)
    rows = unit.fetch_all(query.order_by(_offers.c.created_at.desc(), _offers.c.identifier).limit(bounded_limit(limit)))
    return tuple(each for each in map(_row, rows) if each is not None)


def end(uow: UnitOfWork, identifier: str, state: OfferState, *, at: datetime) -> bool:
    """End an open offer; say False, writing nothing, when it is not open."""
    return uow.act(_END, {"key": identifier, "state": state.value, "ended_at": at}) > 0


def note_try(uow: UnitOfWork, identifier: str) -> None:
    """Count a wrong transaction code."""
    uow.act(_TRY, {"key": identifier})


def add_token(uow: UnitOfWork, row: TokenRow) -> None:
    """Write an access token; part of what ended the offer."""
    uow.write(insert(_tokens), {column.name: getattr(row, column.name) for column in _tokens.c})


def find_token(unit: ReadUnit, token_sm3: str) -> TokenRow | None:
    """Return an access token, or None."""
    row = unit.fetch_one(_TOKEN, {"key": token_sm3})
    return None if row is None else TokenRow(**row)


def drop_tokens(uow: UnitOfWork, identifier: str) -> int:
    """Remove the access tokens of an offer; return how many there were."""
    return uow.write(_DROP, {"key": identifier})


def take_back(uow: UnitOfWork, identifier: str, *, at: datetime) -> bool:
    """Remove the access token of a redeemed offer, which is revoked then; say False, writing nothing, when there is none."""
    if not drop_tokens(uow, identifier):
        return False
    uow.write(_TAKE_BACK, {"key": identifier, "state": OfferState.REVOKED.value, "ended_at": at})
    return True


def forget_tokens(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove access tokens that ended before a time, a page at most; return how many."""
    return uow.write(_FORGET, {"before": before})


def _row(row: Fields | None) -> OfferRow | None:
    return None if row is None else OfferRow(**{**row, "state": OfferState(row["state"])})
