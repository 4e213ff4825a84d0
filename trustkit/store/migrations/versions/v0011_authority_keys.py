"""Which key of its authority signed each certificate, so that nobody has to read certificates to know."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

from trustkit.store.authority_keys import read_signers

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_PAGE: Final = 1000
_ROWS: Final = sa.table("certificates", *(sa.column(name) for name in ("serial", "der", "authority_key")))
_FILL: Final = (
    sa.update(_ROWS).where(_ROWS.c.serial == sa.bindparam("of")).values(authority_key=sa.bindparam("signed_by"))
)


def upgrade() -> None:
    """Add the column and fill it, by pages, for what there is."""
    op.add_column("certificates", sa.Column("authority_key", sa.String(64)))
    connection, after = op.get_bind(), ""
    pages = sa.select(_ROWS.c.serial, _ROWS.c.der).where(_ROWS.c.der.is_not(None)).order_by(_ROWS.c.serial)
    while page := connection.execute(pages.where(_ROWS.c.serial > after).limit(_PAGE)).all():
        after = page[-1].serial
        if filled := read_signers((row.serial, row.der) for row in page):
            connection.execute(_FILL, filled)
