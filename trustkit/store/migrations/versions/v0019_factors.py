"""Factors: passwords, one-time passwords, passkeys, recovery codes, confirmations; attempts at them, and notices of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _factors()
    _passkeys_and_codes()
    _under_way()
    _confirmations()
    _notices()


def _factors() -> None:
    op.create_table(
        "factors",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("material", sa.LargeBinary()),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("drift", sa.Integer(), nullable=False),
        sa.Column("hardware", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.Column("removed_at", Moment()),
        sa.CheckConstraint(
            "kind IN ('confirmation', 'passkey', 'password', 'recovery', 'totp')", name="ck_factors_kind"
        ),
        sa.CheckConstraint("(removed_at IS NULL) = (material IS NOT NULL)", name="ck_factors_material"),
        sa.PrimaryKeyConstraint("id", name="pk_factors"),
    )
    op.create_index("ix_factors_person_created_at", "factors", ["person", "created_at"])
    alone = sa.text("removed_at IS NULL AND kind IN ('password', 'recovery')")
    op.create_index(
        "uq_factors_one_of_a_kind",
        "factors",
        ["person", "kind"],
        unique=True,
        sqlite_where=alone,
        postgresql_where=alone,
    )


def _passkeys_and_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("factor", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("used_at", Moment()),
        sa.ForeignKeyConstraint(["factor"], ["factors.id"], name="fk_recovery_codes_factor_factors"),
        sa.PrimaryKeyConstraint("factor", "digest", name="pk_recovery_codes"),
    )
    op.create_table(
        "passkeys",
        sa.Column("credential_sm3", sa.String(64), nullable=False),
        sa.Column("factor", sa.String(32), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("transports", sa.String(128), nullable=False),
        sa.Column("aaguid", sa.String(32), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["factor"], ["factors.id"], name="fk_passkeys_factor_factors"),
        sa.PrimaryKeyConstraint("credential_sm3", name="pk_passkeys"),
    )
    op.create_index("uq_passkeys_factor", "passkeys", ["factor"], unique=True)


def _under_way() -> None:
    op.create_table(
        "factor_challenges",
        sa.Column("handle_sm3", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32)),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("handle_sm3", name="pk_factor_challenges"),
    )
    op.create_index("ix_factor_challenges_expires_at", "factor_challenges", ["expires_at"])
    op.create_table(
        "factor_attempts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("person", sa.String(32)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("touched_at", Moment(), nullable=False),
        sa.Column("waits_until", Moment()),
        sa.Column("succeeded_at", Moment()),
        sa.CheckConstraint("scope IN ('account', 'address', 'pair')", name="ck_factor_attempts_scope"),
        sa.PrimaryKeyConstraint("key", name="pk_factor_attempts"),
    )
    op.create_index("ix_factor_attempts_touched_at", "factor_attempts", ["touched_at"])
    op.create_index("ix_factor_attempts_person", "factor_attempts", ["person"])


def _confirmations() -> None:
    op.create_table(
        "confirmations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("handle_sm3", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("number", sa.String(4), nullable=False),
        sa.Column("wanted_for", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("factor", sa.String(32)),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("decided_at", Moment()),
        sa.Column("polled_at", Moment()),
        sa.CheckConstraint("state IN ('pending', 'approved', 'denied', 'used')", name="ck_confirmations_state"),
        sa.ForeignKeyConstraint(["factor"], ["factors.id"], name="fk_confirmations_factor_factors"),
        sa.PrimaryKeyConstraint("id", name="pk_confirmations"),
    )
    op.create_index("uq_confirmations_handle_sm3", "confirmations", ["handle_sm3"], unique=True)
    op.create_index("ix_confirmations_person_created_at", "confirmations", ["person", "created_at"])
    op.create_index("ix_confirmations_expires_at", "confirmations", ["expires_at"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("about", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment()),
        sa.Column("sent_at", Moment()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_person_created_at", "notices", ["person", "created_at"])
    unsent = sa.text("sent_at IS NULL")
    op.create_index("ix_notices_unsent", "notices", ["next_at"], sqlite_where=unsent, postgresql_where=unsent)
