"""The table of presentations, beside those of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# What wallets are asked, and what they answer: encrypted to a key that is not here, until it is over.
presentations = Table(
    "presentations",
    metadata,
    Column("presentation_id", String(32), primary_key=True),
    Column("client", String(128), nullable=False),
    Column("asked", Text, nullable=False),
    Column("answer_sm3", String(64), nullable=False, unique=True),
    Column("key_sm3", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("answer", LargeBinary),
    Column("refused", String(64), nullable=False),
    Column("return_sm3", String(64), nullable=False),
    Index(None, "expires_at"),
    Index(None, "client", "expires_at"),
)
