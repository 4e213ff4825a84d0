"""An index for the newest events about one thing: without it they are looked for among all of their type."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_audit_events_type_object_id_sequence", "audit_events", ["type", "object_id", "sequence"])
