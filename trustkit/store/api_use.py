"""What clients of the verification API used of their quotas, by day and month.

grant(uow, "platform", {"2026-12-01": (1000, until)}, 16)       # 16, or what is left
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from trustkit.store.api_schema import api_use as _use
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_THIS = (_use.c.client == bindparam("of")) & (_use.c.period == bindparam("at"))
_USED = select(_use.c.used).where(_THIS)
_ADD = update(_use).where(_THIS).values(used=_use.c.used + bindparam("more"))
_FORGET = delete(_use).where(
    _use.c.client.in_(select(_use.c.client).where(_use.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)),
    _use.c.expires_at < bindparam("before"),
)


def grant(uow: UnitOfWork, client: str, bounds: Mapping[str, tuple[int, datetime]], wanted: int) -> int:
    """Count files and return how many a client may have judged, at most what is wanted and what every period leaves.

    `bounds` are periods by name: how many, and when the row is of no use any more.
    """
    for period, (_, until) in bounds.items():
        uow.write(
            insert_or_skip(uow.dialect, _use), {"client": client, "period": period, "used": 0, "expires_at": until}
        )
        uow.write(
            _ADD, {"of": client, "at": period, "more": 0}
        )  # the row is ours until the end, and what is read of it holds
    left = [most - used(uow, client, period) for period, (most, _) in bounds.items()]
    granted = max(0, min([wanted, *left]))
    for period in bounds if granted else ():
        uow.write(_ADD, {"of": client, "at": period, "more": granted})
    return granted


def used(unit: ReadUnit, client: str, period: str) -> int:
    """Return how many files were judged for a client in a period."""
    return int(unit.fetch_value(_USED, {"of": client, "at": period}) or 0)


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove periods that were over before a time; return how many rows."""
    return uow.write(_FORGET, {"before": before})
