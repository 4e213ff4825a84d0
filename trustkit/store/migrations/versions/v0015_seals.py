"""The registry of electronic seals, and the requests about them.

SQLite cannot change a CHECK: the table of requests is made anew there, while its decisions keep pointing at it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('certificate', 'revocation', 'recovery', 'destruction',"
    " 'seal', 'seal-suspension', 'seal-loss', 'seal-resumption', 'seal-revocation')"
)
_STATES = "state IN ('submitted', 'approved', 'working', 'done', 'rejected', 'withdrawn', 'expired')"
_CLOSED = "(state IN ('done', 'rejected', 'withdrawn', 'expired')) = (closed_at IS NOT NULL)"


def upgrade() -> None:
    """Let requests be about seals, then make the tables."""
    if op.get_bind().dialect.name == "sqlite":
        _make_registrations_anew()
    else:
        op.drop_constraint(op.f("ck_registrations_kind"), "registrations", type_="check")
        op.create_check_constraint(op.f("ck_registrations_kind"), "registrations", _KINDS)
    _make_seals()
    _make_changes()
    op.create_table(
        "seal_pictures",
        sa.Column("registration", sa.String(32), nullable=False),
        sa.Column("picture", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["registration"], ["registrations.id"], name="fk_seal_pictures_registration"),
        sa.PrimaryKeyConstraint("registration", name="pk_seal_pictures"),
    )


def _make_registrations_anew() -> None:
    op.execute("PRAGMA defer_foreign_keys=ON")  # until the commit decisions may name requests that are on their way
    op.execute("CREATE TEMPORARY TABLE kept_registrations AS SELECT * FROM registrations")
    op.drop_table("registrations")
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
        sa.CheckConstraint(_KINDS, name=op.f("ck_registrations_kind")),
        sa.CheckConstraint(_STATES, name=op.f("ck_registrations_state")),
        sa.CheckConstraint(_CLOSED, name=op.f("ck_registrations_closed")),
        sa.CheckConstraint("response IS NULL OR state = 'done'", name=op.f("ck_registrations_response")),
        sa.CheckConstraint("needed >= 0", name=op.f("ck_registrations_needed")),
        sa.ForeignKeyConstraint(["requester"], ["operators.id"], name="fk_registrations_requester"),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
    )
    op.execute(
        "INSERT INTO registrations (id, kind, state, requester, needed, statement, signature, submitted_at, expires_at,"
        " closed_at, serial, encryption_serial, response)"
        " SELECT id, kind, state, requester, needed, statement, signature, submitted_at, expires_at,"
        " closed_at, serial, encryption_serial, response FROM kept_registrations"
    )
    op.execute("DROP TABLE kept_registrations")
    op.create_index("ix_registrations_state_submitted_at", "registrations", ["state", "submitted_at"])
    op.create_index("ix_registrations_submitted_at", "registrations", ["submitted_at"])


def _make_seals() -> None:
    alive = sa.text("state <> 'abandoned'")
    op.create_table(
        "seals",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("registration", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("intent_at", Moment, nullable=False),
        sa.Column("made_at", Moment),
        sa.Column("valid_until", Moment),
        sa.Column("abandoned_at", Moment),
        sa.Column("reason", sa.String(64)),
        sa.Column("info_sm3", sa.String(64)),
        sa.Column("document_sm3", sa.String(64)),
        sa.Column("document", sa.LargeBinary),
        sa.CheckConstraint(
            "state IN ('intent', 'abandoned', 'in-force', 'suspended', 'lost', 'revoked')", name=op.f("ck_seals_state")
        ),
        sa.CheckConstraint("(state IN ('intent', 'abandoned')) = (document IS NULL)", name=op.f("ck_seals_document")),
        sa.CheckConstraint("(document IS NULL) = (document_sm3 IS NULL)", name=op.f("ck_seals_digest")),
        sa.CheckConstraint("(document IS NULL) = (info_sm3 IS NULL)", name=op.f("ck_seals_info")),
        sa.CheckConstraint("(document IS NULL) = (made_at IS NULL)", name=op.f("ck_seals_made")),
        sa.CheckConstraint("(document IS NULL) = (valid_until IS NULL)", name=op.f("ck_seals_valid")),
        sa.CheckConstraint("(state = 'abandoned') = (abandoned_at IS NOT NULL)", name=op.f("ck_seals_abandoned")),
        sa.ForeignKeyConstraint(["registration"], ["registrations.id"], name="fk_seals_registration"),
        sa.PrimaryKeyConstraint("number", name="pk_seals"),
    )
    op.create_index(
        "uq_seals_registration", "seals", ["registration"], unique=True, sqlite_where=alive, postgresql_where=alive
    )
    op.create_index("uq_seals_info_sm3", "seals", ["info_sm3"], unique=True)
    op.create_index("ix_seals_state_intent_at", "seals", ["state", "intent_at"])
    op.create_index("ix_seals_intent_at", "seals", ["intent_at"])


def _make_changes() -> None:
    op.create_table(
        "seal_changes",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.Column("registration", sa.String(32), nullable=False),
        sa.CheckConstraint("act IN ('suspend', 'resume', 'lose', 'revoke')", name=op.f("ck_seal_changes_act")),
        sa.CheckConstraint("state IN ('in-force', 'suspended', 'lost', 'revoked')", name=op.f("ck_seal_changes_state")),
        sa.CheckConstraint("ordinal > 0", name=op.f("ck_seal_changes_ordinal")),
        sa.ForeignKeyConstraint(["number"], ["seals.number"], name="fk_seal_changes_number"),
        sa.ForeignKeyConstraint(["registration"], ["registrations.id"], name="fk_seal_changes_registration"),
        sa.PrimaryKeyConstraint("number", "ordinal", name="pk_seal_changes"),
    )
    op.create_index("uq_seal_changes_registration", "seal_changes", ["registration"], unique=True)
