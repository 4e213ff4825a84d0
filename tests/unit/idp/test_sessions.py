"""A session is its browser's alone, new at every login and step-up, and over when it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.factors.port import FactorKind
from idp.grounds import Grounds
from idp.sessions import WhoSignedIn
from tests.support.signing_in import NOW, RULES, SESSIONS, make_person, proof, sign_in
from trustkit.audit import trail
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store.identity_schema import idp_sessions

if TYPE_CHECKING:
    from datetime import datetime

    from idp.session_model import Session
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

MINUTE = timedelta(minutes=1)


def current(database: Database, secret: str | None, now: datetime = NOW) -> Session | None:
    with database.reading() as unit:
        return SESSIONS.current(unit, secret, now=now)


def used(database: Database, session: Session, now: datetime) -> None:
    with database.unit_of_work() as uow:
        SESSIONS.touch(uow, session, now=now)


def test_a_session_is_found_by_its_secret_alone(database: Database) -> None:
    person = make_person(database)
    signed_in = sign_in(database, person)
    found = current(database, signed_in.secret)
    assert found == signed_in.session
    assert found is not None
    assert (found.person, found.assurance, found.methods) == (person, AssuranceLevel(authentication=1), ("pwd",))
    with database.reading() as unit:
        assert signed_in.secret not in str(unit.fetch_all(select(idp_sessions)))
        assert signed_in.secret not in str(trail.list_events(unit))


@pytest.mark.parametrize("secret", [None, "", "short", "x" * 43, "ä" * 43, "x" * 44, "x" * 10_000, "x" * 42 + "\n"])
def test_no_other_secret_is_anybodys(database: Database, secret: str | None) -> None:
    sign_in(database, make_person(database))
    assert current(database, secret) is None


def test_a_session_that_is_not_used_is_over(database: Database) -> None:
    signed_in = sign_in(database, make_person(database))
    assert current(database, signed_in.secret, NOW + RULES.idle - MINUTE) is not None
    assert current(database, signed_in.secret, NOW + RULES.idle) is None
    used(database, signed_in.session, NOW + 20 * MINUTE)
    assert current(database, signed_in.secret, NOW + RULES.idle) is not None


def test_a_session_that_is_used_all_day_is_over_in_the_evening(database: Database) -> None:
    signed_in = sign_in(database, make_person(database))
    now = NOW
    while now - NOW < RULES.absolute - 20 * MINUTE:
        now += 20 * MINUTE
        used(database, signed_in.session, now)
    assert current(database, signed_in.secret, NOW + RULES.absolute - MINUTE) is not None
    assert current(database, signed_in.secret, NOW + RULES.absolute) is None


def test_stepping_up_makes_a_new_secret_and_kills_the_old_one(database: Database) -> None:
    person = make_person(database)
    first = sign_in(database, person)
    later = NOW + MINUTE
    with database.unit_of_work() as uow:
        more = Grounds(factors=(proof(person, FactorKind.TOTP, later),))
        second = SESSIONS.raise_(uow, first.secret, more, now=later)
    assert second.session.id == first.session.id
    assert second.session.assurance == AssuranceLevel(authentication=2)
    assert second.session.authenticated_at == later
    assert current(database, first.secret, later) is None
    assert current(database, second.secret, later) == second.session
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        SESSIONS.raise_(uow, first.secret, more, now=later)
    assert caught.value.code is IdentityCode.IDP_SESSION


def test_stepping_up_with_less_lowers_nothing(database: Database) -> None:
    person = make_person(database)
    strong = sign_in(database, person, grounds=Grounds(factors=(proof(person, FactorKind.PASSKEY),)))
    with database.unit_of_work() as uow:
        more = Grounds(factors=(proof(person, FactorKind.PASSWORD, NOW + MINUTE),))
        after = SESSIONS.raise_(uow, strong.secret, more, now=NOW + MINUTE)
    assert after.session.assurance.reaches(strong.session.assurance)


def test_what_expired_evidence_gave_is_gone(database: Database) -> None:
    person = make_person(database)
    evidence = AssuranceEvidence(
        kind=EvidenceKind.REAL_NAME, source="up", ladder="test", level="3", at=NOW, expires_at=NOW + 5 * MINUTE
    )
    grounds = Grounds(evidence=(evidence,), factors=(proof(person),))
    signed_in = sign_in(database, person, grounds=grounds)
    assert signed_in.session.assurance == AssuranceLevel(identity=3, authentication=1)
    found = current(database, signed_in.secret, NOW + 5 * MINUTE)
    assert found is not None
    assert found.assurance == AssuranceLevel(identity=0, authentication=1)


def test_a_login_that_proved_nothing_is_none(database: Database) -> None:
    person = make_person(database)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        SESSIONS.begin(uow, WhoSignedIn(person=person, grounds=Grounds()), now=NOW)
    assert caught.value.code is IdentityCode.IDP_LOGIN_STEP


def test_a_login_ends_the_session_the_browser_had(database: Database) -> None:
    person = make_person(database)
    first = sign_in(database, person)
    who = WhoSignedIn(person=person, grounds=Grounds(factors=(proof(person),)))
    with database.unit_of_work() as uow:
        second = SESSIONS.begin(uow, who, now=NOW, replaces=first.session)
    assert second.session.id != first.session.id
    assert current(database, first.secret) is None
    assert current(database, second.secret) is not None


def test_one_person_has_so_many_sessions_and_no_more(database: Database) -> None:
    person = make_person(database)
    made = [sign_in(database, person, at=NOW + number * MINUTE) for number in range(RULES.most + 2)]
    now = NOW + 6 * MINUTE
    assert [current(database, each.secret, now) is not None for each in made] == [False, False, True, True, True]


def test_an_owner_sees_his_sessions_and_ends_one(database: Database) -> None:
    person, other = make_person(database), make_person(database, "wang.wei")
    mine = [sign_in(database, person, at=NOW + number * MINUTE) for number in range(2)]
    theirs = sign_in(database, other)
    now = NOW + 2 * MINUTE
    with database.reading() as unit:
        assert [each.id for each in SESSIONS.list_of(unit, person, now=now)] == [mine[1].session.id, mine[0].session.id]
    actor = Principal(id=person)
    with database.unit_of_work() as uow:
        SESSIONS.end(uow, mine[0].session.id, reason="owner", now=now, actor=actor, owner=person)
    assert current(database, mine[0].secret, now) is None
    assert current(database, mine[1].secret, now) is not None
    for session in (theirs.session.id, mine[0].session.id, "se-nothing"):
        with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
            SESSIONS.end(uow, session, reason="owner", now=now, actor=actor, owner=person)
        assert caught.value.code is IdentityCode.IDP_SESSION
    with database.unit_of_work() as uow:
        assert SESSIONS.end_all(uow, person, reason="owner", now=now, actor=actor, keep=mine[1].session.id) == 0
        assert SESSIONS.end_all(uow, person, reason="owner", now=now, actor=actor) == 1
    assert current(database, theirs.secret, now) is not None


def test_who_must_know_of_an_end_is_told_in_the_same_unit(database: Database) -> None:
    told: list[str] = []

    def hear(_: UnitOfWork, session: Session, at: datetime) -> None:
        told.append(session.id)
        assert at == NOW

    sessions = replace(SESSIONS, on_end=(hear,))
    signed_in = sign_in(database, make_person(database), sessions=sessions)
    for _ in range(2):
        with database.unit_of_work() as uow:
            sessions.end_all(uow, signed_in.session.person, reason="logout", now=NOW, actor=Principal(id="np-x"))
    assert told == [signed_in.session.id]


def test_an_end_that_cannot_be_told_is_none(database: Database) -> None:
    def fail(_: UnitOfWork, __: Session, ___: datetime) -> None:
        raise TrustError(ErrorCode.BUG, "cannot tell")

    sessions = replace(SESSIONS, on_end=(fail,))
    signed_in = sign_in(database, make_person(database), sessions=sessions)
    with pytest.raises(TrustError), database.unit_of_work() as uow:
        sessions.end(uow, signed_in.session.id, reason="logout", now=NOW, actor=Principal(id="np-x"))
    assert current(database, signed_in.secret) is not None


def test_acting_for_somebody_else_is_a_new_secret(database: Database) -> None:
    signed_in = sign_in(database, make_person(database))
    with database.unit_of_work() as uow:
        acting = SESSIONS.act_for(uow, signed_in.secret, "ma-abc", now=NOW)
    assert (acting.session.id, acting.session.mandate) == (signed_in.session.id, "ma-abc")
    assert current(database, signed_in.secret) is None
    with database.unit_of_work() as uow:
        back = SESSIONS.act_for(uow, acting.secret, None, now=NOW)
    assert back.session.mandate is None


def test_old_rows_are_forgotten(database: Database) -> None:
    signed_in = sign_in(database, make_person(database))
    with database.unit_of_work() as uow:
        SESSIONS.forget(uow, now=NOW + timedelta(days=30))
    assert current(database, signed_in.secret) is not None
    with database.unit_of_work() as uow:
        SESSIONS.forget(uow, now=NOW + timedelta(days=120))
    with database.reading() as unit:
        assert unit.fetch_all(select(idp_sessions)) == []
