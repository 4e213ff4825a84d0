"""Who has to sign in, how surely and how freshly, and at which browser."""

from __future__ import annotations

from idp.factors.port import FactorKind
from tests.support.provider import (
    World,
    claims_of,
    interaction_of,
    returned,
)


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
