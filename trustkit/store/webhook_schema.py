"""Where changes are sent to, what went wrong with it, and the keys they are signed with; in the metadata of `trustkit.store.schema`."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# `place` is the number of the trail's entry its endpoint was told of last: what is to be told is derived from the trail, and kept nowhere else.
# `taken` counts who took it in hand: whoever writes knows the number, and a process that was overtaken writes nothing.
webhooks = Table(
    "webhooks",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("organisation", String(18), nullable=False),
    Column("client", String(128), nullable=False),
    Column("token_id", String(256), nullable=False),
    Column("person", String(128), nullable=False),
    Column("mandate", String(64), nullable=False),
    Column("url", String(2048), nullable=False),
    Column("changes", Text, nullable=False),
    Column("licences", Text, nullable=False),
    Column("algorithm", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failing_since", Moment),
    Column("due_at", Moment, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("ended_at", Moment),
    CheckConstraint("state IN ('active', 'suspended', 'ended')", name="state"),
    CheckConstraint("(state = 'active') = (reason = '')", name="reason"),
    CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    Index("ix_webhooks_organisation", "organisation", "state"),
    Index("ix_webhooks_state", "state", "identifier"),
)

webhook_failures = Table(
    "webhook_failures",
    metadata,
    Column("webhook", ForeignKey("webhooks.identifier"), primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", Integer, nullable=False),
    Column("told", String(64), nullable=False),
)

# Public halves; the private ones are containers among the home's keys.
event_keys = Table(
    "event_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("algorithm", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("retired_at", Moment),
    CheckConstraint("state IN ('current', 'retired', 'withdrawn')", name="state"),
    CheckConstraint("(state = 'current') = (retired_at IS NULL)", name="retired"),
    Index("uq_event_keys_current", "algorithm", unique=True, sqlite_where=text("state = 'current'")),
)
