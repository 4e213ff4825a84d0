"""The OpenID provider: its clients, keys, requests, grants and tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_clients()
    _make_grants()
    _make_tokens()
    _make_polls()
    _make_lists()


def _make_clients() -> None:
    op.create_table(
        "op_clients",
        sa.Column("identifier", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("secret_sm3", sa.String(64)),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment()),
        sa.UniqueConstraint("name", name="uq_op_clients_name"),
        sa.PrimaryKeyConstraint("identifier", name="pk_op_clients"),
    )
    op.create_table(
        "op_keys",
        sa.Column("kid", sa.String(64), nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("activated_at", Moment()),
        sa.Column("retired_at", Moment()),
        sa.CheckConstraint("state IN ('next', 'current', 'retired')", name=op.f("ck_op_keys_state")),
        sa.PrimaryKeyConstraint("kid", name="pk_op_keys"),
    )
    serving = sa.text("state IN ('next', 'current')")
    op.create_index(
        "uq_op_keys_algorithm_state",
        "op_keys",
        ["algorithm", "state"],
        unique=True,
        sqlite_where=serving,
        postgresql_where=serving,
    )
    op.create_table(
        "op_registration_tokens",
        sa.Column("token_sm3", sa.String(64), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("token_sm3", name="pk_op_registration_tokens"),
    )


def _make_grants() -> None:
    op.create_table(
        "op_requests",
        sa.Column("reference_sm3", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("consent", sa.String(16), nullable=False, server_default=""),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.CheckConstraint("kind IN ('pushed', 'asked')", name=op.f("ck_op_requests_kind")),
        sa.CheckConstraint("consent IN ('', 'given', 'refused')", name=op.f("ck_op_requests_consent")),
        sa.PrimaryKeyConstraint("reference_sm3", name="pk_op_requests"),
    )
    op.create_index("ix_op_requests_expires_at", "op_requests", ["expires_at"])
    op.create_table(
        "op_grants",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("mandate", sa.String(64)),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("identity_level", sa.Integer(), nullable=False),
        sa.Column("authentication_level", sa.Integer(), nullable=False),
        sa.Column("authenticated_at", Moment(), nullable=False),
        sa.Column("methods", sa.Text(), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment()),
        sa.Column("reason", sa.String(32)),
        sa.CheckConstraint("(revoked_at IS NULL) = (reason IS NULL)", name=op.f("ck_op_grants_reason")),
        sa.PrimaryKeyConstraint("identifier", name="pk_op_grants"),
    )
    op.create_index("ix_op_grants_expires_at", "op_grants", ["expires_at"])
    op.create_index("ix_op_grants_person_client", "op_grants", ["person", "client"])
    op.create_index("ix_op_grants_session", "op_grants", ["session"])


def _make_tokens() -> None:
    op.create_table(
        "op_codes",
        sa.Column("code_sm3", sa.String(64), nullable=False),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("challenge", sa.String(64), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("acr_values", sa.Text(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.ForeignKeyConstraint(["grant_id"], ["op_grants.identifier"], name="fk_op_codes_grant_id"),
        sa.PrimaryKeyConstraint("code_sm3", name="pk_op_codes"),
    )
    op.create_index("ix_op_codes_expires_at", "op_codes", ["expires_at"])
    op.create_table(
        "op_refresh_tokens",
        sa.Column("token_sm3", sa.String(64), nullable=False),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.ForeignKeyConstraint(["grant_id"], ["op_grants.identifier"], name="fk_op_refresh_tokens_grant_id"),
        sa.PrimaryKeyConstraint("token_sm3", name="pk_op_refresh_tokens"),
    )
    op.create_index("ix_op_refresh_tokens_expires_at", "op_refresh_tokens", ["expires_at"])
    op.create_index("ix_op_refresh_tokens_grant_id", "op_refresh_tokens", ["grant_id"])


def _make_polls() -> None:
    op.create_table(
        "op_polls",
        sa.Column("poll_sm3", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("user_code_sm3", sa.String(64)),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("grant_id", sa.String(32)),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("polled_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.CheckConstraint("kind = 'device'", name=op.f("ck_op_polls_kind")),
        sa.CheckConstraint("grant_id IS NOT NULL OR state IN ('pending', 'refused')", name=op.f("ck_op_polls_grant")),
        sa.CheckConstraint("state IN ('pending', 'approved', 'refused', 'used')", name=op.f("ck_op_polls_state")),
        sa.ForeignKeyConstraint(["grant_id"], ["op_grants.identifier"], name="fk_op_polls_grant_id"),
        sa.UniqueConstraint("user_code_sm3", name="uq_op_polls_user_code_sm3"),
        sa.PrimaryKeyConstraint("poll_sm3", name="pk_op_polls"),
    )
    op.create_index("ix_op_polls_expires_at", "op_polls", ["expires_at"])
    op.create_table(
        "op_consents",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment()),
        sa.PrimaryKeyConstraint("person", "client", name="pk_op_consents"),
    )


def _make_lists() -> None:
    op.create_table(
        "op_seen",
        sa.Column("seen_sm3", sa.String(64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("seen_sm3", name="pk_op_seen"),
    )
    op.create_index("ix_op_seen_expires_at", "op_seen", ["expires_at"])
    op.create_table(
        "op_revoked_tokens",
        sa.Column("token_id", sa.String(64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_op_revoked_tokens"),
    )
    op.create_index("ix_op_revoked_tokens_expires_at", "op_revoked_tokens", ["expires_at"])
    op.create_table(
        "op_logouts",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'told', 'given-up')", name=op.f("ck_op_logouts_state")),
        sa.PrimaryKeyConstraint("identifier", name="pk_op_logouts"),
    )
    op.create_index("ix_op_logouts_state_due_at", "op_logouts", ["state", "due_at"])
