"""Licences are offered to wallets as credentials: offers, the access tokens their codes became, and what was handed out on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0042"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the three tables."""
    _offers()
    _tokens()
    _deliveries()


def _offers() -> None:
    op.create_table(
        "credential_offers",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("licence", sa.String(128), nullable=False),
        sa.Column("suites", sa.String(32), nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("code_sm3", sa.String(64), nullable=False),
        sa.Column("transaction_mac", sa.String(64)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.PrimaryKeyConstraint("identifier", name="pk_credential_offers"),
        sa.ForeignKeyConstraint(["licence"], ["licences.identifier"], name="fk_credential_offers_licence"),
        sa.UniqueConstraint("code_sm3", name="uq_credential_offers_code_sm3"),
        sa.CheckConstraint("state IN ('open', 'redeemed', 'revoked', 'locked')", name="ck_credential_offers_state"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ck_credential_offers_ended"),
    )
    op.create_index("ix_credential_offers_licence", "credential_offers", ["licence", "created_at"])
    op.create_index("ix_credential_offers_created_at", "credential_offers", ["created_at"])


def _tokens() -> None:
    op.create_table(
        "credential_tokens",
        sa.Column("token_sm3", sa.String(64), nullable=False),
        sa.Column("offer", sa.String(32), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("token_sm3", name="pk_credential_tokens"),
        sa.ForeignKeyConstraint(["offer"], ["credential_offers.identifier"], name="fk_credential_tokens_offer"),
    )
    op.create_index("ix_credential_tokens_offer", "credential_tokens", ["offer"])
    op.create_index("ix_credential_tokens_expires_at", "credential_tokens", ["expires_at"])


def _deliveries() -> None:
    op.create_table(
        "credential_deliveries",
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("licence", sa.String(128), nullable=False),
        sa.Column("suite", sa.String(8), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("notification_sm3", sa.String(64), nullable=False),
        sa.Column("told", sa.String(32)),
        sa.PrimaryKeyConstraint("source", "licence", "suite", name="pk_credential_deliveries"),
        sa.ForeignKeyConstraint(["licence"], ["licences.identifier"], name="fk_credential_deliveries_licence"),
        sa.ForeignKeyConstraint(["number"], ["credentials.number"], name="fk_credential_deliveries_number"),
        sa.UniqueConstraint("number", name="uq_credential_deliveries_number"),
        sa.UniqueConstraint("notification_sm3", name="uq_credential_deliveries_notification_sm3"),
    )
