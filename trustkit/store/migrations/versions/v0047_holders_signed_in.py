"""Who is signed in at the holders' door. Nobody is before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "holder_sessions",
        sa.Column("secret_sm3", sa.String(64), nullable=False),
        sa.Column("grant_id", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("secret_sm3", name="pk_holder_sessions"),
    )
    op.create_index("ix_holder_sessions_expires_at", "holder_sessions", ["expires_at"])
