"""Where organisations are told of changes, what went wrong with telling them, and the keys of what they are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_CURRENT = sa.text("state = 'current'")


def upgrade() -> None:
    """Add the tables."""
    _webhooks()
    op.create_table(
        "webhook_failures",
        sa.Column("webhook", sa.String(32), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("told", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("webhook", "at", name="pk_webhook_failures"),
        sa.ForeignKeyConstraint(["webhook"], ["webhooks.identifier"], name="fk_webhook_failures_webhook"),
    )
    op.create_table(
        "event_keys",
        sa.Column("kid", sa.String(64), nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("public_jwk", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("retired_at", Moment),
        sa.PrimaryKeyConstraint("kid", name="pk_event_keys"),
        sa.CheckConstraint("state IN ('current', 'retired', 'withdrawn')", name="ck_event_keys_state"),
        sa.CheckConstraint("(state = 'current') = (retired_at IS NULL)", name="ck_event_keys_retired"),
    )
    op.create_index(
        "uq_event_keys_current",
        "event_keys",
        ["algorithm"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("organisation", sa.String(18), nullable=False),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("token_id", sa.String(256), nullable=False),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("mandate", sa.String(64), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("licences", sa.Text, nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failing_since", Moment),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("valid_until", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.PrimaryKeyConstraint("identifier", name="pk_webhooks"),
        sa.CheckConstraint("state IN ('active', 'suspended', 'ended')", name="ck_webhooks_state"),
        sa.CheckConstraint("(state = 'active') = (reason = '')", name="ck_webhooks_reason"),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ck_webhooks_ended"),
    )
    op.create_index("ix_webhooks_organisation", "webhooks", ["organisation", "state"])
    op.create_index("ix_webhooks_state", "webhooks", ["state", "identifier"])
