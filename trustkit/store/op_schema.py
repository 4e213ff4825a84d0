"""The OpenID provider's tables, as the newest migration leaves them (see `trustkit.store.schema`).

Codes, tokens, references and secrets are there as SM3 digests alone: who reads the store can use none of them.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# Who may ask the provider; `registration` is the canonical JSON of `idp.op.client_model`.
op_clients = Table(
    "op_clients",
    metadata,
    Column("identifier", String(64), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("secret_sm3", String(64)),
    Column("registration", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("former_secret_sm3", String(64)),  # good until `former_ends_at`, where there is one
    Column("former_ends_at", Moment),
)

# Of these there is one for each algorithm.
_SERVING = text("state IN ('next', 'current')")

# The provider's signing keys; `sealed` is the private key under the home's secret.
op_keys = Table(
    "op_keys",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("algorithm", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("activated_at", Moment),
    Column("retired_at", Moment),
    CheckConstraint("state IN ('next', 'current', 'retired')", name="state"),
    Index(
        "uq_op_keys_algorithm_state",
        "algorithm",
        "state",
        unique=True,
        sqlite_where=_SERVING,
    ),
)

# Authorization requests: pushed ones (RFC 9126), each used once, and those a person is answering.
op_requests = Table(
    "op_requests",
    metadata,
    Column("reference_sm3", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("client", String(64), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("consent", String(16), nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    CheckConstraint("kind IN ('pushed', 'asked')", name="kind"),
    CheckConstraint("consent IN ('', 'given', 'refused')", name="consent"),
    Index(None, "expires_at"),
)

# What a person allowed a client once: the family of all tokens that come of it. Revoked, none of them is good any more.
op_grants = Table(
    "op_grants",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("client", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("session", String(64), nullable=False),
    Column("mandate", String(64)),
    Column("scopes", Text, nullable=False),
    Column("resources", Text, nullable=False),
    Column("identity_level", Integer, nullable=False),
    Column("authentication_level", Integer, nullable=False),
    Column("authenticated_at", Moment, nullable=False),
    Column("methods", Text, nullable=False),
    Column("binding", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("reason", String(32)),
    CheckConstraint("(revoked_at IS NULL) = (reason IS NULL)", name="reason"),
    Index(None, "session"),
    Index(None, "person", "client"),
    Index(None, "expires_at"),
)

op_codes = Table(
    "op_codes",
    metadata,
    Column("code_sm3", String(64), primary_key=True),
    Column("grant_id", ForeignKey("op_grants.identifier"), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", String(64), nullable=False),
    Column("nonce", Text, nullable=False),
    Column("acr_values", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index(None, "expires_at"),
)

op_refresh_tokens = Table(
    "op_refresh_tokens",
    metadata,
    Column("token_sm3", String(64), primary_key=True),
    Column("grant_id", ForeignKey("op_grants.identifier"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)

# Requests that are answered elsewhere: at another device, by a code (RFC 8628); by the person who was named (CIBA), None when that is nobody.
op_polls = Table(
    "op_polls",
    metadata,
    Column("poll_sm3", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("client", String(64), nullable=False),
    Column("user_code_sm3", String(64), unique=True),
    Column("person", String(64)),
    Column("parameters", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("grant_id", ForeignKey("op_grants.identifier")),
    Column("interval_seconds", Integer, nullable=False),
    Column("polled_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    CheckConstraint("kind IN ('device', 'backchannel')", name="kind"),
    CheckConstraint("state IN ('pending', 'approved', 'refused', 'used')", name="state"),
    CheckConstraint("grant_id IS NOT NULL OR state IN ('pending', 'refused')", name="grant"),
    Index(None, "expires_at"),
    Index(None, "person"),
)

# What a person lets a client have, for himself (no `mandate`) or where he acts under one, until he takes it back.
op_consents = Table(
    "op_consents",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("client", String(64), primary_key=True),
    Column("mandate", String(64), primary_key=True),
    Column("scopes", Text, nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
)

# Identifiers that may be used once: of DPoP proofs and client assertions.
op_seen = Table(
    "op_seen",
    metadata,
    Column("seen_sm3", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

# Access tokens revoked before their end that belong to no grant.
op_revoked_tokens = Table(
    "op_revoked_tokens",
    metadata,
    Column("token_id", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

# Logouts that clients are still to be told of (OpenID Connect Back-Channel Logout 1.0).
op_logouts = Table(
    "op_logouts",
    metadata,
    Column("identifier", String(32), primary_key=True),
    Column("client", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("session", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("state IN ('waiting', 'told', 'given-up')", name="state"),
    Index(None, "state", "due_at"),
)

# Initial access tokens of dynamic registration (RFC 7591 3); each is good for so many clients.
op_registration_tokens = Table(
    "op_registration_tokens",
    metadata,
    Column("token_sm3", String(64), primary_key=True),
    Column("uses_left", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
