"""A connector of the settings signs somebody in at a real home, and he is stepped up here by a factor of his own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from idp.connectors.national_simulator import NationalSimulator
from idp.connectors.port import Prompt
from idp.csrf import csrf_token
from idp.factors.enroller import verify_operator
from idp.factors.port import FactorKind
from idp.handles import fresh_handle
from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.login_progress import FORM
from idp.login_view import At, LoginStage
from idp.stepup import Shortfall
from tests.support.authority import passphrase
from tests.support.login_world import password_step
from trustkit.app.idp_home import open_identity
from trustkit.app.idp_login import HomeLogin
from trustkit.app.initialise_identity import initialise_identity
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from idp.login_view import Outcome
    from trustkit.app.idp_home import IdentityHome

CONNECTOR = """
[[idp.connector]]
kind = "national"
name = "network-id"
title_zh = "国家网络身份认证"
title_en = "National network identity"
simulator = true
most_identity = 2
admits = true
"""
NEEDED = AssuranceLevel(identity=2, authentication=2)
BROWSER = fresh_handle()


@pytest.fixture
def identity(home: Path) -> Iterator[IdentityHome]:
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(CONNECTOR)
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    with open_identity(home, passphrase()) as opened:
        yield opened


def needed(home: IdentityHome, level: AssuranceLevel = NEEDED, session: str | None = None) -> At:
    wanted = Wanted(purpose=InteractionPurpose.ACCOUNT, needed=level)
    with home.database.unit_of_work() as uow:
        opened = home.interactions.open(uow, wanted, browser=BROWSER, now=home.clock.now())
    form = csrf_token(home.secrets, BROWSER, FORM, opened.interaction.id)
    return At(interaction=opened.interaction.id, browser=BROWSER, session=session, address="127.0.0.1", form=form)


async def through(home: IdentityHome, login: HomeLogin, at: At, word: str = "somebody") -> Outcome:
    step = await login.brokered.begin(at, "network-id", language="zh")
    assert isinstance(step, Prompt)
    simulator = NationalSimulator(sealing=home.secrets, production=False)
    answer = {
        "state": step.parameters["state"],
        "resultCode": "0",
        "idCardAuthData": simulator.app_answer(word, step.parameters["bizSeq"]),
    }
    outcome = await login.brokered.answer(at, "network-id", answer)
    with pytest.raises(TrustError) as caught:
        await login.brokered.answer(at, "network-id", answer)
    assert caught.value.code in {IdentityCode.IDP_UPSTREAM_ANSWER, IdentityCode.IDP_INTERACTION}
    return outcome


def test_a_network_identity_is_stepped_up_by_ones_own_factor(identity: IdentityHome) -> None:
    login = HomeLogin(home=identity)
    enough = AssuranceLevel(identity=2, authentication=1)
    first = asyncio.run(through(identity, login, needed(identity, enough)))
    assert first.view.stage is LoginStage.DONE
    with identity.database.reading() as unit:
        session = identity.sessions.current(unit, first.session, now=identity.clock.now())
    assert session is not None
    assert (session.assurance, session.provider) == (enough, "network-id")

    now = identity.clock.now()
    enroller, passwords = verify_operator(identity.operator, session.person, now=now), login.factors.passwords
    passwords.put(enroller, "correct horse battery", now=now)

    at = needed(identity)  # at another visit, signed in no more
    half = asyncio.run(through(identity, login, at))
    assert (half.view.stage, half.view.missing, half.session) == (LoginStage.STEP, Shortfall.AUTHENTICATION, None)
    assert half.view.kinds == (FactorKind.PASSWORD,)
    whole = password_step(login.login, login.factors.passwords, at, "correct horse battery")
    with identity.database.reading() as unit:
        raised = identity.sessions.current(unit, whole.session, now=identity.clock.now())
    assert raised is not None
    assert (raised.person, raised.assurance, raised.provider) == (session.person, NEEDED, "network-id")


def test_what_an_app_says_of_another_business_signs_nobody_in(identity: IdentityHome) -> None:
    login, at = HomeLogin(home=identity), needed(identity)

    async def forged() -> None:
        step = await login.brokered.begin(at, "network-id", language="en")
        assert isinstance(step, Prompt)
        simulator = NationalSimulator(sealing=identity.secrets, production=False)
        other = simulator.app_answer("somebody", "0" * 32)
        answer = {"state": step.parameters["state"], "resultCode": "0", "idCardAuthData": other}
        await login.brokered.answer(at, "network-id", answer)

    with pytest.raises(TrustError) as caught:
        asyncio.run(forged())
    assert caught.value.code is IdentityCode.IDP_UPSTREAM_DENIED
    assert login.login.look(replace(at, session=None)).view.stage is LoginStage.START
