"""Listings newest first, a page at a time, without losing a row between two pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select, true

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Table

    from trustkit.store.unit_of_work import ReadUnit


def older_than(unit: ReadUnit, table: Table, key: Column[str], after: str | None) -> ColumnElement[bool]:
    """Return the condition for rows listed after the row whose `key` is `after` (None: from the newest on).

    Rows are ordered by `intent_at` and then `key`, both descending, so the pair is a place in the list.

    Raises:
        TrustError: STORE_ROW_MISSING when there is no row `after`.
    """
    if after is None:
        return true()
    moment = unit.fetch_value(select(table.c.intent_at).where(key == after))
    if moment is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "the page begins after a row that does not exist")
    return or_(table.c.intent_at < moment, and_(table.c.intent_at == moment, key < after))
