"""Finding licences: by type, state, issuer, holder and period, the newest first, a page at a time, from an index whatever is asked.

    found = search(unit, LicenceSearch(type_code=code, limit=100))
    search(unit, LicenceSearch(type_code=code, limit=100, after=found[-1].identifier))

The indexes begin with what is equal and end with the order of the list. The state stands among what is equal: where none is asked for,
the places of each state are merged before any row is read: eight short looks into an index, and never a long one.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, true, tuple_

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_limit
from trustkit.store.licence_holders import held_by
from trustkit.store.licence_schema import licence_holders as _fellows
from trustkit.store.licences import COLUMNS, LicenceRow, LicenceState, read_row
from trustkit.store.schema import licences as _table

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from trustkit.store.unit_of_work import ReadUnit

_MAY_EXPIRE: Final = (LicenceState.ISSUED, LicenceState.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSearch:
    """What a list of licences is narrowed to; None for anything.

    `since` and `until` are of the time the licence was asked for, `until` excluded. `after` is the last identifier of the page before.
    """

    type_code: str | None = None
    state: LicenceState | None = None
    issuer: str | None = None
    holder: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: str | None = None
    limit: int = 100


def search(unit: ReadUnit, wanted: LicenceSearch) -> tuple[LicenceRow, ...]:
    """List licences, the newest first.

    Raises:
        TrustError: USAGE for a limit over PAGE_LIMIT, STORE_ROW_MISSING for an unknown `after`.
    """
    limit = bounded_limit(wanted.limit)
    rules = _rules(unit, wanted)
    if wanted.holder is not None:  # a holder has few licences: state and type are looked at in each
        if wanted.state is not None:
            rules.append(_table.c.state == wanted.state.value)
        return _held(unit, rules, wanted.holder, limit)
    if wanted.state is None and wanted.type_code is None and wanted.issuer is None:
        return _page(unit, rules, limit)
    if wanted.state is not None:
        return _page(unit, [*rules, _table.c.state == wanted.state.value], limit)
    return _merged(unit, rules, limit)


def list_expired(unit: ReadUnit, wanted: LicenceSearch, *, at: datetime) -> tuple[LicenceRow, ...]:
    """List licences whose time was over at a moment, and that nothing else ended before, those that ended last first.

    Of the search what is equal and `after` count, and neither state nor period. Raise as `search`.
    """
    limit = bounded_limit(wanted.limit)
    rules: list[ColumnElement[bool]] = [_table.c.expires_at <= at, *_equal(wanted)]
    if wanted.holder is not None:
        rules.append(held_by(wanted.holder))
    place = tuple_(_table.c.expires_at, _table.c.identifier)
    if wanted.after is not None:
        rules.append(place < (_moment(unit, "expires_at", wanted.after), wanted.after))
    order = (_table.c.expires_at.desc(), _table.c.identifier.desc())
    pages = []
    for state in _MAY_EXPIRE:
        query = select(*COLUMNS).where(_table.c.state == state.value, *rules).order_by(*order).limit(limit)
        pages.append([read_row(row) for row in unit.fetch_all(query)])
    return tuple(islice(heapq.merge(*pages, key=lambda row: (row.expires_at, row.identifier), reverse=True), limit))


def _rules(unit: ReadUnit, wanted: LicenceSearch) -> list[ColumnElement[bool]]:
    rules = _equal(wanted)
    if wanted.since is not None:
        rules.append(_table.c.intent_at >= wanted.since)
    if wanted.until is not None:
        rules.append(_table.c.intent_at < wanted.until)
    if wanted.after is not None:
        place = tuple_(_table.c.intent_at, _table.c.identifier)
        rules.append(place < (_moment(unit, "intent_at", wanted.after), wanted.after))
    return rules


def _equal(wanted: LicenceSearch) -> list[ColumnElement[bool]]:
    asked = (("type_code", wanted.type_code), ("issuer", wanted.issuer))
    return [_table.c[name] == value for name, value in asked if value is not None]


def _page(unit: ReadUnit, rules: list[ColumnElement[bool]], limit: int) -> tuple[LicenceRow, ...]:
    query = select(*COLUMNS).where(*rules).order_by(_table.c.intent_at.desc(), _table.c.identifier.desc())
    return tuple(read_row(row) for row in unit.fetch_all(query.limit(limit)))


def _held(unit: ReadUnit, rules: list[ColumnElement[bool]], holder: str, limit: int) -> tuple[LicenceRow, ...]:
    """Return a page of licences held alone, or together with others: each kind is looked up by the holder, an OR of both would not be."""
    order = (_table.c.intent_at.desc(), _table.c.identifier.desc())
    together = select(*COLUMNS).join(_fellows, _fellows.c.identifier == _table.c.identifier)
    # "IS true" keeps planners from an index of states, which is as long as the register: a holder has few licences.
    looked_at = [rule.is_(true()) for rule in rules]
    query = together.where(_fellows.c.holder == holder, *looked_at).order_by(*order).limit(limit)
    shared = tuple(read_row(row) for row in unit.fetch_all(query))
    alone = _page(unit, [*rules, _table.c.holder == holder], limit)
    return tuple(
        islice(heapq.merge(alone, shared, key=lambda row: (row.intent_at, row.identifier), reverse=True), limit)
    )


def _merged(unit: ReadUnit, rules: list[ColumnElement[bool]], limit: int) -> tuple[LicenceRow, ...]:
    """Return a page of licences in any state: places of each state, which the index alone gives, and the rows of those that count."""
    place = (_table.c.intent_at, _table.c.identifier)
    order = tuple(column.desc() for column in place)
    places = [
        unit.fetch_tuples(select(*place).where(*rules, _table.c.state == state.value).order_by(*order).limit(limit))
        for state in LicenceState
    ]
    found = [identifier for _, identifier in islice(heapq.merge(*places, key=tuple, reverse=True), limit)]
    return _page(unit, [_table.c.identifier.in_(found)], limit) if found else ()


def _moment(unit: ReadUnit, column: str, identifier: str) -> datetime:
    found = unit.fetch_value(select(_table.c[column]).where(_table.c.identifier == identifier))
    if not isinstance(found, datetime):
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "the page begins after a row that does not exist")
    return found
