"""OCSP answers signed before they are asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "ocsp_answers",
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("issuer", sa.String(128), nullable=False),
        sa.Column("responder", sa.String(40), nullable=False),
        sa.Column("revoked_at", Moment),
        sa.Column("reason", sa.String(64)),
        sa.Column("this_update", Moment, nullable=False),
        sa.Column("next_update", Moment, nullable=False),
        sa.Column("refresh_at", Moment, nullable=False),
        sa.Column("tbs", sa.LargeBinary, nullable=False),
        sa.Column("suite", sa.String(32), nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_ocsp_answers"),
        sa.ForeignKeyConstraint(["serial"], ["certificates.serial"], name="fk_ocsp_answers_serial"),
        sa.ForeignKeyConstraint(["responder"], ["certificates.serial"], name="fk_ocsp_answers_responder"),
    )
    op.create_index("ix_ocsp_answers_issuer_refresh_at", "ocsp_answers", ["issuer", "refresh_at"])
