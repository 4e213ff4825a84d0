"""Rows that do not say which key signed their certificate are completed from the certificate, by pages and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from tests.support.databases import database_url
from tests.support.pki import PkiWorld
from trustkit.store import authority_keys
from trustkit.store.authority_keys import fill
from trustkit.store.certificates import serial_text
from trustkit.store.database import open_database
from trustkit.store.ocsp_answers import find_word

if TYPE_CHECKING:
    import pytest

__all__ = ["database_url"]

AT = "2026-12-01T12:00:00.000000Z"
ROW = text(
    "INSERT INTO certificates (serial, issuer, profile, subject, state, intent_at, issued_at, not_after, der, authority_key)"
    " VALUES (:serial, 'issuing', 'seal', 'CN=x', :state, '2026-12-01T12:00:00.000000Z', :at, :at, :der, :key)"
)


def test_what_rows_do_not_say_is_read_from_the_certificates(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    member = PkiWorld().signer
    key = (member.certificate.authority_key_id or b"").hex()
    monkeypatch.setattr(authority_keys, "_LACKING", authority_keys._LACKING.limit(2))
    serials = [serial_text(1 << 158 | number) for number in range(5)]
    with open_database(database_url) as database:
        database.migrate()
        with database._engines.writing.connect() as connection, connection.begin():
            for serial in serials:
                connection.execute(ROW, {"serial": serial, "state": "issued", "at": AT, "der": member.der, "key": None})
            for serial, state, at, der, said in (
                ("1f", "issued", AT, b"\x30", None),  # not to be read
                ("2e", "intent", None, None, None),
                ("3d", "issued", AT, member.der, "ab"),  # said, whatever the certificate has
            ):
                connection.execute(ROW, {"serial": serial, "state": state, "at": at, "der": der, "key": said})
            if database.dialect == "sqlite":
                plan = text(f"EXPLAIN QUERY PLAN {authority_keys._LACKING}")
                assert "ix_certificates_unsaid_key" in str(connection.execute(plan, {"after": "", "param_1": 1}).all())
        assert fill(database) == 5
        assert fill(database) == 0
        with database.reading() as unit:
            words = {serial: find_word(unit, serial) for serial in (*serials, "1f", "2e", "3d")}
    found = {serial: word.authority_key for serial, word in words.items() if word is not None}
    assert found == {**dict.fromkeys(serials, key), "1f": None, "2e": None, "3d": "ab"}
