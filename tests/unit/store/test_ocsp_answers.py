"""Prepared OCSP answers: due when missing, old, another responder's or no longer true; handed out only while true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support import register
from tests.support.databases import NOON, tell
from trustkit.store import certificates, ocsp_answers
from trustkit.store.ocsp_answers import OcspAnswerRow

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.database import Database

HOUR = timedelta(hours=1)
END = NOON + timedelta(days=30)


def issue(database: Database, *, issuer: str = "issuing", not_after: datetime = END) -> str:
    with database.unit_of_work() as uow:
        row = register.reserve(uow, issuer=issuer, profile="seal", subject="CN=x", at=NOON)
        register.complete(uow, row.serial, der=b"\x30\x00", issued_at=NOON, not_after=not_after)
        tell(uow)
        tell(uow)
    return row.serial


def row(serial: str, *, responder: str, at: datetime = NOON, **changes: object) -> OcspAnswerRow:
    values: dict[str, object] = {
        "serial": serial,
        "issuer": "issuing",
        "responder": responder,
        "revoked_at": None,
        "reason": None,
        "this_update": at,
        "next_update": at + 2 * HOUR,
        "refresh_at": at + HOUR,
        "tbs": b"tbs",
        "suite": "sm2-sm3",
        "signature": b"signature",
        **changes,
    }
    return OcspAnswerRow(**values)  # type: ignore[arg-type]  # a table of fields


def due(database: Database, responder: str, *, at: datetime = NOON, after: str = "", limit: int = 100) -> list[str]:
    with database.reading() as unit:
        found = ocsp_answers.list_due(unit, "issuing", responders=(responder,), at=at, after=after, limit=limit)
    return [each.serial for each in found]


def keep(database: Database, *rows: OcspAnswerRow) -> None:
    with database.unit_of_work() as uow:
        ocsp_answers.keep(uow, rows)


def test_what_is_due(database: Database) -> None:
    responder = issue(database)
    serials = sorted((issue(database), issue(database), responder))
    issue(database, issuer="root")
    issue(database, not_after=NOON)  # expired: nothing is prepared
    assert due(database, responder) == serials
    assert due(database, responder, limit=2) == serials[:2]
    assert due(database, responder, after=serials[1]) == serials[2:]
    keep(database, *(row(serial, responder=responder) for serial in serials))
    assert due(database, responder) == []
    assert due(database, responder, at=NOON + HOUR) == serials
    assert due(database, "another") == serials
    with database.reading() as unit:
        assert (ocsp_answers.count(unit, "issuing"), ocsp_answers.count(unit, "root")) == (3, 0)


def test_an_answer_is_given_out_while_it_agrees_with_the_register(database: Database) -> None:
    responder, serial = issue(database), issue(database)
    with database.reading() as unit:
        assert ocsp_answers.find_standing(unit, "1") is None
        bare = ocsp_answers.find_standing(unit, serial)
    assert bare is not None
    assert (bare.answer, bare.word.issued, bare.word.revoked_at) == (None, True, None)
    keep(database, row(serial, responder=responder))
    with database.reading() as unit:
        found = ocsp_answers.find_standing(unit, serial)
    assert found is not None
    assert found.answer is not None
    assert (found.answer.tbs, found.answer.responder, found.answer.next_update) == (b"tbs", responder, NOON + 2 * HOUR)
    with database.unit_of_work() as uow:
        certificates.revoke(uow, serial, at=NOON, reason="superseded")
        tell(uow)
    with database.reading() as unit:
        found = ocsp_answers.find_standing(unit, serial)
    assert found is not None
    assert (found.answer, found.word.revoked_at, found.word.reason) == (None, NOON, "superseded")
    assert serial in due(database, responder)
    keep(database, row(serial, responder=responder, revoked_at=NOON, reason="superseded"))
    with database.reading() as unit:
        found = ocsp_answers.find_standing(unit, serial)
    assert found is not None
    assert found.answer is not None
    assert serial not in due(database, responder)


def test_expired_answers_are_forgotten(database: Database) -> None:
    responder = issue(database)
    keep(database, row(responder, responder=responder))
    with database.unit_of_work() as uow:
        assert ocsp_answers.forget_expired(uow, "issuing", before=NOON + 2 * HOUR) == 0
        assert ocsp_answers.forget_expired(uow, "root", before=NOON + 9 * HOUR) == 0
        assert ocsp_answers.forget_expired(uow, "issuing", before=NOON + 3 * HOUR) == 1
    with database.reading() as unit:
        assert ocsp_answers.count(unit, "issuing") == 0


def test_intents_have_no_answer(database: Database) -> None:
    with database.unit_of_work() as uow:
        reserved = register.reserve(uow, issuer="issuing", profile="seal", subject="CN=x", at=NOON)
        tell(uow)
    assert due(database, "x") == []
    with database.reading() as unit:
        found = ocsp_answers.find_standing(unit, reserved.serial)
    assert found is not None
    assert not found.word.issued
