"""The tables of the seal registry, beside those of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

_ALIVE = text("state <> 'abandoned'")

# Electronic seals made here, each by one approved request. `info_sm3` is of what its maker signed: by that a seal is known again.
seals = Table(
    "seals",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("registration", ForeignKey("registrations.id"), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("holder", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("intent_at", Moment, nullable=False),
    Column("made_at", Moment),
    Column("valid_until", Moment),
    Column("abandoned_at", Moment),
    Column("reason", String(64)),
    Column("info_sm3", String(64)),
    Column("document_sm3", String(64)),
    Column("document", LargeBinary),
    CheckConstraint("state IN ('intent', 'abandoned', 'in-force', 'suspended', 'lost', 'revoked')", name="state"),
    CheckConstraint("(state IN ('intent', 'abandoned')) = (document IS NULL)", name="document"),
    CheckConstraint("(document IS NULL) = (document_sm3 IS NULL)", name="digest"),
    CheckConstraint("(document IS NULL) = (info_sm3 IS NULL)", name="info"),
    CheckConstraint("(document IS NULL) = (made_at IS NULL)", name="made"),
    CheckConstraint("(document IS NULL) = (valid_until IS NULL)", name="valid"),
    CheckConstraint("(state = 'abandoned') = (abandoned_at IS NOT NULL)", name="abandoned"),
    Index("uq_seals_registration", "registration", unique=True, sqlite_where=_ALIVE),
    Index("uq_seals_info_sm3", "info_sm3", unique=True),
    Index(None, "state", "intent_at"),
    Index(None, "intent_at"),
)

# What was done to a made seal, in the order it was recorded; rows are only ever added.
seal_changes = Table(
    "seal_changes",
    metadata,
    Column("number", ForeignKey("seals.number"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("act", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("registration", ForeignKey("registrations.id"), nullable=False),
    CheckConstraint("act IN ('suspend', 'resume', 'lose', 'revoke')", name="act"),
    CheckConstraint("state IN ('in-force', 'suspended', 'lost', 'revoked')", name="state"),
    CheckConstraint("ordinal > 0", name="ordinal"),
    Index("uq_seal_changes_registration", "registration", unique=True),
)

# Pictures that seals are asked for with, while the request is open; it names them by their digest.
seal_pictures = Table(
    "seal_pictures",
    metadata,
    Column("registration", ForeignKey("registrations.id"), primary_key=True),
    Column("picture", LargeBinary, nullable=False),
)
