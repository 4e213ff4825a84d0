"""Registration: operators, requests with their decisions, and private keys in escrow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_operators()
    _make_registrations()
    op.create_table(
        "escrowed_keys",
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("public_key_sm3", sa.String(64), nullable=False),
        sa.Column("tbs_sm3", sa.String(64), nullable=False),
        sa.Column("key_set", sa.String(32), nullable=False),
        sa.Column("escrowed_at", Moment, nullable=False),
        sa.Column("destroyed_at", Moment),
        sa.Column("envelope", sa.LargeBinary),
        sa.PrimaryKeyConstraint("serial", name="pk_escrowed_keys"),
        sa.CheckConstraint("(destroyed_at IS NULL) = (envelope IS NOT NULL)", name=op.f("ck_escrowed_keys_destroyed")),
    )
    op.create_index("ix_escrowed_keys_escrowed_at", "escrowed_keys", ["escrowed_at"])


def _make_operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("label", sa.String(128), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("public_key_sm3", sa.String(64), nullable=False),
        sa.Column("enrolled_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.Column("sponsor", sa.String(32)),
        sa.Column("statement", sa.LargeBinary),
        sa.Column("signature", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_operators"),
        sa.ForeignKeyConstraint(["sponsor"], ["operators.id"], name="fk_operators_sponsor"),
        sa.CheckConstraint("(sponsor IS NULL) = (statement IS NULL)", name=op.f("ck_operators_statement")),
        sa.CheckConstraint("(sponsor IS NULL) = (signature IS NULL)", name=op.f("ck_operators_signature")),
        sa.UniqueConstraint("public_key_sm3", name="uq_operators_public_key_sm3"),
        sa.CheckConstraint(
            "role IN ('requester', 'registrar', 'auditor', 'custodian')", name=op.f("ck_operators_role")
        ),
    )


def _make_registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requester", sa.String(32), nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("closed_at", Moment),
        sa.Column("serial", sa.String(40)),
        sa.Column("encryption_serial", sa.String(40)),
        sa.Column("response", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
        sa.ForeignKeyConstraint(["requester"], ["operators.id"], name="fk_registrations_requester"),
        sa.CheckConstraint(
            "kind IN ('certificate', 'revocation', 'recovery', 'destruction')", name=op.f("ck_registrations_kind")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'approved', 'working', 'done', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_registrations_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'rejected', 'withdrawn', 'expired')) = (closed_at IS NOT NULL)",
            name=op.f("ck_registrations_closed"),
        ),
        sa.CheckConstraint("response IS NULL OR state = 'done'", name=op.f("ck_registrations_response")),
        sa.CheckConstraint("needed >= 0", name=op.f("ck_registrations_needed")),
    )
    op.create_index("ix_registrations_state_submitted_at", "registrations", ["state", "submitted_at"])
    op.create_index("ix_registrations_submitted_at", "registrations", ["submitted_at"])
    op.create_table(
        "registration_decisions",
        sa.Column("registration", sa.String(32), nullable=False),
        sa.Column("operator", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("decided_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("registration", "operator", name="pk_registration_decisions"),
        sa.ForeignKeyConstraint(["registration"], ["registrations.id"], name="fk_registration_decisions_registration"),
        sa.ForeignKeyConstraint(["operator"], ["operators.id"], name="fk_registration_decisions_operator"),
        sa.CheckConstraint(
            "decision IN ('approve', 'reject', 'withdraw')", name=op.f("ck_registration_decisions_decision")
        ),
    )
