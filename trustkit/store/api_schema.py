"""The tables of the verification API's clients, beside those of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# How many files were judged for a client in a day or month, named as 2026-12-01 or 2026-12. Only clients with a bound are counted.
api_use = Table(
    "api_use",
    metadata,
    Column("client", String(128), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("used", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

# Calls with an Idempotency-Key: digests of key and call, and the answer once there is one. None of what was handed in is kept.
api_calls = Table(
    "api_calls",
    metadata,
    Column("client", String(128), primary_key=True),
    Column("key_sm3", String(64), primary_key=True),
    Column("call_sm3", String(64), nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("answer", LargeBinary),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)
