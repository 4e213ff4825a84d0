"""Notices name providers, whose names are longer than kinds of factors; from where somebody signed in before is known by a keyed digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment

revision = "0023"
down_revision = "0027"
branch_labels = None
depends_on = None

_COLUMNS = "id, person, about, kind, created_at, seen_at, sent_at, attempts, next_at"


def upgrade() -> None:
    """Widen the column, which SQLite does by a table made anew, and make the table."""
    if op.get_bind().dialect.name == "sqlite":
        _make_notices_anew()
    else:
        op.alter_column("notices", "kind", type_=sa.String(64), existing_nullable=False)
    op.create_table(
        "sign_in_places",
        sa.Column("place_mac", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_sign_in_places_person"),
        sa.PrimaryKeyConstraint("place_mac", name="pk_sign_in_places"),
    )
    op.create_index("ix_sign_in_places_seen_at", "sign_in_places", ["seen_at"])


def _make_notices_anew() -> None:
    op.execute("CREATE TEMPORARY TABLE kept_notices AS SELECT * FROM notices")
    op.drop_table("notices")
    op.create_table(
        "notices",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("about", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment()),
        sa.Column("sent_at", Moment()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.execute(f"INSERT INTO notices ({_COLUMNS}) SELECT {_COLUMNS} FROM kept_notices")  # noqa: S608 - our own names
    op.execute("DROP TABLE kept_notices")
    op.create_index("ix_notices_person_created_at", "notices", ["person", "created_at"])
    unsent = sa.text("sent_at IS NULL")
    op.create_index("ix_notices_unsent", "notices", ["next_at"], sqlite_where=unsent)
