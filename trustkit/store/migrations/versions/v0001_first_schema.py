"""The first schema: certificates, CRLs, licences, status lists, sequences, and the trail that only grows.

The trail's triggers refuse UPDATE and DELETE (and TRUNCATE on PostgreSQL). They also keep the numbering: on PostgreSQL
the trigger takes a lock held until commit and numbers the row itself, so numbers have no gaps and appear in order; on
SQLite, where writers are alone anyway, it refuses a number that is not the next one. That refusal also stops INSERT OR
REPLACE, which would otherwise delete a row without firing its DELETE trigger.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

POSTGRESQL_GUARDS = (
    # The lock's number is "trail" in ASCII. READ COMMITTED lets the SELECT after the lock see the last committed row.
    """
    CREATE FUNCTION trustkit_audit_number() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(500135192940);
      EXECUTE format('SELECT coalesce(max(sequence), 0) + 1 FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO NEW.sequence;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION trustkit_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'audit_events only grows' USING ERRCODE = 'TK001';
    END $$
    """,
    """
    CREATE TRIGGER audit_events_number BEFORE INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION trustkit_audit_number()
    """,
    """
    CREATE TRIGGER audit_events_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION trustkit_audit_refuse()
    """,
    # ALWAYS: a session that calls itself a replica does not get around them.
    "ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_number",
    "ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_refuse",
)

SQLITE_GUARDS = (
    """
    CREATE TRIGGER audit_events_number BEFORE INSERT ON audit_events
    WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM audit_events)
    BEGIN SELECT RAISE(ABORT, 'audit_events only grows'); END
    """,
    """
    CREATE TRIGGER audit_events_update BEFORE UPDATE ON audit_events
    BEGIN SELECT RAISE(ABORT, 'audit_events only grows'); END
    """,
    """
    CREATE TRIGGER audit_events_delete BEFORE DELETE ON audit_events
    BEGIN SELECT RAISE(ABORT, 'audit_events only grows'); END
    """,
)


def upgrade() -> None:
    """Make every table from nothing."""
    _make_bookkeeping()
    _make_certificates()
    _make_licences()
    _make_trail()


def _make_bookkeeping() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "sequences",
        sa.Column("name", sa.String(640), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sequences"),
    )


def _make_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("issuer", sa.String(128), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("intent_at", Moment, nullable=False),
        sa.Column("issued_at", Moment),
        sa.Column("not_after", Moment),
        sa.Column("abandoned_at", Moment),
        sa.Column("revoked_at", Moment),
        sa.Column("reason", sa.String(64)),
        sa.Column("der", sa.LargeBinary),
        sa.PrimaryKeyConstraint("serial", name="pk_certificates"),
        sa.CheckConstraint("state IN ('intent', 'issued', 'abandoned')", name=op.f("ck_certificates_state")),
        sa.CheckConstraint("(state = 'issued') = (der IS NOT NULL)", name=op.f("ck_certificates_der")),
        sa.CheckConstraint("revoked_at IS NULL OR state = 'issued'", name=op.f("ck_certificates_revoked")),
    )
    op.create_index("ix_certificates_issuer_revoked_at", "certificates", ["issuer", "revoked_at"])
    op.create_index("ix_certificates_state_intent_at", "certificates", ["state", "intent_at"])
    op.create_table(
        "crls",
        sa.Column("issuer", sa.String(128), nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("this_update", Moment, nullable=False),
        sa.Column("next_update", Moment, nullable=False),
        sa.Column("der", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "number", name="pk_crls"),
    )


def _make_licences() -> None:
    op.create_table(
        "status_lists",
        sa.Column("uri", sa.String(512), nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("uri", name="pk_status_lists"),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_status_lists_capacity")),
    )
    op.create_table(
        "status_tokens",
        sa.Column("uri", sa.String(512), nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("uri", "number", name="pk_status_tokens"),
        sa.ForeignKeyConstraint(["uri"], ["status_lists.uri"], name="fk_status_tokens_uri"),
    )
    op.create_table(
        "licences",
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.Column("type_code", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("status_list", sa.String(512), nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("intent_at", Moment, nullable=False),
        sa.Column("issued_at", Moment),
        sa.Column("abandoned_at", Moment),
        sa.Column("revoked_at", Moment),
        sa.Column("reason", sa.String(512)),
        sa.Column("document_sm3", sa.String(64)),
        sa.Column("document", sa.LargeBinary),
        sa.PrimaryKeyConstraint("identifier", name="pk_licences"),
        sa.ForeignKeyConstraint(["status_list"], ["status_lists.uri"], name="fk_licences_status_list"),
        sa.UniqueConstraint("status_list", "status_index", name="uq_licences_status_list_status_index"),
        sa.CheckConstraint("state IN ('intent', 'issued', 'revoked', 'abandoned')", name=op.f("ck_licences_state")),
        sa.CheckConstraint(
            "(state IN ('issued', 'revoked')) = (document IS NOT NULL)", name=op.f("ck_licences_document")
        ),
        sa.CheckConstraint("(document IS NULL) = (document_sm3 IS NULL)", name=op.f("ck_licences_digest")),
        sa.CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name=op.f("ck_licences_revoked")),
        sa.CheckConstraint("status_index >= 0", name=op.f("ck_licences_status_index")),
    )
    op.create_index("ix_licences_state_intent_at", "licences", ["state", "intent_at"])
    op.create_index("ix_licences_intent_at", "licences", ["intent_at"])


def _make_trail() -> None:
    op.create_table(
        "audit_events",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("object_type", sa.String(64), nullable=False),
        sa.Column("object_id", sa.String(256), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(128), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_events"),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_audit_events_sequence")),
    )
    op.create_index("ix_audit_events_type_sequence", "audit_events", ["type", "sequence"])
    for statement in POSTGRESQL_GUARDS if op.get_bind().dialect.name == "postgresql" else SQLITE_GUARDS:
        op.execute(sa.text(statement.replace(":", r"\:")))
