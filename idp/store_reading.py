"""Reading the store from an event loop: at once where that is possible, in a thread where it would wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from starlette.concurrency import run_in_threadpool

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

Value = TypeVar("Value")


async def read(database: Database, look: Callable[[ReadUnit], Value]) -> Value:
    """Return what `look` sees on one snapshot. Raise what it raises, and what the store raises."""
    try:
        with database.reading_at_once() as unit:
            if unit is not None:
                return look(unit)
    except TrustError as error:
        if error.code is not ErrorCode.STORE_UNREACHABLE:
            raise  # else somebody holds a lock for a moment: the thread waits for it

    def wait() -> Value:
        with database.reading() as unit:
            return look(unit)

    return await run_in_threadpool(wait)
