"""Certificates issued before the register said which key signed them say so after the migration."""

from __future__ import annotations

from sqlalchemy import text

from tests.support.databases import database_url
from tests.support.old_schemas import schema_of
from tests.support.pki import PkiWorld
from trustkit.store.certificates import find, serial_text
from trustkit.store.database import open_database
from trustkit.store.ocsp_answers import find_word

__all__ = ["database_url"]

ROW = text(
    "INSERT INTO certificates (serial, issuer, profile, subject, state, intent_at, issued_at, not_after, der) VALUES"
    " (:serial, 'issuing', 'seal', 'CN=x', :state, '2026-12-01T12:00:00.000000Z', :at, :at, :der)"
)


def test_the_keys_are_read_from_the_certificates(database_url: str) -> None:
    member = PkiWorld().signer
    serial, at = serial_text(member.certificate.serial), "2026-12-01T12:00:00.000000Z"
    with schema_of(database_url, "0010") as connection:
        connection.execute(ROW, {"serial": serial, "state": "issued", "at": at, "der": member.der})
        connection.execute(ROW, {"serial": "1f", "state": "issued", "at": at, "der": b"\x30"})  # not to be read
        connection.execute(ROW, {"serial": "2e", "state": "intent", "at": None, "der": None})
    with open_database(database_url) as database:
        database.migrate()
        with database.reading() as unit:
            word, broken, intent = find_word(unit, serial), find(unit, "1f"), find(unit, "2e")
    identifier = member.certificate.authority_key_id
    assert identifier is not None
    assert word is not None
    assert word.authority_key == identifier.hex()
    assert broken is not None
    assert intent is not None
    assert (broken.authority_key, intent.authority_key) == (None, None)
