"""A client's secret is good for a while after it has another. No client has a former one before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0043"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("op_clients", sa.Column("former_secret_sm3", sa.String(64)))
    op.add_column("op_clients", sa.Column("former_ends_at", Moment))
