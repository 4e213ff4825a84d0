"""People, their sessions, and the logins that are needed or under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_people()
    _make_sessions()
    _make_interactions()
    _make_logins()


def _make_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("locked_at", Moment),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.CheckConstraint("(locked_at IS NULL) = (reason = '')", name=op.f("ck_people_locked")),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "login_names",
        sa.Column("name_mac", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_login_names_person"),
        sa.PrimaryKeyConstraint("name_mac", name="pk_login_names"),
    )
    op.create_index("ix_login_names_person", "login_names", ["person"])


def _make_sessions() -> None:
    op.create_table(
        "idp_sessions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("secret_sm3", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("identity_level", sa.Integer, nullable=False),
        sa.Column("authentication_level", sa.Integer, nullable=False),
        sa.Column("assured_until", Moment),
        sa.Column("grounds", sa.Text, nullable=False),
        sa.Column("authenticated_at", Moment, nullable=False),
        sa.Column("methods", sa.String(256), nullable=False),
        sa.Column("mandate", sa.String(64)),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.CheckConstraint("authentication_level BETWEEN 1 AND 3", name=op.f("ck_idp_sessions_authentication")),
        sa.CheckConstraint("(ended_at IS NULL) = (reason = '')", name=op.f("ck_idp_sessions_ended")),
        sa.CheckConstraint("identity_level BETWEEN 0 AND 4", name=op.f("ck_idp_sessions_identity")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_idp_sessions_person"),
        sa.PrimaryKeyConstraint("id", name="pk_idp_sessions"),
    )
    op.create_index("ix_idp_sessions_expires_at", "idp_sessions", ["expires_at"])
    op.create_index("ix_idp_sessions_person_created_at", "idp_sessions", ["person", "created_at"])
    op.create_index("uq_idp_sessions_secret_sm3", "idp_sessions", ["secret_sm3"], unique=True)


def _make_interactions() -> None:
    op.create_table(
        "idp_interactions",
        sa.Column("id_sm3", sa.String(64), nullable=False),
        sa.Column("browser_sm3", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("identity_level", sa.Integer, nullable=False),
        sa.Column("authentication_level", sa.Integer, nullable=False),
        sa.Column("max_age_seconds", sa.Integer),
        sa.Column("reauthenticate", sa.Boolean, nullable=False),
        sa.Column("silent", sa.Boolean, nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("client_name", sa.String(128), nullable=False),
        sa.Column("reference", sa.String(128), nullable=False),
        sa.Column("person", sa.String(32)),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("session", sa.String(32)),
        sa.Column("used_at", Moment),
        sa.CheckConstraint("max_age_seconds >= 0", name=op.f("ck_idp_interactions_age")),
        sa.CheckConstraint(
            "purpose IN ('authorization', 'device', 'account', 'console')", name=op.f("ck_idp_interactions_purpose")
        ),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_idp_interactions_person"),
        sa.ForeignKeyConstraint(["session"], ["idp_sessions.id"], name="fk_idp_interactions_session"),
        sa.PrimaryKeyConstraint("id_sm3", name="pk_idp_interactions"),
    )
    op.create_index("ix_idp_interactions_expires_at", "idp_interactions", ["expires_at"])


def _make_logins() -> None:
    op.create_table(
        "idp_logins",
        sa.Column("interaction", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32)),
        sa.Column("session", sa.String(32)),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("grounds", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("connector", sa.String(64), nullable=False),
        sa.Column("state_sm3", sa.String(64)),
        sa.Column("kept", sa.LargeBinary),
        sa.Column("kept_until", Moment),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(state_sm3 IS NULL) = (connector = '')", name=op.f("ck_idp_logins_connector")),
        sa.CheckConstraint("(state_sm3 IS NULL) = (kept IS NULL)", name=op.f("ck_idp_logins_kept")),
        sa.CheckConstraint("(state_sm3 IS NULL) = (kept_until IS NULL)", name=op.f("ck_idp_logins_until")),
        sa.ForeignKeyConstraint(["interaction"], ["idp_interactions.id_sm3"], name="fk_idp_logins_interaction"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_idp_logins_person"),
        sa.ForeignKeyConstraint(["session"], ["idp_sessions.id"], name="fk_idp_logins_session"),
        sa.PrimaryKeyConstraint("interaction", name="pk_idp_logins"),
    )
    op.create_index("uq_idp_logins_state_sm3", "idp_logins", ["state_sm3"], unique=True)
