"""Sessions know which session at a provider they came of; requests that wait for a person may be asked behind his back (CIBA)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0027"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column to sessions and logins, and make the table of polls anew: SQLite changes no constraint in place."""
    for table in ("idp_sessions", "idp_logins"):
        op.add_column(table, sa.Column("upstream", sa.String(128), nullable=False, server_default=""))
    op.create_index("ix_idp_sessions_upstream", "idp_sessions", ["upstream"])
    op.execute("CREATE TABLE op_polls_before AS SELECT * FROM op_polls")
    op.drop_table("op_polls")
    op.create_table(
        "op_polls",
        sa.Column("poll_sm3", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("user_code_sm3", sa.String(64)),
        sa.Column("person", sa.String(64)),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("grant_id", sa.String(32)),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("polled_at", Moment()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('device', 'backchannel')", name=op.f("ck_op_polls_kind")),
        sa.CheckConstraint("grant_id IS NOT NULL OR state IN ('pending', 'refused')", name=op.f("ck_op_polls_grant")),
        sa.CheckConstraint("state IN ('pending', 'approved', 'refused', 'used')", name=op.f("ck_op_polls_state")),
        sa.ForeignKeyConstraint(["grant_id"], ["op_grants.identifier"], name="fk_op_polls_grant_id"),
        sa.UniqueConstraint("user_code_sm3", name="uq_op_polls_user_code_sm3"),
        sa.PrimaryKeyConstraint("poll_sm3", name="pk_op_polls"),
    )
    op.execute(
        "INSERT INTO op_polls (poll_sm3, kind, client, user_code_sm3, parameters, state, grant_id, interval_seconds, polled_at,"
        " created_at, expires_at) SELECT poll_sm3, kind, client, user_code_sm3, parameters, state, grant_id, interval_seconds,"
        " polled_at, created_at, expires_at FROM op_polls_before"
    )
    op.drop_table("op_polls_before")
    op.create_index("ix_op_polls_expires_at", "op_polls", ["expires_at"])
    op.create_index("ix_op_polls_person", "op_polls", ["person"])
