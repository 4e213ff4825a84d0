"""The tables of the machine doors, beside those of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# API clients of the certificate authority. Of a secret only its SM3 digest is kept; `granted` is what a client may do.
ca_clients = Table(
    "ca_clients",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("secret_sm3", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("granted", Text, nullable=False, server_default=""),
    UniqueConstraint("name"),
)

# Requests for certificates that came through the API and the enrolment protocols. `repeat_key` is the client's
# Idempotency-Key, or the identifier itself where there is none, or made of the request where registrars decide: `registration` is the
# number of the request they see. With `encryption_profile` a pair is asked for, whose other serial is `encryption_serial`.
ca_requests = Table(
    "ca_requests",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("requester", String(128), nullable=False),
    Column("repeat_key", String(128), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("request_sm3", String(64), nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("serial", String(40)),
    Column("reason", String(64)),
    Column("registration", String(32)),
    Column("encryption_profile", String(64), nullable=False, server_default=""),
    Column("encryption_serial", String(40)),
    CheckConstraint("state IN ('processing', 'issued', 'refused')", name="state"),
    CheckConstraint("(state = 'issued') = (serial IS NOT NULL)", name="serial"),
    UniqueConstraint("requester", "repeat_key"),
    Index(None, "serial"),
    Index(None, "encryption_serial"),
)

# External accounts (RFC 8555 7.3.4). The MAC key is there until it is used or revoked, and erased then.
acme_externals = Table(
    "acme_externals",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("mac_key", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("bound_at", Moment),
    Column("revoked_at", Moment),
)

acme_accounts = Table(
    "acme_accounts",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("thumbprint", String(64), nullable=False),
    Column("jwk", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("contacts", Text, nullable=False),
    Column("external", ForeignKey("acme_externals.identifier")),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("state IN ('valid', 'deactivated', 'revoked')", name="state"),
    UniqueConstraint("thumbprint"),
)

acme_orders = Table(
    "acme_orders",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("account", ForeignKey("acme_accounts.identifier"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("names", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("request", LargeBinary),
    Column("claimed_at", Moment),
    Column("serial", String(40)),
    Column("problem", Text),
    CheckConstraint("state IN ('pending', 'ready', 'processing', 'valid', 'invalid')", name="state"),
    CheckConstraint("(state = 'valid') = (serial IS NOT NULL)", name="serial"),
    Index(None, "account", "created_at"),
    Index(None, "state", "claimed_at"),
)

acme_authorizations = Table(
    "acme_authorizations",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("order_id", ForeignKey("acme_orders.identifier"), nullable=False),
    Column("name", String(253), nullable=False),
    Column("wildcard", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("expires_at", Moment, nullable=False),
    CheckConstraint("state IN ('pending', 'valid', 'invalid', 'deactivated')", name="state"),
    Index(None, "order_id"),
)

acme_challenges = Table(
    "acme_challenges",
    metadata,
    Column("authorization", ForeignKey("acme_authorizations.identifier"), primary_key=True),
    Column("type", String(16), primary_key=True),
    Column("token", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment),
    Column("validated_at", Moment),
    Column("problem", Text),
    CheckConstraint("state IN ('pending', 'processing', 'valid', 'invalid')", name="state"),
    Index(None, "state", "due_at"),
)

# Authorizations of remote signing (CSC API v2). The SAD itself is with the client alone; `hashes_sm3` stands for the hashes it is for.
csc_activations = Table(
    "csc_activations",
    metadata,
    Column("sad_sm3", String(64), primary_key=True),
    Column("client", String(32), nullable=False),
    Column("credential", String(64), nullable=False),
    Column("hashes_sm3", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index(None, "expires_at"),
)
