"""What wallets are asked, and their answers until they are over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0041"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "presentations",
        sa.Column("presentation_id", sa.String(32), nullable=False),
        sa.Column("client", sa.String(128), nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("answer_sm3", sa.String(64), nullable=False),
        sa.Column("key_sm3", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("refused", sa.String(64), nullable=False),
        sa.Column("return_sm3", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("presentation_id", name="pk_presentations"),
        sa.UniqueConstraint("answer_sm3", name="uq_presentations_answer_sm3"),
    )
    op.create_index("ix_presentations_expires_at", "presentations", ["expires_at"])
    op.create_index("ix_presentations_client_expires_at", "presentations", ["client", "expires_at"])
