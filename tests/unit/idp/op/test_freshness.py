"""Who has to sign in, how surely and how freshly, and at which browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from idp.factors.port import FactorKind
from tests.support.provider import (
    World,
    claims_of,
    interaction_of,
    returned,
)
from tests.support.signing_in import INTERACTIONS

if TYPE_CHECKING:
    from idp.interaction import Interaction


def test_levels_are_asked_for_stepped_up_to_and_insisted_on(world: World) -> None:
    client, secret = world.client()
    person = world.person()
    world.sign_in(person)
    essential = '{"id_token":{"acr":{"essential":true,"value":"urn:trustkit:ial:0:aal:2"}}}'
    silent = returned(world.browse("/authorize", world.asking(client, prompt="none", claims=essential)))
    assert silent["error"] == "interaction_required"
    page, interaction = interaction_of(world.browse("/authorize", world.asking(client, claims=essential)))
    assert page == "/login"
    refused = returned(world.browse("/authorize/continue", {"i": interaction}))  # the person did not step up
    assert refused["error"] == "unmet_authentication_requirements"
    _, interaction = interaction_of(world.browse("/authorize", world.asking(client, claims=essential)))
    world.sign_in(person, FactorKind.PASSWORD, FactorKind.TOTP)
    code = returned(world.browse("/authorize/continue", {"i": interaction}))["code"]
    tokens = world.redeem(client, secret, code).json()
    assert claims_of(tokens["id_token"])["acr"] == "urn:trustkit:ial:0:aal:2"
    world.sign_in(person)
    _, interaction = interaction_of(
        world.browse("/authorize", world.asking(client, acr_values="urn:trustkit:ial:0:aal:2"))
    )
    code = returned(world.browse("/authorize/continue", {"i": interaction}))["code"]  # voluntary: told what was reached
    assert claims_of(world.redeem(client, secret, code).json()["id_token"])["acr"] == "urn:trustkit:ial:0:aal:1"


def test_the_names_a_client_asks_for_are_what_the_login_is_needed_for(world: World) -> None:
    client, _ = world.client(least_acr="urn:trustkit:ial:0:aal:1")
    person = world.person()
    asked = "phrh urn:trustkit:ial:2:aal:1:phr urn:trustkit:aal:2"
    names = asked.split()
    insisted = '{"id_token":{"acr":{"essential":true,"values":["phr","urn:trustkit:aal:2"]}}}'
    for request, kept, insists in (
        ({"acr_values": asked}, names, False),
        ({"acr_values": asked, "claims": insisted}, ["phr", "urn:trustkit:aal:2"], True),
        ({}, [], False),
    ):
        world.cookies.pop(world.cookie_rules.session, None)
        found = _needed(world, interaction_of(world.browse("/authorize", world.asking(client, **request)))[1])
        assert ([each.name for each in found.demands], found.insists) == (kept, insists)
        assert found.needed == client.registration.least
    world.sign_in(person, FactorKind.PASSWORD, FactorKind.TOTP)  # any of the names will do
    assert "code" in returned(world.browse("/authorize", world.asking(client, claims=insisted, prompt="none")))
    assert "code" in returned(world.browse("/authorize", world.asking(client, acr_values=asked, prompt="none")))


def test_of_several_names_the_nearest_says_what_is_wrong(world: World) -> None:
    client, _ = world.client()
    world.sign_in(world.person())
    world.clock.pass_(600)
    for names, error in (
        ('["phr","urn:trustkit:aal:1"]', "login_required"),  # the second was reached, too long ago
        ('["urn:trustkit:aal:1","phr"]', "login_required"),
        ('["phr","urn:trustkit:aal:2"]', "unmet_authentication_requirements"),
        ('["silver"]', "unmet_authentication_requirements"),
    ):
        claims = f'{{"id_token":{{"acr":{{"essential":true,"values":{names}}}}}}}'
        going = world.browse("/authorize", world.asking(client, claims=claims, max_age="300"))
        if not going.headers["location"].startswith("https://app.test"):
            going = world.browse("/authorize/continue", {"i": interaction_of(going)[1]})
        assert returned(going)["error"] == error, names


def _needed(world: World, interaction: str) -> Interaction:
    with world.database.reading() as unit:
        browser = world.cookies[world.cookie_rules.browser]
        return INTERACTIONS.find(unit, interaction, browser=browser, now=world.clock.now())


def test_a_session_that_clients_are_answered_from_is_used(world: World) -> None:
    client, _ = world.client()
    person = world.person()
    world.sign_in(person)
    for _ in range(3):  # idle after half an hour
        world.clock.pass_(20 * 60)
        assert "code" in returned(world.browse("/authorize", world.asking(client)))
    world.clock.pass_(31 * 60)
    assert interaction_of(world.browse("/authorize", world.asking(client)))[0] == "/login"


def test_a_request_that_may_ask_nobody_keeps_no_session_alive(world: World) -> None:
    client, _ = world.client()
    world.sign_in(world.person())
    world.clock.pass_(20 * 60)
    assert "code" in returned(world.browse("/authorize", world.asking(client, prompt="none")))
    world.clock.pass_(20 * 60)
    silent = returned(world.browse("/authorize", world.asking(client, prompt="none")))
    assert silent["error"] == "login_required"


def test_a_sign_in_is_as_fresh_as_is_asked(world: World) -> None:
    client, _ = world.client()
    person = world.person()
    world.sign_in(person)
    world.clock.pass_(120)
    assert "code" in returned(world.browse("/authorize", world.asking(client, max_age="121")))
    for changed in ({"max_age": "60"}, {"prompt": "login"}, {"max_age": "0"}):
        silent = {**changed, "prompt": "none"} if "prompt" not in changed else changed
        page, interaction = interaction_of(world.browse("/authorize", world.asking(client, **changed)))
        assert page == "/login"
        stale = returned(world.browse("/authorize/continue", {"i": interaction}))
        assert stale["error"] == "login_required"
        if silent is not changed:
            answer = returned(world.browse("/authorize", world.asking(client, **silent)))
            assert answer["error"] == "login_required"
        _, interaction = interaction_of(world.browse("/authorize", world.asking(client, **changed)))
        world.clock.pass_(1)
        world.sign_in(person)
        assert "code" in returned(world.browse("/authorize/continue", {"i": interaction}))
        world.clock.pass_(120)


def test_the_expected_person_is_asked_for(world: World) -> None:
    client, secret = world.client()
    mine = world.person()
    world.sign_in(mine)
    hint = world.redeem(client, secret, world.code(client)).json()["id_token"]
    world.clock.pass_(3600)  # an expired hint still says who was meant
    world.sign_in(world.person("wang.wei"))
    silent = returned(world.browse("/authorize", world.asking(client, prompt="none", id_token_hint=hint)))
    assert silent["error"] == "login_required"
    _, interaction = interaction_of(world.browse("/authorize", world.asking(client, id_token_hint=hint)))
    assert returned(world.browse("/authorize/continue", {"i": interaction}))["error"] == "access_denied"
    world.sign_in(mine)
    assert "code" in returned(world.browse("/authorize", world.asking(client, prompt="none", id_token_hint=hint)))
    forged = returned(world.browse("/authorize", world.asking(client, prompt="none", id_token_hint=f"{hint[:-4]}AAAA")))
    assert forged["error"] == "invalid_request"


def test_the_person_a_client_names_is_asked_for(sqlite_world: World) -> None:
    """OpenID Connect Core 3.1.2.2: only of him there is an answer, be there a session of whomever."""
    world = sqlite_world
    client, secret = world.client()
    mine = world.person()
    world.sign_in(mine)
    hint = world.redeem(client, secret, world.code(client)).json()["id_token"]
    named = json.dumps({"id_token": {"sub": {"value": claims_of(hint)["sub"]}}})
    silent = world.asking(client, prompt="none", claims=named)
    assert "code" in returned(world.browse("/authorize", silent))
    world.sign_in(world.person("wang.wei"))
    assert returned(world.browse("/authorize", silent))["error"] == "login_required"
    _, interaction = interaction_of(world.browse("/authorize", world.asking(client, claims=named)))
    assert returned(world.browse("/authorize/continue", {"i": interaction}))["error"] == "access_denied"
    other = world.redeem(client, secret, world.code(client)).json()["id_token"]
    both = returned(world.browse("/authorize", world.asking(client, claims=named, id_token_hint=other)))
    assert both["error"] == "invalid_request"


def test_another_browser_cannot_go_on(world: World) -> None:
    client, _ = world.client()
    _, interaction = interaction_of(world.browse("/authorize", world.asking(client)))
    theirs, world.cookies = world.cookies, {}
    world.sign_in(world.person())
    assert world.browse("/authorize/continue", {"i": interaction}).json() == {"shown": "idp:interaction:over"}
    world.cookies |= theirs
    world.clock.pass_(15 * 60 + 1)
    assert world.browse("/authorize/continue", {"i": interaction}).json()["shown"] in {
        "idp:op-request:over",
        "idp:interaction:over",
    }
