"""Renewals of PDF that were begun, each until its end is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pdf_renewals",
        sa.Column("document_sm3", sa.String(64), nullable=False),
        sa.Column("original_sm3", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("intent_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.CheckConstraint("state IN ('intent', 'renewed', 'abandoned')", name=op.f("ck_pdf_renewals_state")),
        sa.CheckConstraint("(state = 'intent') = (ended_at IS NULL)", name=op.f("ck_pdf_renewals_ended")),
        sa.PrimaryKeyConstraint("document_sm3", name="pk_pdf_renewals"),
    )
    op.create_index("ix_pdf_renewals_original_sm3_state", "pdf_renewals", ["original_sm3", "state"])
