"""Which licences are a person's, and what organisations ask holders to let them use. Nobody's are known before, and nothing was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0046"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "person_holders",
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("linked_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("holder", name="pk_person_holders"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_person_holders_person"),
    )
    op.create_index("ix_person_holders_person", "person_holders", ["person"])
    op.create_table(
        "authorisation_requests",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("handle_sm3", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(18), nullable=False),
        sa.Column("recipient_name", sa.String(120), nullable=False),
        sa.Column("type_code", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(120), nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("most_copies", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("authorisation", sa.String(16)),
        sa.PrimaryKeyConstraint("number", name="pk_authorisation_requests"),
        sa.UniqueConstraint("handle_sm3", name="uq_authorisation_requests_handle_sm3"),
        sa.ForeignKeyConstraint(
            ["authorisation"], ["copy_authorisations.number"], name="fk_authorisation_requests_authorisation"
        ),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'refused')", name="ck_authorisation_requests_state"),
        sa.CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="ck_authorisation_requests_answered"),
        sa.CheckConstraint(
            "(state = 'approved') = (authorisation IS NOT NULL)", name="ck_authorisation_requests_approved"
        ),
    )
    op.create_index(
        "ix_authorisation_requests_recipient_expires_at", "authorisation_requests", ["recipient", "expires_at"]
    )
    op.create_index("ix_authorisation_requests_expires_at", "authorisation_requests", ["expires_at"])
