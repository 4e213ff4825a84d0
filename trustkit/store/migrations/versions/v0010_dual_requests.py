"""Requests of machines for dual certificates: the profile of the encryption certificate, and its serial."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("ca_requests", sa.Column("encryption_profile", sa.String(64), nullable=False, server_default=""))
    op.add_column("ca_requests", sa.Column("encryption_serial", sa.String(40)))
    op.create_index("ix_ca_requests_encryption_serial", "ca_requests", ["encryption_serial"])
