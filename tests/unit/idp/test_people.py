"""People are found by what they type however they spell it, under pseudonyms that say nothing, and locked out at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from idp.people import normal_login_name
from tests.support.signing_in import NOW, PEOPLE, SESSIONS, TERMINAL, make_person, sign_in
from trustkit.audit import trail
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store.identity_schema import login_names

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.store.database import Database


def test_a_person_is_found_by_any_spelling_of_his_name(database: Database) -> None:
    person = make_person(database, "Li.Hua")
    assert person.startswith("np-")
    with database.reading() as unit:
        for spelling in ("li.hua", " LI.HUA ", "ｌｉ．ｈｕａ"):
            found = PEOPLE.find(unit, spelling)
            assert found is not None
            assert found.id == person
        assert PEOPLE.find(unit, "li.hu") is None
        assert PEOPLE.find(unit, "") is None
        assert PEOPLE.find(unit, "x" * 100_000) is None


def test_neither_store_nor_trail_has_the_name(database: Database) -> None:
    make_person(database, "13800138000")
    with database.reading() as unit:
        kept = unit.fetch_all(select(login_names))
        told = trail.list_events(unit)
    assert "13800138000" not in str(kept)
    assert "13800138000" not in str(told)
    assert [entry.type for entry in told] == ["idp:person:created", "idp:login-name:added"]


def test_a_name_is_one_persons(database: Database) -> None:
    make_person(database, "li.hua")
    with pytest.raises(TrustError) as caught:
        make_person(database, "LI.HUA")
    assert caught.value.code is IdentityCode.IDP_PERSON_EXISTS
    with database.reading() as unit:
        assert len(trail.list_events(unit)) == 2  # nothing of the second is left


@pytest.mark.parametrize("name", ["", "  ", "a b", "a\u3000b", "a\nb", "\x00", "a\u200bb", "x" * 65, "\ud800"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(TrustError) as caught:
        normal_login_name(name)
    assert caught.value.code is IdentityCode.IDP_LOGIN_NAME


@given(st.text(max_size=80))
def test_a_normal_name_stays_as_it_is(name: str) -> None:
    try:
        normal = normal_login_name(name)
    except TrustError:
        return
    assert normal_login_name(normal) == normal


def test_locking_somebody_out_ends_his_sessions_and_takes_no_new_one(database: Database) -> None:
    person = make_person(database)
    signed_in = sign_in(database, person)
    with database.unit_of_work() as uow:
        PEOPLE.lock(uow, person, reason="lost-device", now=NOW, actor=TERMINAL)
    with database.reading() as unit:
        assert SESSIONS.current(unit, signed_in.secret, now=NOW) is None
        assert [entry.type for entry in trail.list_events(unit)][-2:] == ["idp:session:ended", "idp:person:locked"]
    with pytest.raises(TrustError) as caught:
        sign_in(database, person)
    assert caught.value.code is IdentityCode.IDP_LOGIN_REFUSED
    with database.unit_of_work() as uow:
        PEOPLE.unlock(uow, person, now=NOW, actor=TERMINAL)
    with database.reading() as unit:
        assert SESSIONS.current(unit, signed_in.secret, now=NOW) is None  # what was ended stays so
    assert sign_in(database, person, at=NOW + timedelta(minutes=1)).session.person == person


def refused(database: Database, act: str, person: str, **words: str) -> Code:
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        getattr(PEOPLE, act)(uow, person, now=NOW, actor=TERMINAL, **words)
    return caught.value.code


def test_what_cannot_be_locked_or_unlocked_is_told(database: Database) -> None:
    person = make_person(database)
    assert refused(database, "lock", "np-nobody", reason="lost-device") is IdentityCode.IDP_PERSON_MISSING
    assert refused(database, "lock", person, reason="He lost it") is ErrorCode.USAGE
    assert refused(database, "unlock", person) is ErrorCode.USAGE
    with database.unit_of_work() as uow:
        PEOPLE.lock(uow, person, reason="lost-device", now=NOW, actor=TERMINAL)
    assert refused(database, "lock", person, reason="lost-device") is IdentityCode.IDP_PERSON_LOCKED
