"""What machines ask a certificate authority through: API clients, requests, and the objects of ACME (RFC 8555 7.1)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of clients and requests, and those of ACME."""
    _make_clients()
    _make_accounts()
    _make_orders()
    _make_challenges()


def _make_clients() -> None:
    op.create_table(
        "ca_clients",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("secret_sm3", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.UniqueConstraint("name", name="uq_ca_clients_name"),
        sa.PrimaryKeyConstraint("identifier", name="pk_ca_clients"),
    )
    op.create_table(
        "ca_requests",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("requester", sa.String(128), nullable=False),
        sa.Column("repeat_key", sa.String(128), nullable=False),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("submitted_at", Moment, nullable=False),
        sa.Column("request_sm3", sa.String(64), nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("serial", sa.String(40)),
        sa.Column("reason", sa.String(64)),
        sa.CheckConstraint("state IN ('processing', 'issued', 'refused')", name=op.f("ck_ca_requests_state")),
        sa.CheckConstraint("(state = 'issued') = (serial IS NOT NULL)", name=op.f("ck_ca_requests_serial")),
        sa.UniqueConstraint("requester", "repeat_key", name="uq_ca_requests_requester_repeat_key"),
        sa.PrimaryKeyConstraint("identifier", name="pk_ca_requests"),
    )
    op.create_index("ix_ca_requests_serial", "ca_requests", ["serial"])


def _make_accounts() -> None:
    op.create_table(
        "acme_externals",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("mac_key", sa.LargeBinary),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("bound_at", Moment),
        sa.Column("revoked_at", Moment),
        sa.PrimaryKeyConstraint("identifier", name="pk_acme_externals"),
    )
    op.create_table(
        "acme_accounts",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("thumbprint", sa.String(64), nullable=False),
        sa.Column("jwk", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("contacts", sa.Text, nullable=False),
        sa.Column("external", sa.String(32)),
        sa.Column("created_at", Moment, nullable=False),
        sa.CheckConstraint("state IN ('valid', 'deactivated', 'revoked')", name=op.f("ck_acme_accounts_state")),
        sa.UniqueConstraint("thumbprint", name="uq_acme_accounts_thumbprint"),
        sa.PrimaryKeyConstraint("identifier", name="pk_acme_accounts"),
        sa.ForeignKeyConstraint(["external"], ["acme_externals.identifier"], name="fk_acme_accounts_external"),
    )


def _make_orders() -> None:
    op.create_table(
        "acme_orders",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("request", sa.LargeBinary),
        sa.Column("claimed_at", Moment),
        sa.Column("serial", sa.String(40)),
        sa.Column("problem", sa.Text),
        sa.CheckConstraint(
            "state IN ('pending', 'ready', 'processing', 'valid', 'invalid')", name=op.f("ck_acme_orders_state")
        ),
        sa.CheckConstraint("(state = 'valid') = (serial IS NOT NULL)", name=op.f("ck_acme_orders_serial")),
        sa.PrimaryKeyConstraint("identifier", name="pk_acme_orders"),
        sa.ForeignKeyConstraint(["account"], ["acme_accounts.identifier"], name="fk_acme_orders_account"),
    )
    op.create_index("ix_acme_orders_account_created_at", "acme_orders", ["account", "created_at"])
    op.create_index("ix_acme_orders_state_claimed_at", "acme_orders", ["state", "claimed_at"])


def _make_challenges() -> None:
    op.create_table(
        "acme_authorizations",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("order_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(253), nullable=False),
        sa.Column("wildcard", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'valid', 'invalid', 'deactivated')", name=op.f("ck_acme_authorizations_state")
        ),
        sa.PrimaryKeyConstraint("identifier", name="pk_acme_authorizations"),
        sa.ForeignKeyConstraint(["order_id"], ["acme_orders.identifier"], name="fk_acme_authorizations_order_id"),
    )
    op.create_index("ix_acme_authorizations_order_id", "acme_authorizations", ["order_id"])
    op.create_table(
        "acme_challenges",
        sa.Column("authorization", sa.String(32), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", Moment),
        sa.Column("validated_at", Moment),
        sa.Column("problem", sa.Text),
        sa.CheckConstraint(
            "state IN ('pending', 'processing', 'valid', 'invalid')", name=op.f("ck_acme_challenges_state")
        ),
        sa.PrimaryKeyConstraint("authorization", "type", name="pk_acme_challenges"),
        sa.ForeignKeyConstraint(
            ["authorization"], ["acme_authorizations.identifier"], name="fk_acme_challenges_authorization"
        ),
    )
    op.create_index("ix_acme_challenges_state_due_at", "acme_challenges", ["state", "due_at"])
