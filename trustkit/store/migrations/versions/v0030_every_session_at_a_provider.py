"""Sessions keep every session at a provider they stand on, and logouts a provider told of lately are remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0030"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables; what a session kept in its column before stays there and goes on to be looked for."""
    op.create_table(
        "idp_session_upstreams",
        sa.Column("session", sa.String(32), nullable=False),
        sa.Column("upstream", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["idp_sessions.id"], name="fk_idp_session_upstreams_session"),
        sa.PrimaryKeyConstraint("session", "upstream", name="pk_idp_session_upstreams"),
    )
    op.create_index("ix_idp_session_upstreams_upstream", "idp_session_upstreams", ["upstream"])
    op.create_table(
        "idp_upstream_logouts",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_idp_upstream_logouts"),
    )
    op.create_index("ix_idp_upstream_logouts_expires_at", "idp_upstream_logouts", ["expires_at"])
