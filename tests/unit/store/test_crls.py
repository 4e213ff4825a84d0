from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, crls

if TYPE_CHECKING:
    from trustkit.store.database import Database

NEXT = NOON + timedelta(days=7)


def add(database: Database, *, issuer: str, number: int, der: bytes = b"\x30\x00") -> None:
    with database.unit_of_work() as uow:
        crls.add(uow, issuer=issuer, number=number, der=der, this_update=NOON, next_update=NEXT)
        tell(uow)


def test_numbers_rise_per_issuer(database: Database) -> None:
    drafts = []
    for issuer in ("issuing", "issuing", "root", "issuing"):
        with database.unit_of_work() as uow:
            drafts.append(crls.prepare(uow, issuer))
    assert [(draft.issuer, draft.number) for draft in drafts] == [
        ("issuing", 1),
        ("issuing", 2),
        ("root", 1),
        ("issuing", 3),
    ]


def test_a_draft_lists_what_was_revoked(database: Database) -> None:
    with database.unit_of_work() as uow:
        row = certificates.reserve(uow, issuer="issuing", profile="seal", subject="CN=x", at=NOON)
        certificates.complete(uow, row.serial, der=b"\x30", issued_at=NOON, not_after=NEXT)
        certificates.revoke(uow, row.serial, at=NOON, reason="superseded")
        for _ in range(3):
            tell(uow)
    with database.unit_of_work() as uow:
        draft = crls.prepare(uow, "issuing")
        assert [entry.serial_number for entry in draft.revoked] == [row.serial_number]
        assert crls.prepare(uow, "issuing", unexpired_at=NEXT + timedelta(days=1)).revoked == ()


def test_the_latest_is_the_highest_number(database: Database) -> None:
    add(database, issuer="issuing", number=2, der=b"two")
    add(database, issuer="issuing", number=1, der=b"one")
    add(database, issuer="root", number=9, der=b"nine")
    with database.reading() as unit:
        latest = crls.find_latest(unit, "issuing")
        assert latest is not None
        assert (latest.number, latest.der, latest.this_update, latest.next_update) == (2, b"two", NOON, NEXT)
        assert crls.find_latest(unit, "unknown") is None


def test_a_number_is_used_once(database: Database) -> None:
    add(database, issuer="issuing", number=1)
    with pytest.raises(TrustError) as caught:
        add(database, issuer="issuing", number=1)
    assert caught.value.code is ErrorCode.STORE_CONFLICT


def test_a_number_no_database_holds_is_refused(database: Database) -> None:
    with pytest.raises(TrustError) as caught:
        add(database, issuer="issuing", number=2**64)
    assert caught.value.code in {ErrorCode.INPUT_UNREADABLE, ErrorCode.BUG}
