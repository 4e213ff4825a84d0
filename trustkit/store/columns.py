"""Column types whose values read the same from SQLite and from PostgreSQL.

`Moment` takes and gives aware datetimes in UTC with microseconds. PostgreSQL keeps them as ``timestamptz``; SQLite as
text of fixed width (``2026-12-01T00:00:00.000000Z``), so that text order is time order. A naive datetime is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import DateTime, String, types

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

MOMENT_WIDTH = len("2026-12-01T00:00:00.000000Z")


class Moment(types.TypeDecorator[datetime]):
    """An aware point in time, in UTC, to the microsecond."""

    impl = String(MOMENT_WIDTH)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """Choose ``timestamptz`` on PostgreSQL, text of fixed width on SQLite."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(MOMENT_WIDTH))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Bring the moment to UTC; raise `ValueError` for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "naive datetime"
            raise ValueError(message)
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        if dialect.name == "postgresql":
            return moment
        return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        """Give an aware datetime in UTC, whatever the session's time zone."""
        del dialect
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
