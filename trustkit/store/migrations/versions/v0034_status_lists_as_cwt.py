"""A status list is kept as CWT beside the JWT. Lists signed before have none, until the next is signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("status_tokens", sa.Column("cwt", sa.LargeBinary))
