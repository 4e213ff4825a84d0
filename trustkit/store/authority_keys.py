"""Which key of its authority signed a certificate, read from the certificate where its row does not say so.

Rows say so since they have a column for it; a process of an earlier trustkit, still at work beside an upgraded database,
issues without.

    filled = authority_keys.fill(database)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from trustkit.errors import TrustError
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.schema import certificates as _table
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.store.database import Database

MAX_IDENTIFIER: Final = 32  # octets the column has room for; ours have 20
_LACKING: Final = (
    select(_table.c.serial, _table.c.der)
    .where(_table.c.authority_key.is_(None), _table.c.der.is_not(None), _table.c.serial > bindparam("after"))
    .order_by(_table.c.serial)
    .limit(PAGE_LIMIT)
)
_FILL: Final = (
    update(_table)
    .where(_table.c.serial == bindparam("of"), _table.c.authority_key.is_(None))
    .values(authority_key=bindparam("signed_by"))
)


def read_signers(rows: Iterable[tuple[str, bytes]]) -> list[dict[str, str]]:
    """Return ``of``, a serial, and ``signed_by``, the key's identifier in hex, of the certificates (serial, DER) that name it."""
    found = []
    for serial, der in rows:
        try:
            key = parse_certificate(der).authority_key_id
        except TrustError:  # not ours, or not readable any more: the row stays as it is
            continue
        if key is not None and len(key) <= MAX_IDENTIFIER:
            found.append({"of": serial, "signed_by": key.hex()})
    return found


def fill(database: Database) -> int:
    """Complete the rows that do not say it, by pages; return how many. Raise STORE_*."""
    done, after = 0, ""
    while True:
        with database.reading() as unit:
            page = unit.fetch_tuples(_LACKING, {"after": after})
        if not page:
            return done
        after = page[-1].serial
        if filled := read_signers((row.serial, row.der) for row in page):
            with database.unit_of_work() as uow:
                done += uow.write_many(_FILL, filled)
