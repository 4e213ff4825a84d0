"""Copies of licences for a purpose (加注件) and the authorisations they rest on, beside the tables of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# Who let a licence be used, for what, by whom, until when and how often (用证授权). `holder` is a keyed digest of his code, as
# `licences.holder` is; `evidence_sm3` the digest of what he signed or of the token he signed in with, which is not kept here.
copy_authorisations = Table(
    "copy_authorisations",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("identifier", ForeignKey("licences.identifier"), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("purpose", String(120), nullable=False),
    Column("recipient", String(18), nullable=False),
    Column("recipient_name", String(120), nullable=False),
    Column("source", String(16), nullable=False),
    Column("evidence_sm3", String(64), nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("most_copies", Integer, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("withdrawn_at", Moment),
    Column("reason", String(512)),
    CheckConstraint("source IN ('statement', 'sign-in')", name="source"),
    CheckConstraint("copies BETWEEN 0 AND most_copies", name="copies"),
    CheckConstraint("(withdrawn_at IS NULL) = (reason IS NULL)", name="withdrawn"),
    Index("ix_copy_authorisations_identifier", "identifier", "recorded_at"),
    Index("ix_copy_authorisations_holder", "holder", "recipient"),
)

licence_copies = Table(
    "licence_copies",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("identifier", ForeignKey("licences.identifier"), nullable=False),
    Column("authorisation", ForeignKey("copy_authorisations.number"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("status_list", ForeignKey("status_lists.uri"), nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("intent_at", Moment, nullable=False),
    Column("issued_at", Moment),
    Column("ended_at", Moment),
    Column("reason", String(512)),
    Column("repeat_key", String(128), unique=True),
    Column("order_sm3", String(64)),
    UniqueConstraint("status_list", "status_index"),
    CheckConstraint("state IN ('intent', 'issued', 'revoked', 'abandoned')", name="state"),
    CheckConstraint("(state IN ('intent', 'abandoned')) = (issued_at IS NULL)", name="issued"),
    CheckConstraint("(state IN ('revoked', 'abandoned')) = (ended_at IS NOT NULL)", name="ended"),
    Index("ix_licence_copies_identifier", "identifier", "intent_at"),
    Index("ix_licence_copies_unfinished", "state", "intent_at"),
)

copy_documents = Table(
    "copy_documents",
    metadata,
    Column("number", ForeignKey("licence_copies.number"), primary_key=True),
    Column("format", String(8), primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("document_sm3", String(64), nullable=False),
)
