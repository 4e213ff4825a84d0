"""The tables of subjects: who is linked to whom elsewhere, who may act for which organisation, who administers what (see `trustkit.store.schema`).

Of people there is nothing but pseudonyms and keyed digests. Organisations are public: their codes and names are in the clear.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, Text, text

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# Who somebody is at a provider: HMAC-SM3 of provider and its identifier under the home's secret, hex.
person_links = Table(
    "person_links",
    metadata,
    Column("link_mac", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("provider", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "person"),
)

# That an identity document was seen: HMAC-SM3 of its kind and number, hex. No two people have one document.
person_documents = Table(
    "person_documents",
    metadata,
    Column("document_mac", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index(None, "person"),
)

organisations = Table(
    "organisations",
    metadata,
    Column("uscc", String(18), primary_key=True),
    Column("name", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

# Who may act for whom: never changed but by its end, and by a source that says again what it said.
_IN_OFFICE = text("role = 'legal-representative' AND ended_at IS NULL")
mandates = Table(
    "mandates",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("uscc", ForeignKey("organisations.uscc"), nullable=False),
    Column("role", String(32), nullable=False),
    Column("scope", Text, nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("valid_until", Moment),
    Column("evidence_sm3", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("under", ForeignKey("mandates.id")),
    Column("added_at", Moment, nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("ended_at", Moment),
    Column("reason", String(64), nullable=False),
    CheckConstraint("role IN ('legal-representative', 'handler', 'administrator')", name="role"),
    CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name="period"),
    CheckConstraint("(ended_at IS NULL) = (reason = '')", name="ended"),
    Index(None, "person", "added_at"),
    Index(None, "uscc", "added_at"),
    Index(None, "under"),
    Index("uq_mandates_in_office", "uscc", unique=True, sqlite_where=_IN_OFFICE),
)

# Who administers this home: three offices that never meet in one person. The primary key is the person, so nobody can have two at a time;
# who had which before is the trail's to tell.
administrators = Table(
    "administrators",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("office", String(16), nullable=False),
    Column("assigned_at", Moment, nullable=False),
    Column("assigned_by", String(64), nullable=False),
    CheckConstraint("office IN ('system', 'security', 'audit')", name="office"),
)
