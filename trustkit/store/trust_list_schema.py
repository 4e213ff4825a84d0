"""The trust lists a home publishes, in the metadata of `trustkit.store.schema`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

published_trust_lists = Table(
    "published_trust_lists",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("published_at", Moment, nullable=False),
)
