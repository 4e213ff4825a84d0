"""What clients of the verification API used of their quotas, and the answers to calls they may repeat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0038"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "api_use",
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("client", "period", name="pk_api_use"),
    )
    op.create_index("ix_api_use_expires_at", "api_use", ["expires_at"])
    op.create_table(
        "api_calls",
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("key_sm3", sa.String(64), nullable=False),
        sa.Column("call_sm3", sa.String(64), nullable=False),
        sa.Column("begun_at", Moment, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("client", "key_sm3", name="pk_api_calls"),
    )
    op.create_index("ix_api_calls_expires_at", "api_calls", ["expires_at"])
