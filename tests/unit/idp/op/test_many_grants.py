"""A client makes a grant at every login, also where nobody is asked anything: however many there are, they end when their owner says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idp.op.grants import keep_grant
from tests.support.provider import returned
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.identity import Principal
from trustkit.store import op_consents, op_grants, op_logouts
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.op_consents import ConsentRow

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from tests.support.provider import World
    from trustkit.store.op_grants import GrantRow

TOLD = "https://app.test/told"
BEYOND = PAGE_LIMIT + 1


def _grant(world: World, client: Client, person: str) -> GrantRow:
    assert "code" in returned(world.browse("/authorize", world.asking(client, prompt="none")))
    with world.database.reading() as unit:
        return next(op_grants.each_of_person(unit, person, client.identifier))


def _crowded(world: World) -> tuple[Client, Client, str, str]:
    """Return a client with more grants than a page, and another whose one grant is of the same person and session."""
    crowd, (other, _) = world.client()[0], world.client("other", backchannel_logout_uri=TOLD)
    person = world.person()
    session = world.sign_in(person)
    one = _grant(world, crowd, person)
    with world.database.unit_of_work() as uow:
        kept = []
        for number in range(BEYOND):
            row = replace(one, identifier=f"og-{number:013}", mandate="md-other" if number % 2 else None)
            kept.append(keep_grant(uow, row, means="authorization_code"))
        trail.record_many(uow, kept)
    _grant(world, other, person)
    return crowd, other, person, session


def _left(world: World, person: str, client: Client) -> list[GrantRow]:
    with world.database.reading() as unit:
        return list(op_grants.each_of_person(unit, person, client.identifier))


@pytest.fixture
def crowded(sqlite_world: World) -> tuple[World, Client, Client, str, str]:
    return sqlite_world, *_crowded(sqlite_world)


def test_a_consent_taken_back_ends_all_of_them(crowded: tuple[World, Client, Client, str, str]) -> None:
    world, crowd, other, person, _ = crowded
    now = world.clock.now()
    assert len(_left(world, person, crowd)) == BEYOND + 1
    given = ConsentRow(person=person, client=crowd.identifier, mandate="", scopes="openid", given_at=now)
    event = AuditEvent(
        type=EventType.OP_CONSENT_GIVEN, at=now, actor=Principal(id=person), object_type="person", object_id=person
    )
    with world.database.unit_of_work() as uow:
        op_consents.give(uow, given)
        trail.record(uow, event)
        world.provider().consents.withdraw(uow, person, crowd.identifier, now=now)
    assert _left(world, person, crowd) == []
    assert len(_left(world, person, other)) == 1


def test_its_owner_sees_those_of_other_clients_as_well(crowded: tuple[World, Client, Client, str, str]) -> None:
    world, crowd, other, person, _ = crowded
    with world.database.reading() as unit:
        seen = world.provider().own_grants.list_of(unit, person, language="zh", now=world.clock.now())
    # what was allowed under a mandate that is none is good for nothing
    assert sorted((each.client, each.acting) for each in seen) == sorted(
        (each.identifier, None) for each in (crowd, other)
    )


def test_ending_one_ends_all_that_are_the_same_to_him(crowded: tuple[World, Client, Client, str, str]) -> None:
    world, crowd, _, person, _ = crowded
    own = next(each for each in _left(world, person, crowd) if each.mandate is None)
    with world.database.unit_of_work() as uow:
        world.provider().own_grants.end(uow, person, own.identifier, now=world.clock.now())
    left = _left(world, person, crowd)
    assert (len(left), {each.mandate for each in left}) == (BEYOND // 2, {"md-other"})


def test_a_client_behind_all_of_anothers_is_told_of_the_logout(crowded: tuple[World, Client, Client, str, str]) -> None:
    world, _, other, person, session = crowded
    now = world.clock.now()
    with world.database.unit_of_work() as uow:
        world.provider().sessions.end(uow, session, reason="logout", now=now, actor=Principal(id=person))
    with world.database.reading() as unit:
        assert [row.client for row in op_logouts.list_due(unit, now=now, limit=10)] == [other.identifier]
