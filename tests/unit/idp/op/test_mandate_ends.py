"""A mandate that ends while somebody acts under it is felt by the next thing that is asked, whatever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.subject.mandates import ActingFor
from tests.support.provider import basic, returned
from tests.support.signing_in import SESSIONS
from trustkit.identity import Organisation
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from tests.support.provider import World

MANDATE, USCC = "md-1", "91310000MA1K35Q51T"


def act(world: World, person: str) -> None:
    world.standing.mandates[MANDATE] = ActingFor(
        mandate=MANDATE,
        person=person,
        organisation=Organisation(uscc=USCC, name="示范公司"),
        role=MandateRole.HANDLER,
        scope=("*",),
        valid_until=None,
        sources=frozenset(),
    )
    cookie = world.cookie_rules.session
    with world.database.unit_of_work() as uow:
        world.cookies[cookie] = SESSIONS.act_for(uow, world.cookies[cookie], MANDATE, now=world.clock.now()).secret


def test_nothing_goes_on_under_a_mandate_that_ended(world: World) -> None:
    client, secret = world.client()
    person = world.person()
    world.sign_in(person)
    act(world, person)
    tokens = world.redeem(client, secret, world.code(client)).json()
    away = world.redeem(client, secret, world.code(client, scope="openid offline_access")).json()
    waiting = world.code(client)
    asked = {"token": tokens["access_token"]}
    assert world.post("/introspect", asked, **basic(client, secret)).json()["active"]

    world.standing.mandates.clear()
    for kept in (tokens, away):
        assert world.refresh(client, secret, kept["refresh_token"]).json()["error"] == "invalid_grant"
    assert world.redeem(client, secret, waiting).json()["error"] == "invalid_grant"
    assert world.post("/introspect", asked, **basic(client, secret)).json() == {"active": False}
    told = world.send("GET", "/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert (told.status_code, 'error="invalid_token"' in told.headers["www-authenticate"]) == (401, True)
    answer = returned(world.browse("/authorize", world.asking(client)))
    assert (answer["error"], "code" in answer) == ("access_denied", False)
