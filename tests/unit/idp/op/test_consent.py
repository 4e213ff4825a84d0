"""People are asked before a client gets anything, once for the same, and take it back at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idp.subject.mandates import ActingFor
from tests.support.provider import basic, interaction_of, returned
from tests.support.signing_in import INTERACTIONS, SESSIONS
from trustkit.errors import TrustError
from trustkit.identity import Organisation
from trustkit.identity_codes import IdentityCode
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from tests.support.provider import World


def _say(world: World, interaction: str, *, allowed: bool) -> None:
    desk, now = world.provider().consents, world.clock.now()
    with world.database.unit_of_work() as uow:
        found = INTERACTIONS.find(uow, interaction, browser=world.cookies[world.cookie_rules.browser], now=now)
        session = SESSIONS.current(uow, world.cookies[world.cookie_rules.session], now=now)
        assert session is not None
        question = desk.question(uow, found, now=now)
        assert (question.client.title("zh"), question.scopes) == ("示范应用", ("openid", "read"))
        desk.answer(uow, found, session, allowed=allowed, now=now)


def _asked(world: World, client: Client) -> str:
    page, interaction = interaction_of(world.browse("/authorize", world.asking(client)))
    assert page == "/consent"
    return interaction


def test_a_yes_is_asked_for_once_and_kept(world: World) -> None:
    client, secret = world.client(consent_required=True)
    world.sign_in(world.person())
    silent = returned(world.browse("/authorize", world.asking(client, prompt="none")))
    assert silent["error"] == "consent_required"
    interaction = _asked(world, client)
    _say(world, interaction, allowed=True)
    code = returned(world.browse("/authorize/continue", {"i": interaction}))["code"]
    assert world.redeem(client, secret, code).status_code == 200
    assert "code" in returned(world.browse("/authorize", world.asking(client, prompt="none")))
    more = world.browse("/authorize", world.asking(client, scope="openid read write"))
    assert interaction_of(more)[0] == "/consent"
    again = world.browse("/authorize", world.asking(client, prompt="consent"))
    assert interaction_of(again)[0] == "/consent"


def test_a_no_is_told_to_the_client(world: World) -> None:
    client, _ = world.client(consent_required=True)
    world.sign_in(world.person())
    interaction = _asked(world, client)
    _say(world, interaction, allowed=False)
    assert returned(world.browse("/authorize/continue", {"i": interaction}))["error"] == "access_denied"


def test_a_yes_is_said_once(sqlite_world: World) -> None:
    world = sqlite_world
    client, _ = world.client(consent_required=True)
    world.sign_in(world.person())
    interaction = _asked(world, client)
    _say(world, interaction, allowed=False)
    with pytest.raises(TrustError) as caught:
        _say(world, interaction, allowed=True)
    assert caught.value.code is IdentityCode.OP_REQUEST_OVER


def test_one_persons_yes_is_none_of_the_next_at_the_same_browser(sqlite_world: World) -> None:
    world = sqlite_world
    client, _ = world.client(consent_required=True)
    world.sign_in(world.person())
    interaction = _asked(world, client)
    _say(world, interaction, allowed=True)
    world.sign_in(world.person("wang.wei"))
    assert interaction_of(world.browse("/authorize/continue", {"i": interaction}))[0] == "/consent"


def test_taking_it_back_ends_what_came_of_it(world: World) -> None:
    client, secret = world.client(consent_required=True)
    person = world.person()
    world.sign_in(person)
    interaction = _asked(world, client)
    _say(world, interaction, allowed=True)
    code = returned(world.browse("/authorize/continue", {"i": interaction}))["code"]
    tokens = world.redeem(client, secret, code).json()
    desk, now = world.provider().consents, world.clock.now()
    with world.database.reading() as unit:
        assert [each.title for each in desk.list_of(unit, person, language="zh")] == ["示范应用"]
    with world.database.unit_of_work() as uow:
        desk.withdraw(uow, person, client.identifier, now=now)
    assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    asked = {"token": tokens["access_token"]}
    assert world.post("/introspect", asked, **basic(client, secret)).json() == {"active": False}
    assert _asked(world, client)
    with world.database.unit_of_work() as uow, pytest.raises(TrustError) as caught:
        desk.withdraw(uow, person, client.identifier, now=now)
    assert caught.value.code is IdentityCode.OP_CLIENT_MISSING


def _empowered(world: World, person: str) -> None:
    world.standing.mandates["md-1"] = ActingFor(
        mandate="md-1",
        person=person,
        organisation=Organisation(uscc="91310000MA1K35Q51T", name="示范公司"),
        role=MandateRole.HANDLER,
        scope=("*",),
        valid_until=None,
        sources=frozenset(),
    )


def _act_for(world: World, mandate: str | None) -> None:
    cookie = world.cookie_rules.session
    with world.database.unit_of_work() as uow:
        signed = SESSIONS.act_for(uow, world.cookies[cookie], mandate, now=world.clock.now())
    world.cookies[cookie] = signed.secret


@pytest.mark.parametrize("another", [False, True])
def test_a_yes_said_anew_counts_for_who_said_it_and_in_his_role(sqlite_world: World, *, another: bool) -> None:
    world = sqlite_world
    client, _ = world.client(consent_required=True)
    mine, other = world.person(), world.person("wang.wei")
    _empowered(world, mine)
    for person in (other, mine):  # each agreed once, long ago
        world.sign_in(person)
        _say(world, _asked(world, client), allowed=True)
    world.clock.pass_(60)
    world.sign_in(mine)
    _act_for(world, "md-1")
    page, interaction = interaction_of(world.browse("/authorize", world.asking(client, prompt="consent")))
    assert page == "/consent"
    _say(world, interaction, allowed=True)
    if another:
        world.sign_in(other)
    else:
        _act_for(world, None)
    assert interaction_of(world.browse("/authorize/continue", {"i": interaction}))[0] == "/consent"


def test_a_yes_for_oneself_is_none_for_an_organisation(world: World) -> None:
    client, secret = world.client(consent_required=True)
    person = world.person()
    world.sign_in(person)
    interaction = _asked(world, client)
    _say(world, interaction, allowed=True)
    own = returned(world.browse("/authorize/continue", {"i": interaction}))["code"]
    tokens = world.redeem(client, secret, own).json()
    _empowered(world, person)
    _act_for(world, "md-1")
    silent = returned(world.browse("/authorize", world.asking(client, prompt="none")))
    assert silent["error"] == "consent_required"
    interaction = _asked(world, client)
    _say(world, interaction, allowed=True)
    assert "code" in returned(world.browse("/authorize/continue", {"i": interaction}))
    assert "code" in returned(world.browse("/authorize", world.asking(client, prompt="none")))
    desk, now = world.provider().consents, world.clock.now()
    with world.database.reading() as unit:
        assert [each.client for each in desk.list_of(unit, person, language="zh")] == [client.identifier]
    with world.database.unit_of_work() as uow:
        desk.withdraw(uow, person, client.identifier, now=now)  # both
    assert returned(world.browse("/authorize", world.asking(client, prompt="none")))["error"] == "consent_required"
    assert world.refresh(client, secret, tokens["refresh_token"]).json()["error"] == "invalid_grant"
