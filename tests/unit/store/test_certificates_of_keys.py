"""The certificates of one key: which stand, what is begun for it, and what was revoked in one act."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support import register
from tests.support.databases import NOON, tell
from trustkit.store import certificates, issuances
from trustkit.store.issuances import Wanted

if TYPE_CHECKING:
    from trustkit.store.database import Database

END = NOON + timedelta(days=30)


def _issue(database: Database, key: str, *, complete: bool = True) -> str:
    wanted = Wanted(profile="seal", subject="CN=x", key_sm3=key)
    with database.unit_of_work() as uow:
        (serial,) = issuances.reserve_many(uow, issuer="issuing", wanted=(wanted,), at=NOON)
        tell(uow)
        if complete:
            register.complete(uow, serial, der=b"\x30\x00", issued_at=NOON, not_after=END)
            tell(uow)
    return serial


def test_what_stands_for_a_key(database: Database) -> None:
    first, second = sorted((_issue(database, "aa"), _issue(database, "aa")))
    _issue(database, "bb")
    _issue(database, "aa", complete=False)
    with database.reading() as unit:
        assert [each.serial for each in certificates.list_standing_of_key(unit, "aa", at=NOON)] == [first, second]
        assert len(certificates.list_standing_of_key(unit, "aa", at=NOON, limit=1)) == 1
        assert certificates.list_standing_of_key(unit, "aa", at=END) == ()
    with database.unit_of_work() as uow:
        certificates.suspend(uow, first, at=NOON)
        certificates.revoke(uow, second, at=NOON, reason="superseded")
        tell(uow)
        tell(uow)
    with database.reading() as unit:
        assert [each.serial for each in certificates.list_standing_of_key(unit, "aa", at=NOON)] == [first]


def test_what_is_begun_for_a_key_is_closed(database: Database) -> None:
    issued, begun, other = _issue(database, "aa"), _issue(database, "aa", complete=False), _issue(database, "bb")
    with database.unit_of_work() as uow:
        assert certificates.abandon_of_key(uow, "aa", at=NOON, reason="key-compromised") == (begun,)
        assert certificates.abandon_of_key(uow, "aa", at=NOON, reason="key-compromised") == ()
        tell(uow)
    with database.reading() as unit:
        states = {serial: certificates.get(unit, serial).state.value for serial in (issued, begun, other)}
    assert states == {issued: "issued", begun: "abandoned", other: "issued"}


def test_what_was_revoked_in_one_act(database: Database) -> None:
    first, second, later = (_issue(database, "aa") for _ in range(3))
    with database.unit_of_work() as uow:
        for serial, at in ((first, NOON), (second, NOON), (later, NOON + timedelta(seconds=1))):
            certificates.revoke(uow, serial, at=at, reason="keyCompromise")
            tell(uow)
    standing = _issue(database, "aa")
    with database.reading() as unit:
        found = {
            serial: certificates.list_revoked_with(unit, certificates.get(unit, serial))
            for serial in (first, second, later, standing)
        }
    assert found == {first: (second,), second: (first,), later: (), standing: ()}
