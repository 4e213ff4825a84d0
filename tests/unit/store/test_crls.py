from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from tests.support.register import latest_list
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import crls
from trustkit.store.crls import CrlHead, ListKind

if TYPE_CHECKING:
    from trustkit.store.database import Database

NEXT = NOON + timedelta(days=7)


def head_of(number: int, *, issuer: str = "issuing", der: bytes = b"\x30\x00", **fields: object) -> CrlHead:
    values: dict[str, object] = {
        "issuer": issuer,
        "scope": "1-0",
        "kind": ListKind.FULL,
        "number": number,
        "base": None,
        "change": 0,
        "entries": 0,
        "this_update": NOON,
        "next_update": NEXT,
        "size": len(der),
        "sha256": hashlib.sha256(der).hexdigest(),
    }
    return CrlHead(**{**values, **fields})  # type: ignore[arg-type]  # a table of fields


def add(database: Database, number: int, *, der: bytes = b"\x30\x00", **fields: object) -> None:
    with database.unit_of_work() as uow:
        crls.add(uow, head_of(number, der=der, **fields), der)  # type: ignore[arg-type]  # as above
        tell(uow)


def test_numbers_rise_per_issuer(database: Database) -> None:
    numbers = []
    for issuer in ("issuing", "issuing", "root", "issuing"):
        with database.unit_of_work() as uow:
            numbers.append(crls.next_number(uow, issuer))
    assert numbers == [1, 2, 1, 3]


def test_the_latest_is_the_highest_number_of_its_scope_and_kind(database: Database) -> None:
    add(database, 1, der=b"one")
    add(database, 2, der=b"two", change=7)
    add(database, 3, der=b"part", scope="16-7")
    add(database, 4, der=b"delta", kind=ListKind.DELTA, base=2, change=7)
    add(database, 9, der=b"nine", issuer="root")
    with database.reading() as unit:
        head = crls.find_head(unit, "issuing")
        assert head == head_of(2, der=b"two", change=7)
        assert crls.find_der(unit, head) == b"two"
        assert crls.find_head(unit, "unknown") is None
        assert crls.scopes(unit, "issuing") == ("1-0", "16-7")
        _, part = latest_list(unit, "issuing", scope="16-7")
        delta, octets = latest_list(unit, "issuing", kind=ListKind.DELTA)
        assert (part, octets, delta.base) == (b"part", b"delta", 2)


def test_a_base_is_the_oldest_complete_list_still_good(database: Database) -> None:
    add(database, 1, next_update=NOON)
    add(database, 2)
    add(database, 3)
    with database.reading() as unit:
        base = crls.find_base(unit, "issuing", scope="1-0", at=NOON)
        assert base is not None
        assert base.number == 2
        assert crls.find_base(unit, "issuing", scope="1-0", at=NEXT) is None


@pytest.mark.parametrize(("number", "change"), [(5, 5), (4, 5), (6, 4)])
def test_an_overtaken_list_is_refused(database: Database, number: int, change: int) -> None:
    add(database, 5, change=5)
    with pytest.raises(TrustError) as caught:
        add(database, number, change=change)
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    with database.reading() as unit:
        head = crls.find_head(unit, "issuing")
    assert head is not None
    assert (head.number, head.change) == (5, 5)


FULL, DELTA = ListKind.FULL, ListKind.DELTA


@pytest.mark.parametrize(
    ("kept", "number", "change"),
    [
        (FULL, 6, 4),  # a delta numbered above a complete list, and it knows less
        (FULL, 4, 6),  # one numbered below, and it knows more
        (FULL, 4, 4),
        (FULL, 5, 6),  # of one number, and they tell different things
        (FULL, 5, 4),
        (DELTA, 6, 4),  # and the other way round
        (DELTA, 4, 6),
        (DELTA, 5, 4),
    ],
)
def test_a_list_of_the_other_kind_overtakes_too(database: Database, kept: ListKind, number: int, change: int) -> None:
    base = {FULL: None, DELTA: 1}
    added = DELTA if kept is FULL else FULL
    add(database, 5, change=5, kind=kept, base=base[kept])
    with pytest.raises(TrustError) as caught:
        add(database, number, change=change, kind=added, base=base[added])
    assert caught.value.code is ErrorCode.STORE_CONFLICT
    add(database, 5, change=5, kind=added, base=base[added])  # one number, and the same is told
    add(database, 6, change=5, kind=added, base=base[added])
    add(database, 7, change=9, kind=kept, base=base[kept])
    add(database, 4, change=1, kind=added, base=base[added], scope="2-0")  # other scopes are other lists


def test_a_number_no_database_holds_is_refused(database: Database) -> None:
    with pytest.raises(TrustError) as caught:
        add(database, 2**64)
    assert caught.value.code in {ErrorCode.INPUT_UNREADABLE, ErrorCode.BUG}


def test_a_list_too_large_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crls, "DER_LIMIT", 1)
    with pytest.raises(TrustError) as caught:
        add(database, 1)
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE
