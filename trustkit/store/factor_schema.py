"""The tables of factors: what people prove themselves with, what was tried, what is under way, and what they are told of."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

_ONE_OF_A_KIND = text("removed_at IS NULL AND kind IN ('password', 'recovery')")
_NOT_SENT = text("sent_at IS NULL")

# `material` is what a proof is held against: a password's hash, a sealed secret, a public key. It is gone once the factor is.
# `counter` only grows: the newest step of a one-time password that was used, the newest sign count of a passkey.
factors = Table(
    "factors",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("label", Text, nullable=False),
    Column("material", LargeBinary),
    Column("counter", BigInteger, nullable=False),
    Column("drift", Integer, nullable=False),
    Column("hardware", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("removed_at", Moment),
    CheckConstraint("kind IN ('confirmation', 'passkey', 'password', 'recovery', 'totp')", name="kind"),
    CheckConstraint("(removed_at IS NULL) = (material IS NOT NULL)", name="material"),
    Index(None, "person", "created_at"),
    Index(
        "uq_factors_one_of_a_kind",
        "person",
        "kind",
        unique=True,
        sqlite_where=_ONE_OF_A_KIND,
    ),
)

# Recovery codes by their keyed digest, hex; each is used once.
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("factor", ForeignKey("factors.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("used_at", Moment),
)

# Passkeys by the SM3 of their credential's identifier, which is the authenticator's and may be long.
passkeys = Table(
    "passkeys",
    metadata,
    Column("credential_sm3", String(64), primary_key=True),
    Column("factor", ForeignKey("factors.id"), nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("transports", String(128), nullable=False),
    Column("aaguid", String(32), nullable=False),
    Column("backup_eligible", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Index("uq_passkeys_factor", "factor", unique=True),
)

# What was handed out and is to come back once: enrolments under way, challenges. The handle is known by its SM3 alone.
factor_challenges = Table(
    "factor_challenges",
    metadata,
    Column("handle_sm3", String(64), primary_key=True),
    Column("purpose", String(32), nullable=False),
    Column("person", String(32)),
    Column("kept", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

# Proofs that were tried, counted by keyed digests of an account, of an address, and of both together.
factor_attempts = Table(
    "factor_attempts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("scope", String(8), nullable=False),
    Column("person", String(32)),
    Column("failures", Integer, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    Column("waits_until", Moment),
    Column("succeeded_at", Moment),
    CheckConstraint("scope IN ('account', 'address', 'pair')", name="scope"),
    Index(None, "touched_at"),
    Index(None, "person"),
)

# Confirmations asked of somebody's app: pending → approved → used, or denied. The handle polls, the id is what the app sees.
confirmations = Table(
    "confirmations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("handle_sm3", String(64), nullable=False),
    Column("person", String(32)),
    Column("state", String(16), nullable=False),
    Column("number", String(4), nullable=False),
    Column("wanted_for", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("factor", ForeignKey("factors.id")),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("polled_at", Moment),
    CheckConstraint("state IN ('pending', 'approved', 'denied', 'used')", name="state"),
    Index("uq_confirmations_handle_sm3", "handle_sm3", unique=True),
    Index(None, "person", "created_at"),
    Index(None, "expires_at"),
)

# What people are to be told of: written with the act, shown on their page, and handed on until the channel takes it.
notices = Table(
    "notices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", String(32), nullable=False),
    Column("about", String(32), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment),
    Column("sent_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Index(None, "person", "created_at"),
    Index("ix_notices_unsent", "next_at", sqlite_where=_NOT_SENT),
)
