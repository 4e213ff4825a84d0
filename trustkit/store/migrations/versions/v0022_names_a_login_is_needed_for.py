"""A login that is needed is needed for any of several names, which may promise more than a level; none was ever opened silently."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the names, and whether one of them must be reached: what is open now asks for its level alone."""
    op.add_column("idp_interactions", sa.Column("acr_values", sa.Text(), nullable=False, server_default=""))
    op.add_column("idp_interactions", sa.Column("insists", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.drop_column("idp_interactions", "silent")
