"""Credentials offered to wallets, beside the tables of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from trustkit.store.columns import Moment
from trustkit.store.credential_schema import credentials
from trustkit.store.schema import metadata

# What an official offered of a licence. Of the code there is the digest alone; `transaction_mac` is keyed with the code, so that
# six digits cannot be tried out by who has the store and not the code.
credential_offers = Table(
    "credential_offers",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("licence", ForeignKey("licences.identifier"), nullable=False),
    Column("suites", String(32), nullable=False),
    Column("days", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("code_sm3", String(64), nullable=False),
    Column("transaction_mac", String(64)),
    Column("tries", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    UniqueConstraint("code_sm3"),
    CheckConstraint("state IN ('open', 'redeemed', 'revoked', 'locked')", name="state"),
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    Index("ix_credential_offers_licence", "licence", "created_at"),
    Index(None, "created_at"),
)

# What a code became: `binding` is the thumbprint of the key the token is bound to (RFC 9449), empty for whoever bears it.
credential_tokens = Table(
    "credential_tokens",
    metadata,
    Column("token_sm3", String(64), primary_key=True),
    Column("offer", ForeignKey("credential_offers.identifier"), nullable=False),
    Column("binding", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "offer"),
    Index(None, "expires_at"),
)

# What was handed out on an authorization (`source`): of each licence one in a suite. `told` is what the wallet said became of it.
credential_deliveries = Table(
    "credential_deliveries",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("licence", ForeignKey("licences.identifier"), primary_key=True),
    Column("suite", String(8), primary_key=True),
    Column("number", ForeignKey(credentials.c.number), nullable=False),
    Column("notification_sm3", String(64), nullable=False),
    Column("told", String(32)),
    UniqueConstraint("number"),
    UniqueConstraint("notification_sm3"),
)
