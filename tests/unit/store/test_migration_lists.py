"""What a home of the first schema has published and revoked is still there after the migration."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import text

from tests.support.databases import NOON
from tests.support.old_schemas import schema_of
from tests.support.register import latest_list
from trustkit.store import revocations
from trustkit.store.crls import ListKind
from trustkit.store.database import open_database
from trustkit.store.revocations import Selection
from trustkit.x509.crl_build import CrlEntry, encode_entry
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOMENTS = {"now": "2026-12-01T12:00:00.123456Z", "later": "2027-12-01T12:00:00.000000Z"}
CERTIFICATE = text(
    "INSERT INTO certificates (serial, issuer, profile, subject, state, intent_at, issued_at, not_after, revoked_at,"
    " reason, der) VALUES (:serial, :issuer, 'seal', 'CN=x', 'issued', :now, :now, :later, :now, 'superseded', :der)"
)
LIST = text(
    "INSERT INTO crls (issuer, number, this_update, next_update, der) VALUES ('issuing', :number, :now, :later, :der)"
)


def _begin(connection: Connection) -> None:
    for serial, issuer in (("1f", "issuing"), ("2e", "root"), ("3d", "issuing")):
        connection.execute(CERTIFICATE, {"serial": serial, "issuer": issuer, "der": b"\x30", **MOMENTS})
    for number in (4, 5):
        connection.execute(LIST, {"number": number, "der": b"list %d" % number, **MOMENTS})


def test_lists_and_revocations_are_carried_over(database_url: str) -> None:
    with schema_of(database_url, "0001") as connection:
        _begin(connection)
    with open_database(database_url) as database:
        database.migrate()
        with database.reading() as unit:
            latest, octets = latest_list(unit, "issuing")
            assert (latest.number, latest.kind, latest.scope, octets) == (5, ListKind.FULL, "1-0", b"list 5")
            assert (latest.change, latest.size) == (0, 6)
            assert latest.sha256 == hashlib.sha256(b"list 5").hexdigest()
            assert revocations.last_change(unit, "issuing") == 2
            (page,) = revocations.pages(unit, "issuing", Selection())
        with database.unit_of_work() as uow:
            change = revocations.record(
                uow, issuer="root", serial="4c", at=NOON, reason=RevocationReason.SUPERSEDED, not_after=None
            )
        assert change == 2
    entries = (CrlEntry(serial=serial, revoked_at=NOON, reason=RevocationReason.SUPERSEDED) for serial in (0x1F, 0x3D))
    assert page.octets == b"".join(map(encode_entry, entries))
