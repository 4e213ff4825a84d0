"""Requests of machines that wait for registrars: by which number these know them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("ca_requests", sa.Column("registration", sa.String(32)))
