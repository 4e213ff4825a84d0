from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.support import register
from tests.support.databases import NOON, tell
from trustkit.encoding import der
from trustkit.store import certificates, revocations
from trustkit.store.revocations import Selection
from trustkit.x509.crl_build import CrlEntry, encode_entry
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    import pytest

    from trustkit.store.database import Database

LATER = NOON + timedelta(days=1)


def record(
    database: Database,
    serial: str,
    *,
    reason: RevocationReason = RevocationReason.SUPERSEDED,
    not_after: datetime | None = None,
    issuer: str = "issuing",
) -> int:
    with database.unit_of_work() as uow:
        return revocations.record(uow, issuer=issuer, serial=serial, at=NOON, reason=reason, not_after=not_after)


def serials(database: Database, selection: Selection) -> list[int]:
    with database.reading() as unit:
        found = list(revocations.pages(unit, "issuing", selection))
    octets = b"".join(page.octets for page in found)
    read = []
    offset = 0
    while offset < len(octets):
        entry = der.read_tlv(octets, offset, len(octets))
        read.append(der.decode_integer(der.content(octets, der.children(octets, entry)[0])))
        offset = entry.end
    assert sum(page.entries for page in found) == len(read)
    return read


def test_changes_are_counted_for_each_issuer(database: Database) -> None:
    assert [record(database, "1"), record(database, "2"), record(database, "1", issuer="root")] == [1, 2, 1]
    with database.reading() as unit:
        assert revocations.last_change(unit, "issuing") == 2
        assert revocations.last_change(unit, "nobody") == 0
        assert revocations.count_after(unit, "issuing", 1) == 1


def test_an_entry_is_kept_as_lists_carry_it(database: Database) -> None:
    with database.unit_of_work() as uow:
        revocations.record(
            uow,
            issuer="issuing",
            serial="1f",
            at=NOON,
            reason=RevocationReason.KEY_COMPROMISE,
            not_after=None,
            invalidity_date=NOON - timedelta(days=2),
        )
    expected = CrlEntry(
        serial=0x1F, revoked_at=NOON, reason=RevocationReason.KEY_COMPROMISE, invalidity_date=NOON - timedelta(days=2)
    )
    with database.reading() as unit:
        (page,) = revocations.pages(unit, "issuing", Selection())
    assert page.octets == encode_entry(expected)


def test_a_released_hold_stands_in_deltas_alone(database: Database) -> None:
    held = record(database, "a", reason=RevocationReason.CERTIFICATE_HOLD)
    assert serials(database, Selection()) == [0xA]
    record(database, "a", reason=RevocationReason.REMOVE_FROM_CRL)
    assert serials(database, Selection()) == []
    assert serials(database, Selection(after=held)) == [0xA]
    record(database, "a", reason=RevocationReason.KEY_COMPROMISE)
    assert serials(database, Selection()) == [0xA]


def test_a_delta_has_what_changed_since(database: Database) -> None:
    record(database, "a")
    after = record(database, "b")
    record(database, "c")
    assert serials(database, Selection(after=after)) == [0xC]
    assert serials(database, Selection(after=after + 1)) == []


def test_partitions_divide_by_the_serial(database: Database) -> None:
    for number in (1, 2, 255, 256, 257, 0x10FF):
        record(database, f"{number:x}")
    assert sorted(serials(database, Selection(partitions=2, partition=1))) == [1, 255, 257, 0x10FF]
    assert sorted(serials(database, Selection(partitions=256, partition=255))) == [255, 0x10FF]
    assert serials(database, Selection(partitions=4, partition=3, after=4)) == [0x10FF]


def test_the_expired_leave_once_a_list_after_their_end_has_told_them(database: Database) -> None:
    first = record(database, "a", not_after=NOON)
    record(database, "b", not_after=LATER)
    record(database, "c", not_after=NOON)
    dropped = (first, NOON + timedelta(seconds=1))
    assert serials(database, Selection(dropped=dropped)) == [0xB, 0xC]  # c was on no list yet
    assert serials(database, Selection(dropped=(3, NOON))) == [0xA, 0xB, 0xC]  # not over before the list


def test_pages_follow_one_another(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "PAGE", 3)
    for number in range(7):
        record(database, f"{number + 0x10:x}")
    assert sorted(serials(database, Selection())) == list(range(0x10, 0x17))
    record(database, "20")
    record(database, "21")
    assert len(serials(database, Selection())) == 9


def test_revoking_in_the_register_is_noted(database: Database) -> None:
    with database.unit_of_work() as uow:
        row = register.reserve(uow, issuer="issuing", profile="seal", subject="CN=x", at=NOON)
        register.complete(uow, row.serial, der=b"\x30", issued_at=NOON, not_after=LATER)
        certificates.revoke(uow, row.serial, at=NOON, reason="superseded")
        for _ in range(3):
            tell(uow)
    assert serials(database, Selection()) == [row.serial_number]
