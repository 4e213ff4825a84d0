"""Licences of before keep their documents when the table learns of their lives, and a revocation of before is in the history."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.support.databases import database_url
from tests.support.old_schemas import schema_of
from trustkit.errors import TrustError
from trustkit.store import licence_changes, licences
from trustkit.store.database import open_database
from trustkit.store.licences import LicenceState

__all__ = ["database_url"]

WHEN = "2026-12-01T12:00:00.000000Z"
LINE = "1.2.156.3005.2.11100000MB0143028R001.1199010000TRYQK01Q.20261201000001"
LIST = text("INSERT INTO status_lists (uri, capacity, opened_at) VALUES ('u', 8, :at)")
LICENCE = text(
    "INSERT INTO licences (identifier, type_code, version, state, status_list, status_index, intent_at, issued_at,"
    " revoked_at, reason, document_sm3, document)"
    " VALUES (:id, 't', 1, :state, 'u', :slot, :at, :at, :ended, :reason, 'ab', :octets)"
)
DOCUMENT = text(
    "INSERT INTO licence_documents (identifier, format, document, document_sm3) VALUES (:id, 'ofd', :o, 'cd')"
)


def test_licences_and_their_documents_outlive_the_change(database_url: str) -> None:
    one, two = f"{LINE}.001.A", "short"
    with schema_of(database_url, "0030") as connection:
        connection.execute(LIST, {"at": WHEN})
        known = {"at": WHEN, "octets": b"%PDF"}
        connection.execute(LICENCE, {**known, "id": one, "state": "issued", "slot": 1, "ended": None, "reason": None})
        connection.execute(
            LICENCE, {**known, "id": two, "state": "revoked", "slot": 2, "ended": WHEN, "reason": "error"}
        )
        connection.execute(DOCUMENT, {"id": one, "o": b"PK"})
    with open_database(database_url) as database:
        database.migrate()
        with database.reading() as unit:
            row, ended = licences.get(unit, one), licences.get(unit, two)
            assert licences.find_document(unit, one, "ofd") == b"PK"
            assert licences.get_document(unit, two) == b"%PDF"
            assert licence_changes.list_changes(unit, one) == ()
            (revocation,) = licence_changes.list_changes(unit, two)
        assert (row.state, row.line, row.issuer, row.changes) == (LicenceState.ISSUED, LINE, "1199010000TRYQK01Q", 0)
        assert (ended.state, ended.line, ended.changes) == (LicenceState.REVOKED, two, 1)
        assert (revocation.act, revocation.reason, revocation.state) == ("revoke", "error", LicenceState.REVOKED)
        with pytest.raises(TrustError, match=r"FOREIGN|23503"), database.unit_of_work() as uow:
            uow.write(DOCUMENT, {"id": "none", "o": b"x"})  # the documents still point at the licences
