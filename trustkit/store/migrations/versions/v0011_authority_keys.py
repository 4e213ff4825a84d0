"""Which key of its authority signed each certificate, so that nobody has to read certificates to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from alembic import op

from trustkit.errors import TrustError
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        if filled := _signers((row.serial, row.der) for row in page):
            connection.execute(_FILL, filled)


def _signers(page: Iterable[tuple[str, bytes]]) -> list[dict[str, str]]:
    found = []
    for serial, der in page:
        try:
            key = parse_certificate(der).authority_key_id
        except TrustError:  # not ours, or not readable any more: the row stays as it is
            continue
        if key is not None and len(key) <= 32:  # noqa: PLR2004 - the column's octets; ours have 20
            found.append({"of": serial, "signed_by": key.hex()})
    return found
