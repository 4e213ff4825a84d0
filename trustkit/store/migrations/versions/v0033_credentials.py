"""Licences are issued as credentials, too: each has a slot of its own in the status lists of its suite."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0033"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the register of credentials, and say of a status list which suite's credentials it is for; those there are are of documents."""
    op.add_column("status_lists", sa.Column("suite", sa.String(8)))
    op.create_table(
        "credentials",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.Column("suite", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("status_list", sa.String(512), nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("holder_key", sa.String(64), nullable=False),
        sa.Column("intent_at", Moment, nullable=False),
        sa.Column("issued_at", Moment),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("reason", sa.String(512)),
        sa.Column("credential_sm3", sa.String(64)),
        sa.PrimaryKeyConstraint("number", name="pk_credentials"),
        sa.ForeignKeyConstraint(["identifier"], ["licences.identifier"], name="fk_credentials_identifier"),
        sa.ForeignKeyConstraint(["status_list"], ["status_lists.uri"], name="fk_credentials_status_list"),
        sa.UniqueConstraint("status_list", "status_index", name="uq_credentials_status_list_status_index"),
        sa.CheckConstraint(
            "state IN ('intent', 'issued', 'suspended', 'revoked', 'abandoned')", name="ck_credentials_state"
        ),
        sa.CheckConstraint(
            "(state IN ('intent', 'abandoned')) = (credential_sm3 IS NULL)", name="ck_credentials_issued"
        ),
        sa.CheckConstraint("(state IN ('revoked', 'abandoned')) = (ended_at IS NOT NULL)", name="ck_credentials_ended"),
    )
    op.create_index("ix_credentials_identifier", "credentials", ["identifier", "intent_at"])
    op.create_index("ix_credentials_unfinished", "credentials", ["state", "intent_at"])
