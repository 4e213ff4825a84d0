"""An index of the few certificates whose rows do not say which key signed them, so that looking for them costs nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    which = sa.text("authority_key IS NULL AND der IS NOT NULL")
    op.create_index(
        "ix_certificates_unsaid_key", "certificates", ["serial"], sqlite_where=which, postgresql_where=which
    )
