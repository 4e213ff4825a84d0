"""A login that is needed is one browser's, for a while, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from idp.handles import fresh_handle
from idp.interaction import InteractionPurpose
from idp.interactions import LIFETIME, Opened, Wanted
from idp.levels.acr import parse_acr_values
from tests.support.signing_in import INTERACTIONS, NOW, make_person, sign_in
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.error_family import Code
    from trustkit.store.database import Database

WANTED = Wanted(
    purpose=InteractionPurpose.AUTHORIZATION,
    needed=AssuranceLevel(identity=2, authentication=2),
    max_age=timedelta(minutes=5),
    demands=parse_acr_values("phrh urn:trustkit:ial:3:aal:2:phr"),
    insists=False,
    client="portal",
    client_name="办事大厅",
    reference="rq-1",
    language="zh",
)


def opened(database: Database, browser: str | None = None, wanted: Wanted = WANTED) -> Opened:
    with database.unit_of_work() as uow:
        return INTERACTIONS.open(uow, wanted, browser=browser, now=NOW)


def refused(database: Database, identifier: str, browser: str | None, now: datetime = NOW) -> Code:
    with pytest.raises(TrustError) as caught, database.reading() as unit:
        INTERACTIONS.find(unit, identifier, browser=browser, now=now)
    return caught.value.code


def test_what_was_opened_is_found_at_its_browser_as_it_was(database: Database) -> None:
    made = opened(database)
    with database.reading() as unit:
        found = INTERACTIONS.find(unit, made.interaction.id, browser=made.browser, now=NOW)
    assert found == made.interaction
    assert (found.demands, found.insists) == (WANTED.demands, False)
    assert (found.needed, found.max_age, found.client_name) == (WANTED.needed, WANTED.max_age, "办事大厅")


def test_a_browser_keeps_its_cookie_and_a_planted_text_is_none(database: Database) -> None:
    first = opened(database)
    assert opened(database, first.browser).browser == first.browser
    assert opened(database, "planted").browser != "planted"


def test_unknown_anothers_and_expired_are_one_answer(database: Database) -> None:
    made = opened(database)
    cases = [
        (fresh_handle(), made.browser, NOW),
        ("", made.browser, NOW),
        ("x" * 10_000, made.browser, NOW),
        (made.interaction.id, fresh_handle(), NOW),
        (made.interaction.id, None, NOW),
        (made.interaction.id, "", NOW),
        (made.interaction.id, made.browser, NOW + LIFETIME),
    ]
    assert {refused(database, *case) for case in cases} == {IdentityCode.IDP_INTERACTION}


def test_one_is_taken_up_once(database: Database) -> None:
    made = opened(database)
    signed_in = sign_in(database, make_person(database))
    with database.unit_of_work() as uow:
        INTERACTIONS.satisfy(uow, made.interaction, signed_in.session, now=NOW)
    with database.unit_of_work() as uow:
        taken = INTERACTIONS.take(uow, made.interaction.id, browser=made.browser, now=NOW)
    assert (taken.session, taken.interaction) == (signed_in.session.id, made.interaction)
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        INTERACTIONS.take(uow, made.interaction.id, browser=made.browser, now=NOW)
    assert caught.value.code is IdentityCode.IDP_INTERACTION
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        INTERACTIONS.satisfy(uow, made.interaction, signed_in.session, now=NOW)
    assert caught.value.code is IdentityCode.IDP_INTERACTION


def test_one_that_nobody_satisfied_says_so(database: Database) -> None:
    made = opened(database)
    with database.unit_of_work() as uow:
        assert INTERACTIONS.take(uow, made.interaction.id, browser=made.browser, now=NOW).session is None


def test_what_was_over_is_forgotten(database: Database) -> None:
    made = opened(database)
    with database.unit_of_work() as uow:
        INTERACTIONS.forget(uow, now=NOW + LIFETIME)
    with database.reading() as unit:
        assert INTERACTIONS.find(unit, made.interaction.id, browser=made.browser, now=NOW) == made.interaction
    with database.unit_of_work() as uow:
        INTERACTIONS.forget(uow, now=NOW + LIFETIME + timedelta(hours=2))
    assert refused(database, made.interaction.id, made.browser) is IdentityCode.IDP_INTERACTION
