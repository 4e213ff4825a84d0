"""Copies of licences for a purpose, each with a slot of its own in status lists of copies, and the authorisations they rest on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0036"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the registers of authorisations and of copies, and the documents of copies."""
    _authorisations()
    _copies()
    op.create_table(
        "copy_documents",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("document_sm3", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", "format", name="pk_copy_documents"),
        sa.ForeignKeyConstraint(["number"], ["licence_copies.number"], name="fk_copy_documents_number"),
    )


def _authorisations() -> None:
    op.create_table(
        "copy_authorisations",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(120), nullable=False),
        sa.Column("recipient", sa.String(18), nullable=False),
        sa.Column("recipient_name", sa.String(120), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("evidence_sm3", sa.String(64), nullable=False),
        sa.Column("valid_until", Moment, nullable=False),
        sa.Column("most_copies", sa.Integer, nullable=False),
        sa.Column("copies", sa.Integer, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("withdrawn_at", Moment),
        sa.Column("reason", sa.String(512)),
        sa.PrimaryKeyConstraint("number", name="pk_copy_authorisations"),
        sa.ForeignKeyConstraint(["identifier"], ["licences.identifier"], name="fk_copy_authorisations_identifier"),
        sa.CheckConstraint("source IN ('statement', 'sign-in')", name="ck_copy_authorisations_source"),
        sa.CheckConstraint("copies BETWEEN 0 AND most_copies", name="ck_copy_authorisations_copies"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (reason IS NULL)", name="ck_copy_authorisations_withdrawn"),
    )
    op.create_index("ix_copy_authorisations_identifier", "copy_authorisations", ["identifier", "recorded_at"])


def _copies() -> None:
    op.create_table(
        "licence_copies",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.Column("authorisation", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("status_list", sa.String(512), nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("valid_from", Moment, nullable=False),
        sa.Column("valid_until", Moment, nullable=False),
        sa.Column("intent_at", Moment, nullable=False),
        sa.Column("issued_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("reason", sa.String(512)),
        sa.Column("repeat_key", sa.String(128)),
        sa.Column("order_sm3", sa.String(64)),
        sa.PrimaryKeyConstraint("number", name="pk_licence_copies"),
        sa.ForeignKeyConstraint(["identifier"], ["licences.identifier"], name="fk_licence_copies_identifier"),
        sa.ForeignKeyConstraint(
            ["authorisation"], ["copy_authorisations.number"], name="fk_licence_copies_authorisation"
        ),
        sa.ForeignKeyConstraint(["status_list"], ["status_lists.uri"], name="fk_licence_copies_status_list"),
        sa.UniqueConstraint("repeat_key", name="uq_licence_copies_repeat_key"),
        sa.UniqueConstraint("status_list", "status_index", name="uq_licence_copies_status_list_status_index"),
        sa.CheckConstraint("state IN ('intent', 'issued', 'revoked', 'abandoned')", name="ck_licence_copies_state"),
        sa.CheckConstraint("(state IN ('intent', 'abandoned')) = (issued_at IS NULL)", name="ck_licence_copies_issued"),
        sa.CheckConstraint(
            "(state IN ('revoked', 'abandoned')) = (ended_at IS NOT NULL)", name="ck_licence_copies_ended"
        ),
    )
    op.create_index("ix_licence_copies_identifier", "licence_copies", ["identifier", "intent_at"])
    op.create_index("ix_licence_copies_unfinished", "licence_copies", ["state", "intent_at"])
