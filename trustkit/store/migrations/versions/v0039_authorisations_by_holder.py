"""Authorisations are found by who gave them and whom they name: organisations ask for what they may use."""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index by holder and recipient."""
    op.create_index("ix_copy_authorisations_holder", "copy_authorisations", ["holder", "recipient"])
