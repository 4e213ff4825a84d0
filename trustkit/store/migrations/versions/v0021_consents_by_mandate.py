"""What somebody lets a client have for himself is not what he lets it have where he acts for an organisation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew, with consents so far as people's own."""
    op.execute("CREATE TABLE op_consents_before AS SELECT * FROM op_consents")
    op.drop_table("op_consents")
    op.create_table(
        "op_consents",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("mandate", sa.String(64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment()),
        sa.PrimaryKeyConstraint("person", "client", "mandate", name="pk_op_consents"),
    )
    op.execute(
        "INSERT INTO op_consents (person, client, mandate, scopes, given_at, withdrawn_at)"
        " SELECT person, client, '', scopes, given_at, withdrawn_at FROM op_consents_before"
    )
    op.drop_table("op_consents_before")
