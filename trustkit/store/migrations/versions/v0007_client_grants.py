"""What each API client was granted. Those there are get nothing: nobody has said yet what they may ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("ca_clients", sa.Column("granted", sa.Text, nullable=False, server_default=""))
