"""Tables of the holder's own door: which licences are a person's, what organisations ask him for, who is signed in there (see `trustkit.store.schema`)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# Under which keyed digest of his code the register has a person's licences: as `licences.holder`, so that nobody's code is asked for twice.
person_holders = Table(
    "person_holders",
    metadata,
    Column("holder", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("linked_at", Moment, nullable=False),
    Index(None, "person"),
)

# What an organisation asks some holder to let it use. Of the handle in its link the digest is kept; `holder`, if it names one, is a keyed digest.
authorisation_requests = Table(
    "authorisation_requests",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("handle_sm3", String(64), nullable=False, unique=True),
    Column("recipient", String(18), nullable=False),
    Column("recipient_name", String(120), nullable=False),
    Column("type_code", String(64), nullable=False),
    Column("purpose", String(120), nullable=False),
    Column("days", Integer, nullable=False),
    Column("most_copies", Integer, nullable=False),
    Column("holder", String(64)),
    Column("state", String(16), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("authorisation", ForeignKey("copy_authorisations.number")),
    CheckConstraint("state IN ('waiting', 'approved', 'refused')", name="state"),
    CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered"),
    CheckConstraint("(state = 'approved') = (authorisation IS NOT NULL)", name="approved"),
    Index(None, "recipient", "expires_at"),
    Index(None, "expires_at"),
)

# Who is signed in at the door: the digest of the cookie's secret, and the grant at the provider that everything else is read from.
holder_sessions = Table(
    "holder_sessions",
    metadata,
    Column("secret_sm3", String(64), primary_key=True),
    Column("grant_id", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)
