"""Facts about the home itself: when it was made, its instance id. A key is written once."""

from __future__ import annotations

from sqlalchemy import insert, select

from trustkit.store.bounds import bounded_text
from trustkit.store.schema import meta
from trustkit.store.unit_of_work import ReadUnit, UnitOfWork  # noqa: TC001 - part of every signature

CREATED_AT = "created_at"
INSTANCE_ID = "instance_id"

KEY_LIMIT = 64
VALUE_LIMIT = 4096


def put_meta(uow: UnitOfWork, key: str, value: str) -> None:
    """Write a key that is not there yet.

    Raises:
        TrustError: STORE_CONFLICT when it is.
    """
    values = {"key": bounded_text("meta key", key, KEY_LIMIT), "value": bounded_text("meta value", value, VALUE_LIMIT)}
    uow.write(insert(meta), values)


def find_meta(unit: ReadUnit, key: str) -> str | None:
    """Return the value of `key`, or None."""
    value = unit.fetch_value(select(meta.c.value).where(meta.c.key == key))
    return value if isinstance(value, str) else None
