"""Licences live: they are suspended, changed, lost, cancelled; what was done to them is kept, and they are found by whom and what they are.

SQLite cannot change a CHECK: the table is made anew there, while documents keep pointing at it. Who holds a licence of before is not
known to the index, for the key it is made with is not the store's.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_STATES: Final = "state IN ('intent', 'issued', 'suspended', 'superseded', 'lost', 'revoked', 'cancelled', 'abandoned')"
_DOCUMENT: Final = "(state IN ('intent', 'abandoned')) = (document IS NULL)"
_ENDED: Final = "(state IN ('superseded', 'lost', 'revoked', 'cancelled')) = (revoked_at IS NOT NULL)"
_SINCE: Final = "(state_since IS NULL) = (state_before IS NULL)"
# Identifiers of ours end in .VVV.C and have the issuer's code from the 38th character on (GB/T 36904).
_LINE: Final = (
    "CASE WHEN length(identifier) > 60 THEN substr(identifier, 1, length(identifier) - 6) ELSE identifier END"
)
_ISSUER: Final = "substr(identifier, 38, 18)"
_KEPT: Final = (
    "identifier, type_code, version, state, status_list, status_index, intent_at, issued_at, abandoned_at, revoked_at,"
    " reason, document_sm3, document"
)
_LIVED: Final = "('issued', 'suspended', 'superseded', 'lost', 'revoked', 'cancelled')"


def upgrade() -> None:
    """Give licences their new columns and states, then make the history, and write into it what is known."""
    if op.get_bind().dialect.name == "sqlite":
        _make_licences_anew()
    else:
        _alter_licences()
    _make_indexes()
    _make_history()


def _make_licences_anew() -> None:
    op.execute("PRAGMA defer_foreign_keys=ON")  # until the commit documents may name licences that are on their way
    op.execute("CREATE TEMPORARY TABLE kept_licences AS SELECT * FROM licences")
    op.drop_table("licences")
    op.create_table(
        "licences",
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.Column("type_code", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("line", sa.String(128), nullable=False),
        sa.Column("issuer", sa.String(18), nullable=False),
        sa.Column("holder", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_before", sa.String(16)),
        sa.Column("state_since", Moment),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("status_list", sa.String(512), nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("intent_at", Moment, nullable=False),
        sa.Column("issued_at", Moment),
        sa.Column("effective_at", Moment),
        sa.Column("expires_at", Moment),
        sa.Column("abandoned_at", Moment),
        sa.Column("revoked_at", Moment),
        sa.Column("reason", sa.String(512)),
        sa.Column("supersedes", sa.String(128)),
        sa.Column("repeat_key", sa.String(128)),
        sa.Column("order_sm3", sa.String(64)),
        sa.Column("document_sm3", sa.String(64)),
        sa.Column("document", sa.LargeBinary),
        sa.PrimaryKeyConstraint("identifier", name="pk_licences"),
        sa.ForeignKeyConstraint(["status_list"], ["status_lists.uri"], name="fk_licences_status_list"),
        sa.ForeignKeyConstraint(["supersedes"], ["licences.identifier"], name="fk_licences_supersedes"),
        sa.UniqueConstraint("status_list", "status_index", name="uq_licences_status_list_status_index"),
        sa.UniqueConstraint("line", "version", name="uq_licences_line_version"),
        sa.CheckConstraint(_STATES, name=op.f("ck_licences_state")),
        sa.CheckConstraint(_DOCUMENT, name=op.f("ck_licences_document")),
        sa.CheckConstraint("(document IS NULL) = (document_sm3 IS NULL)", name=op.f("ck_licences_digest")),
        sa.CheckConstraint(_ENDED, name=op.f("ck_licences_revoked")),
        sa.CheckConstraint(_SINCE, name=op.f("ck_licences_since")),
        sa.CheckConstraint("status_index >= 0", name=op.f("ck_licences_status_index")),
    )
    op.execute(
        f"INSERT INTO licences ({_KEPT}, line, issuer, changes)"  # noqa: S608 - words of this file
        f" SELECT {_KEPT}, {_LINE}, {_ISSUER}, CASE WHEN state = 'revoked' THEN 1 ELSE 0 END FROM kept_licences"
    )
    op.execute("DROP TABLE kept_licences")
    op.create_index("ix_licences_intent_at", "licences", ["intent_at"])


def _alter_licences() -> None:
    for column in (
        sa.Column("line", sa.String(128)),
        sa.Column("issuer", sa.String(18)),
        sa.Column("holder", sa.String(64)),
        sa.Column("state_before", sa.String(16)),
        sa.Column("state_since", Moment),
        sa.Column("changes", sa.Integer),
        sa.Column("effective_at", Moment),
        sa.Column("expires_at", Moment),
        sa.Column("supersedes", sa.String(128)),
        sa.Column("repeat_key", sa.String(128)),
        sa.Column("order_sm3", sa.String(64)),
    ):
        op.add_column("licences", column)
    op.execute(
        f"UPDATE licences SET line = {_LINE}, issuer = {_ISSUER},"  # noqa: S608 - words of this file
        " changes = CASE WHEN state = 'revoked' THEN 1 ELSE 0 END"
    )
    for name in ("line", "issuer", "changes"):
        op.alter_column("licences", name, nullable=False)
    for name, rule in (("state", _STATES), ("document", _DOCUMENT), ("revoked", _ENDED)):
        op.drop_constraint(op.f(f"ck_licences_{name}"), "licences", type_="check")
        op.create_check_constraint(op.f(f"ck_licences_{name}"), "licences", rule)
    op.create_check_constraint(op.f("ck_licences_since"), "licences", _SINCE)
    op.create_foreign_key("fk_licences_supersedes", "licences", "licences", ["supersedes"], ["identifier"])
    op.create_unique_constraint("uq_licences_line_version", "licences", ["line", "version"])
    op.drop_index("ix_licences_state_intent_at", "licences")


def _make_indexes() -> None:
    current, ahead = sa.text("state IN ('issued', 'suspended')"), sa.text("state_since IS NOT NULL")
    op.create_index(
        "uq_licences_current", "licences", ["line"], unique=True, sqlite_where=current, postgresql_where=current
    )
    op.create_index("uq_licences_repeat_key", "licences", ["repeat_key"], unique=True)
    op.create_index(
        "ix_licences_state_since",
        "licences",
        ["status_list", "state_since"],
        sqlite_where=ahead,
        postgresql_where=ahead,
    )
    op.create_index("ix_licences_supersedes", "licences", ["supersedes"])
    listed = ["intent_at", "identifier"]
    for name, columns in (
        ("holder", ["holder", *listed]),
        ("issuer", ["issuer", "state", *listed]),
        ("issuer_type", ["issuer", "type_code", "state", *listed]),
        ("type", ["type_code", "state", *listed]),
        ("state", ["state", *listed]),
        ("end", ["state", "expires_at", "identifier"]),
    ):
        op.create_index(f"ix_licences_by_{name}", "licences", columns)


def _make_history() -> None:
    op.create_table(
        "licence_changes",
        sa.Column("identifier", sa.String(128), nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(512), nullable=False),
        sa.Column("basis", sa.String(512), nullable=False),
        sa.Column("effective_at", Moment, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("other", sa.String(128)),
        sa.CheckConstraint(
            "act IN ('check', 'change', 'reissue', 'lose', 'suspend', 'resume', 'revoke', 'cancel')",
            name=op.f("ck_licence_changes_act"),
        ),
        sa.CheckConstraint(f"before IN {_LIVED} AND state IN {_LIVED}", name=op.f("ck_licence_changes_states")),
        sa.CheckConstraint("ordinal > 0", name=op.f("ck_licence_changes_ordinal")),
        sa.ForeignKeyConstraint(["identifier"], ["licences.identifier"], name="fk_licence_changes_identifier"),
        sa.ForeignKeyConstraint(["other"], ["licences.identifier"], name="fk_licence_changes_other"),
        sa.PrimaryKeyConstraint("identifier", "ordinal", name="pk_licence_changes"),
    )
    op.execute(  # who revoked them stands in the trail
        "INSERT INTO licence_changes"
        " (identifier, ordinal, act, before, state, reason, basis, effective_at, recorded_at, actor)"
        " SELECT identifier, 1, 'revoke', 'issued', 'revoked', coalesce(reason, ''), '', revoked_at, revoked_at, 'system'"
        " FROM licences WHERE state = 'revoked'"
    )
