"""Finding licences: by type, state, issuer, holder and period, the newest first, a page at a time, from an index whatever is asked.

    found = search(unit, LicenceSearch(type_code=code, limit=100))
    search(unit, LicenceSearch(type_code=code, limit=100, after=found[-1].identifier))

The indexes begin with what is equal and end with the order of the list. The state stands among what is equal: where none is asked for,
the places of each state are merged before any row is read: eight short looks into an index, and never a long one.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, bindparam, select, true, tuple_, union_all

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_limit
from trustkit.store.licence_holders import held_by
from trustkit.store.licence_schema import licence_holders as _fellows
from trustkit.store.licences import COLUMNS, LicenceRow, LicenceState, read_row
from trustkit.store.schema import licences as _table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import ColumnElement, Select

    from trustkit.store.unit_of_work import ReadUnit

_MOST: Final = bindparam("most", type_=Integer())
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
    values = _values(wanted)
    if wanted.after is not None:
        values["after_at"] = _moment(unit, "intent_at", wanted.after)
    asked = frozenset(values)
    if wanted.holder is not None:
        alone, shared = (_read(unit, made, values) for made in _of_holder(asked))
        merged = heapq.merge(alone, shared, key=lambda row: (row.intent_at, row.identifier), reverse=True)
        return tuple(islice(merged, wanted.limit))
    return _read(unit, _of_any(asked), values)


def list_expired(unit: ReadUnit, wanted: LicenceSearch, *, at: datetime) -> tuple[LicenceRow, ...]:
    """List licences whose time was over at a moment, and that nothing else ended before, those that ended last first.

    Of the search what is equal and `after` count, and neither state nor period. Raise as `search`.
    """
    values = _values(replace(wanted, state=None, since=None, until=None)) | {"at": at}
    if wanted.after is not None:
        values["after_at"] = _moment(unit, "expires_at", wanted.after)
    pages = [_read(unit, made, values) for made in _of_expired(frozenset(values))]
    merged = heapq.merge(*pages, key=lambda row: (row.expires_at, row.identifier), reverse=True)
    return tuple(islice(merged, wanted.limit))


def _values(wanted: LicenceSearch) -> dict[str, object]:
    """Return what a search asks for, under the names its statement takes."""
    asked = {
        "type_code": wanted.type_code,
        "issuer": wanted.issuer,
        "holder": wanted.holder,
        "state": None if wanted.state is None else wanted.state.value,
        "since": wanted.since,
        "until": wanted.until,
        "after": wanted.after,
    }
    return {"most": bounded_limit(wanted.limit)} | {name: each for name, each in asked.items() if each is not None}


def _read(unit: ReadUnit, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]) -> tuple[LicenceRow, ...]:
    return tuple(read_row(row) for row in unit.fetch_all(statement, values))


# Statements of the questions that were asked, each made once: the driver is given its text again (`trustkit.store.prepared`).


@cache
def _of_any(asked: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """Return the page of those that nobody's name narrows.

    In any state of a type or an issuer, places of each state come of the index alone, and rows of those that count.
    """
    rules, order = [*_equal(asked), *_between(asked)], _newest_first(_table.c.intent_at)
    if "state" in asked or not asked & {"type_code", "issuer"}:
        return _page(rules, order)
    place = (_table.c.intent_at, _table.c.identifier)
    of_each = (
        select(*place).where(*rules, _table.c.state == state.value).order_by(*order).limit(_MOST).subquery()
        for state in LicenceState
    )
    places = union_all(*(select(each) for each in of_each)).subquery()
    first = select(places.c.identifier).order_by(places.c.intent_at.desc(), places.c.identifier.desc()).limit(_MOST)
    return _page([_table.c.identifier.in_(first)], order)


@cache
def _of_holder(asked: frozenset[str]) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """Return the pages of licences held alone, and together with others: each is looked up by the holder, an OR of both would not be."""
    order = _newest_first(_table.c.intent_at)
    # "IS true" keeps planners from an index of states, which is as long as the register: a holder has few licences.
    looked_at = [rule.is_(true()) for rule in (*_equal(asked), *_between(asked))]
    together = select(*COLUMNS).join(_fellows, _fellows.c.identifier == _table.c.identifier)
    shared = together.where(_fellows.c.holder == bindparam("holder"), *looked_at).order_by(*order).limit(_MOST)
    return _page([_table.c.holder == bindparam("holder"), *looked_at], order), shared


@cache
def _of_expired(asked: frozenset[str]) -> tuple[Select[*tuple[Any, ...]], ...]:
    """Return the pages of those that ran out, of each state in which a licence can."""
    rules = [_table.c.expires_at <= bindparam("at"), *_equal(asked)]
    if "holder" in asked:
        rules.append(held_by(bindparam("holder", type_=_table.c.holder.type)))
    if "after" in asked:
        rules.append(_behind(_table.c.expires_at))
    order = _newest_first(_table.c.expires_at)
    return tuple(_page([_table.c.state == state.value, *rules], order) for state in _MAY_EXPIRE)


def _equal(asked: frozenset[str]) -> list[ColumnElement[bool]]:
    return [_table.c[name] == bindparam(name) for name in ("type_code", "issuer", "state") if name in asked]


def _between(asked: frozenset[str]) -> Iterator[ColumnElement[bool]]:
    if "since" in asked:
        yield _table.c.intent_at >= bindparam("since")
    if "until" in asked:
        yield _table.c.intent_at < bindparam("until")
    if "after" in asked:
        yield _behind(_table.c.intent_at)


def _behind(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the rule that a row comes behind the last one of the page before."""
    last = tuple_(bindparam("after_at", type_=moment.type), bindparam("after", type_=_table.c.identifier.type))
    return tuple_(moment, _table.c.identifier) < last


def _newest_first(moment: ColumnElement[datetime]) -> tuple[ColumnElement[Any], ...]:
    return moment.desc(), _table.c.identifier.desc()


def _page(rules: Iterable[ColumnElement[bool]], order: Iterable[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    return select(*COLUMNS).where(*rules).order_by(*order).limit(_MOST)


def _moment(unit: ReadUnit, column: str, identifier: str) -> datetime:
    found = unit.fetch_value(select(_table.c[column]).where(_table.c.identifier == identifier))
    if not isinstance(found, datetime):
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "the page begins after a row that does not exist")
    return found
