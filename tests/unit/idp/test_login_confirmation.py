"""A step by confirmation is this login's alone: asked for here, answered in the person's app, used once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from idp.csrf import csrf_token
from idp.factors.port import FactorKind
from idp.handles import fresh_handle
from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.login_progress import FORM
from idp.login_view import LoginStage
from tests.support.confirming_app import ConfirmingApp
from tests.support.factors import NOON, SECRETS
from tests.support.login_world import BROWSER, LEVEL_2, LoginWorld
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.login_view import At
    from trustkit.error_family import Code
    from trustkit.store.database import Database


@pytest.fixture
def world(database: Database) -> LoginWorld:
    world = LoginWorld(database)
    world.clock.at = NOON
    return world


def half(world: LoginWorld) -> tuple[At, ConfirmingApp]:
    person = world.person()
    app = ConfirmingApp().pair(world.factors, person)
    at = world.open(LEVEL_2)
    assert world.password(at).view.kinds == (FactorKind.CONFIRMATION,)
    return at, app


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code


def answer(world: LoginWorld, app: ConfirmingApp, number: str | None) -> None:
    now = world.clock.now()
    (waiting, *_) = world.factors.confirmations.waiting(app.wish(now), now=now)
    world.factors.confirmations.answer(app.answer(waiting.id, number, at=now), now=now)


def test_what_was_confirmed_signs_in_once(world: LoginWorld) -> None:
    at, app = half(world)
    asked = world.confirmed.ask(at, language=Language.ZH)
    poll = partial(world.confirmed.poll, at)
    assert refused(poll) is IdentityCode.FACTOR_CONFIRMATION_PENDING
    world.clock.pass_(30)
    answer(world, app, asked.number)
    outcome = poll()
    session = world.session(outcome.session)
    assert outcome.view.stage is LoginStage.DONE
    assert session is not None
    assert session.assurance == LEVEL_2
    assert refused(poll) is IdentityCode.IDP_LOGIN_STEP
    assert world.events("idp:login:refused") == []


@pytest.mark.parametrize(
    ("client", "language", "shown"),
    [
        ("办事大厅", Language.EN, "办事大厅"),
        ("", Language.ZH, "统一身份认证"),
        ("", Language.EN, "Unified identity"),
    ],
)
def test_the_app_shows_who_asks_in_words_of_this_service(
    world: LoginWorld, client: str, language: Language, shown: str
) -> None:
    app = ConfirmingApp().pair(world.factors, world.person())
    wanted = Wanted(purpose=InteractionPurpose.ACCOUNT, needed=LEVEL_2, client_name=client)
    with world.database.unit_of_work() as uow:
        opened = world.interactions.open(uow, wanted, browser=BROWSER, now=world.clock.now())
    form = csrf_token(SECRETS, BROWSER, FORM, opened.interaction.id)
    at = replace(world.open(), interaction=opened.interaction.id, form=form)
    world.password(at)
    world.confirmed.ask(at, language=language)
    now = world.clock.now()
    (waiting,) = world.factors.confirmations.waiting(app.wish(now), now=now)
    assert waiting.wanted_for == shown


def test_the_app_shows_the_client_in_the_language_of_the_page(world: LoginWorld) -> None:
    world.titles["c-1", "en"] = "Service hall"
    app = ConfirmingApp().pair(world.factors, world.person())
    wanted = Wanted(purpose=InteractionPurpose.ACCOUNT, needed=LEVEL_2, client="c-1", client_name="办事大厅")
    with world.database.unit_of_work() as uow:
        opened = world.interactions.open(uow, wanted, browser=BROWSER, now=world.clock.now())
    form = csrf_token(SECRETS, BROWSER, FORM, opened.interaction.id)
    at = replace(world.open(), interaction=opened.interaction.id, form=form)
    world.password(at)
    for language in (Language.EN, Language.ZH):
        world.confirmed.ask(at, language=language)
        world.clock.pass_(1)
    now = world.clock.now()
    shown = [each.wanted_for for each in world.factors.confirmations.waiting(app.wish(now), now=now)]
    assert shown == ["办事大厅", "Service hall"]


def test_nobody_is_asked_before_he_is_known_nor_at_another_browser(world: LoginWorld) -> None:
    at, _ = half(world)
    fresh = world.open(LEVEL_2)
    ask = partial(world.confirmed.ask, language=Language.ZH)
    assert refused(partial(ask, fresh)) is IdentityCode.IDP_LOGIN_STEP
    assert refused(partial(ask, replace(at, form="0" * 64))) is IdentityCode.IDP_FORGED
    assert refused(partial(ask, replace(at, browser=fresh_handle()))) is IdentityCode.IDP_INTERACTION
    assert refused(partial(world.confirmed.poll, at)) is IdentityCode.IDP_LOGIN_STEP  # nothing was asked


def test_a_denial_and_an_older_question_sign_nobody_in(world: LoginWorld) -> None:
    at, app = half(world)
    world.confirmed.ask(at, language=Language.ZH)
    answer(world, app, None)
    world.clock.pass_(30)
    assert refused(partial(world.confirmed.poll, at)) is IdentityCode.FACTOR_CONFIRMATION_DENIED
    assert [reason for _, reason in world.events("idp:login:refused")] == ["idp:factor-confirmation:denied"]
    first = world.confirmed.ask(at, language=Language.ZH)
    world.clock.pass_(1)
    world.confirmed.ask(at, language=Language.ZH)
    now = world.clock.now()
    _, older = world.factors.confirmations.waiting(app.wish(now), now=now)
    world.factors.confirmations.answer(app.answer(older.id, first.number, at=now), now=now)  # nobody polls for it
    world.clock.pass_(30)
    assert refused(partial(world.confirmed.poll, at)) is IdentityCode.FACTOR_CONFIRMATION_PENDING
