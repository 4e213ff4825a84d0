"""System, security and audit never meet in one person, also when two processes try at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from idp.home_secrets import HomeSecrets
from idp.subject import administrators
from idp.subject.documents import Documents, parse_document
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store.administrators import Office, list_administrators
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.store.database import Database

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
OPERATOR = Principal(id="operator:0")
NUMBERS = {"np-aaa": "11010519491231002X", "np-bbb": "110105194912310038"}


@pytest.fixture
def identified(populated: Database) -> Database:
    documents = Documents(sealing=HomeSecrets(bytes(32)))
    with populated.unit_of_work() as uow:
        for person, number in NUMBERS.items():
            documents.record(
                uow, person, parse_document("citizen-id", number, today=NOW.date()), now=NOW, actor=OPERATOR
            )
    return populated


def assign(database: Database, person: str, office: Office, actor: Principal = OPERATOR) -> None:
    with database.unit_of_work() as uow:
        administrators.assign(uow, person, office, now=NOW, actor=actor)


def remove(database: Database, person: str, office: Office, actor: Principal = OPERATOR) -> None:
    with database.unit_of_work() as uow:
        administrators.remove(uow, person, office, now=NOW, actor=actor)


def refused(code: Code, act: Callable[[], object]) -> TrustError:
    with pytest.raises(TrustError) as caught:
        act()
    assert caught.value.code is code
    return caught.value


def require(database: Database, person: str, office: Office) -> object:
    with database.reading() as unit:
        return administrators.require_office(unit, person, office)


@pytest.mark.parametrize("other", Office)
def test_a_person_is_in_one_office(identified: Database, other: Office) -> None:
    assign(identified, "np-aaa", Office.SYSTEM)
    error = refused(IdentityCode.IDP_OFFICE_HELD, lambda: assign(identified, "np-aaa", other))
    assert error.facts["office"] == "system"
    assert require(identified, "np-aaa", Office.SYSTEM)
    assign(identified, "np-bbb", other)


def test_an_office_is_asked_for_and_lost(identified: Database) -> None:
    refused(IdentityCode.IDP_OFFICE_MISSING, lambda: require(identified, "np-aaa", Office.AUDIT))
    assign(identified, "np-aaa", Office.AUDIT)
    refused(IdentityCode.IDP_OFFICE_MISSING, lambda: require(identified, "np-aaa", Office.SECURITY))
    refused(IdentityCode.IDP_OFFICE_MISSING, lambda: remove(identified, "np-aaa", Office.SECURITY))
    remove(identified, "np-aaa", Office.AUDIT)
    refused(IdentityCode.IDP_OFFICE_MISSING, lambda: require(identified, "np-aaa", Office.AUDIT))
    assign(identified, "np-aaa", Office.SECURITY)
    with identified.reading() as unit:
        told = [each.type for each in trail.list_events(unit, limit=100)]
        assert [(each.person, each.office) for each in list_administrators(unit)] == [("np-aaa", Office.SECURITY)]
    assert told.count(EventType.OFFICE_ASSIGNED.value) == 2
    assert told.count(EventType.OFFICE_REMOVED.value) == 1


def test_who_gets_none(identified: Database) -> None:
    refused(IdentityCode.IDP_PERSON_MISSING, lambda: assign(identified, "np-nobody", Office.AUDIT))
    refused(IdentityCode.IDP_PERSON_LOCKED, lambda: assign(identified, "np-locked", Office.AUDIT))
    refused(IdentityCode.IDP_PERSON_UNIDENTIFIED, lambda: assign(identified, "np-ccc", Office.AUDIT))
    refused(IdentityCode.IDP_OFFICE_OWN, lambda: assign(identified, "np-aaa", Office.AUDIT, Principal(id="np-aaa")))
    assign(identified, "np-aaa", Office.AUDIT)
    refused(IdentityCode.IDP_OFFICE_OWN, lambda: remove(identified, "np-aaa", Office.AUDIT, Principal(id="np-aaa")))


@pytest.mark.parametrize("kind", ["passport", "return-permit"])
def test_who_shows_a_document_that_is_had_beside_another_gets_none(identified: Database, kind: str) -> None:
    """One human, two accounts: the card at one, the passport at the other."""
    assign(identified, "np-aaa", Office.SYSTEM)
    passport = parse_document(kind, "E12345678", today=NOW.date())
    documents = Documents(sealing=HomeSecrets(bytes(32)))
    with identified.unit_of_work() as uow:
        documents.record(uow, "np-ccc", passport, now=NOW, actor=OPERATOR)
    refused(IdentityCode.IDP_PERSON_UNIDENTIFIED, lambda: assign(identified, "np-ccc", Office.AUDIT))
    with identified.unit_of_work() as uow:
        card = parse_document("residence-card", "ABC123456789", today=NOW.date())
        documents.record(uow, "np-ccc", card, now=NOW, actor=OPERATOR)
    assign(identified, "np-ccc", Office.AUDIT)


def test_the_last_security_administrator_stays(identified: Database) -> None:
    assign(identified, "np-aaa", Office.SECURITY)
    refused(IdentityCode.IDP_OFFICE_LAST, lambda: remove(identified, "np-aaa", Office.SECURITY))
    assert require(identified, "np-aaa", Office.SECURITY)
    assign(identified, "np-bbb", Office.SECURITY)
    remove(identified, "np-aaa", Office.SECURITY, Principal(id="np-bbb"))
    refused(IdentityCode.IDP_OFFICE_LAST, lambda: remove(identified, "np-bbb", Office.SECURITY))
    with identified.reading() as unit:
        told = [each.type for each in trail.list_events(unit, limit=100)]
    assert told.count(EventType.OFFICE_REMOVED.value) == 1


def test_of_two_who_remove_each_other_one_stays(identified: Database, migrated_url: str) -> None:
    for person in NUMBERS:
        assign(identified, person, Office.SECURITY)
    gun = threading.Barrier(2)
    outcomes: list[Code | None] = []

    def race(person: str, by: str) -> None:
        with open_database(migrated_url) as database:
            gun.wait(timeout=20)
            try:
                remove(database, person, Office.SECURITY, Principal(id=by))
            except TrustError as error:
                outcomes.append(error.code)
            else:
                outcomes.append(None)

    racers = [threading.Thread(target=race, args=pair) for pair in (("np-aaa", "np-bbb"), ("np-bbb", "np-aaa"))]
    for each in racers:
        each.start()
    for each in racers:
        each.join(timeout=30)
    assert sorted(outcomes, key=str) == sorted([None, IdentityCode.IDP_OFFICE_LAST], key=str)
    with identified.reading() as unit:
        assert len(list_administrators(unit)) == 1


def test_of_those_who_race_one_wins(identified: Database, migrated_url: str) -> None:
    """Each has connections of its own, as processes have; a start gun makes them meet."""
    gun = threading.Barrier(3)
    outcomes: list[Office | Code] = []

    def race(office: Office) -> None:
        with open_database(migrated_url) as database:
            gun.wait(timeout=20)
            try:
                assign(database, "np-aaa", office)
            except TrustError as error:
                outcomes.append(error.code)
            else:
                outcomes.append(office)

    racers = [threading.Thread(target=race, args=(office,)) for office in Office]
    for each in racers:
        each.start()
    for each in racers:
        each.join(timeout=30)
    assert len(outcomes) == 3
    assert outcomes.count(IdentityCode.IDP_OFFICE_HELD) == 2
    with identified.reading() as unit:
        assert len(list_administrators(unit)) == 1
