"""What one person asks for and another agrees to: proposals of acts on licences, and the rows of files of many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0035"
down_revision = "0041"
branch_labels = None
depends_on = None

_ACTS = "'issue', 'issue-many', 'check', 'change', 'reissue', 'lose', 'suspend', 'resume', 'revoke', 'cancel'"
_OPEN = "state IN ('proposed', 'approved')"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "licence_proposals",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("type_code", sa.String(64), nullable=False),
        sa.Column("identifier", sa.String(128)),
        sa.Column("order_sm3", sa.String(64), nullable=False),
        sa.Column("wanted", sa.LargeBinary),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("licences", sa.Integer, nullable=False),
        sa.Column("maker", sa.String(128), nullable=False),
        sa.Column("checker", sa.String(128)),
        sa.Column("proposed_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("closed_at", Moment),
        sa.Column("reason", sa.String(512)),
        sa.Column("result", sa.String(128)),
        sa.Column("repeat_key", sa.String(128)),
        sa.CheckConstraint(f"act IN ({_ACTS})", name="ck_licence_proposals_act"),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'done', 'refused', 'withdrawn', 'expired')",
            name="ck_licence_proposals_proposal_state",
        ),
        sa.CheckConstraint("maker <> checker", name="ck_licence_proposals_persons"),
        sa.CheckConstraint(f"({_OPEN}) = (closed_at IS NULL)", name="ck_licence_proposals_closed"),
        sa.CheckConstraint(f"({_OPEN}) = (wanted IS NOT NULL)", name="ck_licence_proposals_wanted"),
        sa.ForeignKeyConstraint(["identifier"], ["licences.identifier"], name="fk_licence_proposals_identifier"),
        sa.ForeignKeyConstraint(["result"], ["licences.identifier"], name="fk_licence_proposals_result"),
        sa.PrimaryKeyConstraint("number", name="pk_licence_proposals"),
    )
    op.create_index("uq_licence_proposals_repeat_key", "licence_proposals", ["repeat_key"], unique=True)
    op.create_index("ix_licence_proposals_state_expires_at", "licence_proposals", ["state", "expires_at"])
    op.create_index("ix_licence_proposals_proposed_at", "licence_proposals", ["proposed_at"])
    op.create_table(
        "licence_proposal_rows",
        sa.Column("proposal", sa.String(32), nullable=False),
        sa.Column("repeat_key", sa.String(128), nullable=False),
        sa.Column("identifier", sa.String(128)),
        sa.ForeignKeyConstraint(["proposal"], ["licence_proposals.number"], name="fk_licence_proposal_rows_proposal"),
        sa.ForeignKeyConstraint(["identifier"], ["licences.identifier"], name="fk_licence_proposal_rows_identifier"),
        sa.PrimaryKeyConstraint("proposal", "repeat_key", name="pk_licence_proposal_rows"),
    )
