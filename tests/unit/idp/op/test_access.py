"""What a person's sessions gave clients ends with them, and a lock ends all of it for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from idp.op.access import PersonAccess, end_grants
from idp.op.grants import keep_grant
from idp.op.logout import note_logout
from idp.people import People
from tests.support.provider import interaction_of, returned
from tests.support.signing_in import RULES, SECRETS, SESSIONS, TERMINAL, sign_in
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.identity import Principal, fresh_identifier
from trustkit.store import op_grants, op_logouts

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from tests.support.provider import World

HOOKED = replace(SESSIONS, on_end=(note_logout, end_grants))
ACCESS = PersonAccess(sessions=HOOKED)
PEOPLE = People(sealing=SECRETS, access=ACCESS)


class Granted:
    """A client with what one session allowed it: while it goes on, and in the person's absence."""

    def __init__(self, world: World, person: str) -> None:
        self.world, self.person = world, person
        self.session = world.sign_in(person)
        self.cookies = dict(world.cookies)
        self.client, self.secret = _client(world)
        self.present = self._tokens("openid")
        self.absent = self._tokens("openid offline_access")

    def _tokens(self, scope: str) -> str:
        code = self.world.code(self.client, scope=scope)
        token: str = self.world.redeem(self.client, self.secret, code).json()["refresh_token"]
        return token

    def refreshed(self) -> tuple[str, str]:
        """Refresh both, and return what came of each."""
        answers = []
        for name in ("present", "absent"):
            found: dict[str, Any] = self.world.refresh(self.client, self.secret, getattr(self, name)).json()
            setattr(self, name, found.get("refresh_token", getattr(self, name)))
            answers.append(found.get("error", "good"))
        return answers[0], answers[1]

    def live(self) -> int:
        with self.world.database.reading() as unit:
            return len(op_grants.list_live(unit, self.person, now=self.world.clock.now()))


def _client(world: World) -> tuple[Client, str]:
    return world.client(fresh_identifier("app"), backchannel_logout_uri="https://app.test/told")


def test_a_grant_ends_with_its_session_unless_it_is_for_the_persons_absence(world: World) -> None:
    granted = Granted(world, world.person())
    assert granted.refreshed() == ("good", "good")
    with world.database.unit_of_work() as uow:
        HOOKED.end(uow, granted.session, reason="logout", now=world.clock.now(), actor=Principal(id=granted.person))
    assert granted.live() == 1  # not only passed over: whoever lists grants sees what there is
    assert granted.refreshed() == ("invalid_grant", "good")
    with world.database.reading() as unit:
        told = trail.list_events(unit, type=EventType.OP_GRANT_REVOKED)
        assert [(each.reason, each.actor) for each in told] == [("session-ended", "system")]
        assert len(op_logouts.list_due(unit, now=world.clock.now(), limit=10)) == 1  # the client was noted before


def test_ending_the_others_ends_what_they_gave_and_keeps_what_this_one_did(world: World) -> None:
    person = world.person()
    other = Granted(world, person)
    with world.database.unit_of_work() as uow:  # it ended long ago, and its grant for his absence goes on
        HOOKED.end(uow, other.session, reason="logout", now=world.clock.now(), actor=Principal(id=person))
    third, mine = Granted(world, person), Granted(world, person)
    with world.database.unit_of_work() as uow:
        actor = Principal(id=person)
        ACCESS.end(uow, person, reason="owner", now=world.clock.now(), actor=actor, keep=mine.session)
    assert [each.refreshed() for each in (other, third)] == [("invalid_grant", "invalid_grant")] * 2
    assert mine.refreshed() == ("good", "good")


def test_unlocking_somebody_revives_nothing(world: World) -> None:
    granted = Granted(world, world.person())
    now = world.clock.now()
    with world.database.unit_of_work() as uow:
        PEOPLE.lock(uow, granted.person, reason="lost-device", now=now, actor=TERMINAL)
    assert granted.live() == 0
    assert granted.refreshed() == ("invalid_grant", "invalid_grant")
    world.clock.pass_(60)
    with world.database.unit_of_work() as uow:
        PEOPLE.unlock(uow, granted.person, now=world.clock.now(), actor=TERMINAL)
    world.cookies = granted.cookies
    assert granted.refreshed() == ("invalid_grant", "invalid_grant")
    page, _ = interaction_of(world.browse("/authorize", world.asking(granted.client)))
    assert page == "/login"
    silent = returned(world.browse("/authorize", world.asking(granted.client, prompt="none")))
    assert silent["error"] == "login_required"
    assert Granted(world, granted.person).refreshed() == ("good", "good")


def test_a_grant_made_beside_the_lock_ends_when_he_is_let_in_again(world: World) -> None:
    granted = Granted(world, world.person())
    now = world.clock.now()
    with world.database.reading() as unit:
        row = op_grants.list_live(unit, granted.person, now=now)[0]
    with world.database.unit_of_work() as uow:
        PEOPLE.lock(uow, granted.person, reason="lost-device", now=now, actor=TERMINAL)
    with world.database.unit_of_work() as uow:  # a unit that had read him as good before
        late = replace(row, identifier=fresh_identifier("og"), scopes="openid offline_access")
        trail.record(uow, keep_grant(uow, late, means="code"))
    assert granted.live() == 1
    with world.database.unit_of_work() as uow:
        PEOPLE.unlock(uow, granted.person, now=now, actor=TERMINAL)
    assert granted.live() == 0


@pytest.mark.parametrize("how", ["idle", "many"])
def test_a_lock_ends_sessions_that_no_list_shows(world: World, how: str) -> None:
    """Of so many that a page does not hold them, and of those that longer times in the settings would bring back."""
    rules = replace(RULES, most=150)
    sessions = replace(SESSIONS, rules=rules)
    people = People(sealing=SECRETS, access=PersonAccess(sessions=sessions))
    person, now = world.person(), world.clock.now()
    signed = [sign_in(world.database, person, at=now, sessions=sessions) for _ in range(105 if how == "many" else 1)]
    lasting = replace(sessions, rules=replace(rules, idle=timedelta(hours=9)))
    if how == "idle":
        now += RULES.idle + timedelta(minutes=1)
    with world.database.unit_of_work() as uow:
        people.lock(uow, person, reason="lost-device", now=now, actor=TERMINAL)
    with world.database.unit_of_work() as uow:
        people.unlock(uow, person, now=now, actor=TERMINAL)
    with world.database.reading() as unit:
        assert not any(lasting.current(unit, each.secret, now=now) for each in signed)
