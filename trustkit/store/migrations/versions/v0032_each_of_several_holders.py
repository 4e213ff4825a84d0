"""A licence with several holders is found by each of them; until now it was filed under all their codes together.

Those of before stay as they are: the key that digests of codes are made with is not the store's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of holders beside the one a licence is filed under."""
    op.create_table(
        "licence_holders",
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["identifier"], ["licences.identifier"], name="fk_licence_holders_identifier"),
        sa.PrimaryKeyConstraint("holder", "identifier", name="pk_licence_holders"),
    )
