"""Credentials issued of licences, beside the tables of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# What was handed over is not kept: it names its holder, and its salts are his. `holder_key` is the thumbprint of the key it is
# bound to (RFC 7638), `ended_at` when it was revoked or abandoned.
credentials = Table(
    "credentials",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("identifier", ForeignKey("licences.identifier"), nullable=False),
    Column("suite", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("status_list", ForeignKey("status_lists.uri"), nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("holder_key", String(64), nullable=False),
    Column("intent_at", Moment, nullable=False),
    Column("issued_at", Moment),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("reason", String(512)),
    Column("credential_sm3", String(64)),
    UniqueConstraint("status_list", "status_index"),
    CheckConstraint("state IN ('intent', 'issued', 'suspended', 'revoked', 'abandoned')", name="state"),
    CheckConstraint("(state IN ('intent', 'abandoned')) = (credential_sm3 IS NULL)", name="issued"),
    CheckConstraint("(state IN ('revoked', 'abandoned')) = (ended_at IS NOT NULL)", name="ended"),
    Index("ix_credentials_identifier", "identifier", "intent_at"),
    Index("ix_credentials_unfinished", "state", "intent_at"),
)
