"""Licences have documents in further formats beside the first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "licence_documents",
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("document_sm3", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["identifier"], ["licences.identifier"], name="fk_licence_documents_identifier_licences"
        ),
        sa.PrimaryKeyConstraint("identifier", "format", name="pk_licence_documents"),
    )
