"""Numbers that are never given twice: CRL numbers, licence serials of a day, time-stamp serials.

A number is durable when its unit of work commits. Commit before the number leaves the house (in a signature, in an
answer): a rolled-back unit gives its number to the next caller.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_text
from trustkit.store.inserts import insert_or_count
from trustkit.store.schema import sequences
from trustkit.store.unit_of_work import UnitOfWork  # noqa: TC001 - part of every signature

if TYPE_CHECKING:
    from sqlalchemy.sql.selectable import TypedReturnsRows

# Room for the longest status list URI behind a prefix.
NAME_LIMIT = 640


@cache
def _take(dialect: str) -> TypedReturnsRows[tuple[int]]:
    return insert_or_count(dialect, sequences).returning(sequences.c.value)


def next_value(uow: UnitOfWork, name: str) -> int:
    """Return 1, 2, 3 … for `name`, each value once, whoever asks.

    The row stays locked until the unit ends, so units that take a number of the same name follow one another, and what
    a unit reads after taking number n includes everything the unit of n - 1 wrote.

    Raises:
        TrustError: STORE_UNREACHABLE when another unit keeps the row too long.
    """
    return take_values(uow, name, 1)


def take_values(uow: UnitOfWork, name: str, count: int) -> int:
    """Take `count` numbers that follow one another, and return the first; otherwise as `next_value`.

    Raises:
        TrustError: USAGE for a count that is not positive; as `next_value`.
    """
    if count < 1:
        raise TrustError(ErrorCode.USAGE, "at least one number is taken", count=count)
    row = {"name": bounded_text("sequence name", name, NAME_LIMIT), "value": count}
    last = uow.write_value(_take(uow.dialect), row)
    if not isinstance(last, int):
        raise TrustError(ErrorCode.BUG, "a sequence gave no number")
    return last - count + 1
