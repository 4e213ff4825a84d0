"""Who people are elsewhere, whom they may act for, and who administers the home."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_people_elsewhere()
    _make_mandates()
    op.create_table(
        "administrators",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("office", sa.String(16), nullable=False),
        sa.Column("assigned_at", Moment, nullable=False),
        sa.Column("assigned_by", sa.String(64), nullable=False),
        sa.CheckConstraint("office IN ('system', 'security', 'audit')", name=op.f("ck_administrators_office")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_administrators_person"),
        sa.PrimaryKeyConstraint("person", name="pk_administrators"),
    )


def _make_people_elsewhere() -> None:
    op.create_table(
        "person_links",
        sa.Column("link_mac", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_person_links_person"),
        sa.PrimaryKeyConstraint("link_mac", name="pk_person_links"),
    )
    op.create_index("ix_person_links_person", "person_links", ["person"])
    op.create_table(
        "person_documents",
        sa.Column("document_mac", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_person_documents_person"),
        sa.PrimaryKeyConstraint("document_mac", name="pk_person_documents"),
    )
    op.create_index("ix_person_documents_person", "person_documents", ["person"])


def _make_mandates() -> None:
    op.create_table(
        "organisations",
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("uscc", name="pk_organisations"),
    )
    op.create_table(
        "mandates",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("valid_from", Moment, nullable=False),
        sa.Column("valid_until", Moment),
        sa.Column("evidence_sm3", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("under", sa.String(32)),
        sa.Column("added_at", Moment, nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "role IN ('legal-representative', 'handler', 'administrator')", name=op.f("ck_mandates_role")
        ),
        sa.CheckConstraint("valid_until IS NULL OR valid_from < valid_until", name=op.f("ck_mandates_period")),
        sa.CheckConstraint("(ended_at IS NULL) = (reason = '')", name=op.f("ck_mandates_ended")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_mandates_person"),
        sa.ForeignKeyConstraint(["uscc"], ["organisations.uscc"], name="fk_mandates_uscc"),
        sa.ForeignKeyConstraint(["under"], ["mandates.id"], name="fk_mandates_under"),
        sa.PrimaryKeyConstraint("id", name="pk_mandates"),
    )
    op.create_index("ix_mandates_person_added_at", "mandates", ["person", "added_at"])
    op.create_index("ix_mandates_uscc_added_at", "mandates", ["uscc", "added_at"])
    op.create_index("ix_mandates_under", "mandates", ["under"])
    in_office = sa.text("role = 'legal-representative' AND ended_at IS NULL")
    op.create_index(
        "uq_mandates_in_office",
        "mandates",
        ["uscc"],
        unique=True,
        sqlite_where=in_office,
        postgresql_where=in_office,
    )
