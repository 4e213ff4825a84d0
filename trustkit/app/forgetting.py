"""What is over is removed a page at a time, each in a unit of its own, so that logins need not wait for all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.store.bounds import PAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

PAGES: Final = 1000  # at one time; the rest is for the next


def forget_by_pages(database: Database, forget: Callable[[UnitOfWork], int]) -> None:
    """Let `forget` remove a page again and again, until it removes less than one. It says how many it removed."""
    for _ in range(PAGES):
        with database.unit_of_work() as uow:
            if forget(uow) < PAGE_LIMIT:
                return
