"""A person signs in and lets his licence be used: by himself, or because an organisation asked; he sees what came of it, and takes it back."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.authority import PASSPHRASE, passphrase
from tests.support.copy_desk import BANK
from tests.support.holder_door import CITIZEN, LOAN, OTHER_CITIZEN, HolderWorld, asked_for, holder_world
from tests.support.served_provider import PASSWORD, TWO_FACTORS
from trustkit.app.idp_home import open_identity
from trustkit.app.licence_holders import holder_index
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity import SYSTEM
from trustkit.store import authorisation_requests, copy_authorisations
from trustkit.store.authorisation_requests import AskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.form_browser import FormBrowser

FORM: Final[dict[str, Any]] = {
    "recipient": BANK.uscc,
    "recipient_name": BANK.name,
    "purpose": LOAN,
    "days": "30",
    "copies": "2",
}
NOWHERE = "h" * 43


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HolderWorld]:
    place = tmp_path_factory.mktemp("holder")
    secret = place / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(PASSPHRASE)
    with ExitStack() as stack, holder_world(place, secret, stack) as found:
        yield found


def given(world: HolderWorld) -> tuple[copy_authorisations.AuthorisationRow, ...]:
    with world.desk.authority.database.reading() as unit:
        return copy_authorisations.list_of_licence(unit, world.licence)


def authorised(world: HolderWorld) -> tuple[FormBrowser, copy_authorisations.AuthorisationRow]:
    before = {each.number for each in given(world)}
    browser = world.signed_in(f"/authorise?licence={world.licence}")
    assert browser.title == "Let a licence be used"
    browser.send("/authorise", **FORM)
    assert browser.path == "/authorisations"
    (row,) = (each for each in given(world) if each.number not in before)
    return browser, row


def code_of(browser: FormBrowser) -> str:
    return browser.text.partition("Code ")[2].partition(" ")[0]


def test_he_sees_his_licences_and_nobody_elses(world: HolderWorld) -> None:
    browser = world.signed_in("/")
    assert (browser.title, browser.text.count("Let it be used")) == ("My licences", 1)
    assert "•••• " in browser.text
    assert world.licence not in browser.text
    assert CITIZEN not in str(browser.answer and browser.answer.text)
    other = world.signed_in("/", person=world.person(OTHER_CITIZEN))
    assert "No licence of yours was found." in other.text


def test_he_lets_an_organisation_use_it_sees_what_was_fetched_and_takes_it_back(world: HolderWorld) -> None:
    browser, row = authorised(world)
    assert (row.purpose, row.recipient, row.most_copies, row.source.value) == (LOAN, BANK.uscc, 2, "sign-in")
    assert row.actor == world.person()
    facts = world.told(EventType.COPY_AUTHORISED, row.number).facts
    assert (facts["acr"], facts["client"], facts["source"]) == (
        "urn:trustkit:ial:0:aal:2",
        "trustkit-holder",
        "sign-in",
    )
    assert {"authenticated_at", "session_sm3", "evidence_sm3"} <= facts.keys()
    world.desk.copy(world.licence, row.number)
    browser.open("/authorisations")
    assert "1 of 2 used" in browser.text
    assert row.number in browser.text
    browser.open(f"/withdraw?authorisation={row.number}")
    assert "1 copies that were fetched stay good" in browser.text
    browser.send("/withdraw")
    assert "Taken back" in browser.text
    assert world.told(EventType.COPY_AUTHORISATION_WITHDRAWN, row.number).facts["session_sm3"] == facts["session_sm3"]
    with pytest.raises(TrustError, match="withdrawn"):
        world.desk.copy(world.licence, row.number)


def test_he_answers_what_an_organisation_asks(world: HolderWorld) -> None:
    asked = world.ask(days=10, copies=3)
    browser = world.signed_in(f"/ask?r={asked.handle}")
    assert browser.title == "An organisation asks to use a licence of yours"
    assert all(each in browser.text for each in (BANK.name, BANK.uscc, LOAN, "10 days"))
    browser.send("/ask", decision="approve")
    assert "You agreed" in browser.text
    with world.desk.authority.database.reading() as unit:
        row = authorisation_requests.find(unit, asked.row.number)
        assert row is not None
        assert row.state is AskState.APPROVED
        made = copy_authorisations.get(unit, row.authorisation or "")
    assert (made.purpose, made.recipient, made.most_copies) == (LOAN, BANK.uscc, 3)
    assert world.told(EventType.COPY_AUTHORISED, made.number).facts["request"] == asked.row.number
    assert world.told(EventType.COPY_REQUEST_APPROVED, asked.row.number).facts["authorisation"] == made.number
    browser.open(f"/ask?r={asked.handle}")
    assert code_of(browser) == "copy:request:ended"


def test_he_says_no(world: HolderWorld) -> None:
    asked, before = world.ask(), given(world)
    browser = world.signed_in(f"/ask?r={asked.handle}")
    browser.send("/ask", decision="refuse")
    assert "You said no" in browser.text
    assert given(world) == before
    assert world.told(EventType.COPY_REQUEST_REFUSED, asked.row.number).actor == world.person()


@pytest.mark.parametrize(
    ("who", "more", "state", "code"),
    [
        ("other", {"holder_code": CITIZEN}, 403, "copy:request:holder"),
        ("nobody-known", {}, 403, "copy:holder:unknown"),
        ("organisation", {}, 403, "copy:holder:organisation"),
        ("missing", {}, 404, "copy:request:missing"),
    ],
)
def test_a_request_is_not_for_everybody(
    world: HolderWorld, who: str, more: dict[str, Any], state: int, code: str
) -> None:
    asked, mandate = world.ask(**more), None
    person = world.person(OTHER_CITIZEN) if who == "other" else world.person()
    if who == "nobody-known":
        person = world.provider.person()
    if who == "organisation":
        mandate = world.provider.mandate(person, BANK.uscc)
    handle = NOWHERE if who == "missing" else asked.handle
    browser = world.signed_in(f"/ask?r={handle}", person=person, mandate=mandate)
    assert (browser.status, code_of(browser)) == (state, code)
    with world.desk.authority.database.reading() as unit:
        row = authorisation_requests.find(unit, asked.row.number)
    assert row is not None
    assert row.state is AskState.WAITING


def test_whoever_holds_no_such_licence_can_only_say_no(world: HolderWorld) -> None:
    asked, other = world.ask(), world.person(OTHER_CITIZEN)
    browser = world.signed_in(f"/ask?r={asked.handle}", person=other)
    assert "you cannot agree" in browser.text
    browser.send("/ask", decision="approve", licence=world.licence)
    assert (browser.status, code_of(browser)) == (404, "esign:licence:missing")


@pytest.mark.parametrize("action", ["/ask", "/authorise", "/withdraw", "/sign-out"])
def test_a_form_of_another_site_does_nothing(world: HolderWorld, action: str) -> None:
    asked = world.ask()
    browser = world.signed_in(f"/ask?r={asked.handle}")
    before = len(given(world))
    tokens: tuple[dict[str, Any], ...] = ({}, {"csrf": "0" * 64})
    for csrf in tokens:
        browser.post(action, r=asked.handle, licence=world.licence, decision="approve", **FORM, **csrf)
        assert (browser.status, code_of(browser)) == (403, "idp:form:forged")
    assert len(given(world)) == before


def test_pages_are_framed_by_nobody_run_nothing_and_are_kept_nowhere(world: HolderWorld) -> None:
    browser = world.signed_in("/")
    assert browser.answer is not None
    headers = browser.answer.headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert (headers["x-frame-options"], headers["cache-control"]) == ("DENY", "no-store")
    browser.open("/signed-in?code=x&state=y")
    assert (browser.status, code_of(browser)) == (403, "copy:holder:sign-in")


def test_a_weak_sign_in_is_asked_for_more_and_never_let_in(world: HolderWorld) -> None:
    world.provider.sign_in(world.person(), PASSWORD)
    browser = world.browser()
    browser.open("/")
    assert asked_for(browser)["acr_values"] == "urn:trustkit:aal:2"
    answer = world.provider.follow(browser.url, "http://127.0.0.1:8445")
    assert answer.status_code == 200  # the provider's own step-up, and no code


def test_an_act_asks_for_a_fresh_sign_in(world: HolderWorld) -> None:
    world.provider.sign_in(world.person())
    browser = world.browser()
    browser.open(f"/authorise?licence={world.licence}")
    assert asked_for(browser)["max_age"] == "450"


def test_a_sign_in_that_ended_ends_here(world: HolderWorld) -> None:
    browser, row = authorised(world)
    with open_identity(world.provider.home, passphrase()) as opened, opened.database.unit_of_work() as uow:
        now = opened.clock.now()
        for each in opened.sessions.list_of(uow, world.person(), now=now):
            opened.sessions.end(uow, each.id, reason="logout", now=now, actor=SYSTEM)
    browser.open(f"/withdraw?authorisation={row.number}")
    assert browser.url.startswith(f"{world.provider.issuer}/authorize?")
    with world.desk.authority.database.reading() as unit:
        assert copy_authorisations.get(unit, row.number).withdrawn_at is None


def test_signing_out_ends_the_session(world: HolderWorld) -> None:
    browser = world.signed_in("/")
    kept = dict(browser.cookies)
    browser.send("/sign-out")
    assert browser.url == f"{world.provider.issuer}/logout"
    browser.cookies = kept
    browser.open("/")
    assert browser.url.startswith(f"{world.provider.issuer}/authorize?")


def test_a_login_of_another_browser_is_not_taken(world: HolderWorld) -> None:
    world.provider.sign_in(world.person(), TWO_FACTORS)
    begun, victim = world.browser(), world.browser()
    begun.open("/")
    victim.open("/")
    back = world.provider.follow(begun.url, "http://127.0.0.1:8445").headers["location"]
    path = back.removeprefix("http://127.0.0.1:8445")
    victim.open(path)
    assert (victim.status, code_of(victim)) == (403, "copy:holder:sign-in")
    begun.open(path)
    assert begun.title == "My licences"
    again = world.browser()
    again.open("/")
    again.open(path)
    assert (again.status, code_of(again)) == (403, "copy:holder:sign-in")


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"recipient": "92990100MA7TRYQ1X7"}, 422),
        ({"recipient_name": "行"}, 400),
        ({"purpose": "x"}, 400),
        ({"days": "0"}, 400),
        ({"days": "367"}, 400),
        ({"days": "-1"}, 400),
        ({"copies": "101"}, 400),
        ({"copies": "一"}, 400),
    ],
)
def test_what_was_typed_wrong_is_told_in_the_form(world: HolderWorld, typed: dict[str, Any], status: int) -> None:
    before = len(given(world))
    browser = world.signed_in(f"/authorise?licence={world.licence}")
    browser.send("/authorise", **FORM | typed)
    assert browser.problem
    assert browser.title == "Let a licence be used"
    assert browser.status in {status, 400, 422}
    assert len(given(world)) == before


def test_another_persons_authorisation_is_not_there(world: HolderWorld) -> None:
    _, row = authorised(world)
    browser = world.signed_in(f"/withdraw?authorisation={row.number}", person=world.person(OTHER_CITIZEN))
    assert (browser.status, code_of(browser)) == (404, "copy:authorisation:missing")


def test_a_request_is_answered_once_by_two_at_once(world: HolderWorld) -> None:
    asked = world.ask()
    first, second = (world.signed_in(f"/ask?r={asked.handle}") for _ in range(2))
    before = len(given(world))
    first.send("/ask", decision="approve")
    second.send("/ask", decision="approve")
    assert (second.status, code_of(second)) == (409, "copy:request:ended")
    assert len(given(world)) == before + 1


def test_what_a_number_is_found_by_is_the_registers(world: HolderWorld) -> None:
    with open_authority(world.provider.home) as authority, authority.database.reading() as unit:
        found = holder_index(authority.settings.home)(CITIZEN)
        event = trail.last_event(unit, EventType.HOLDER_LINKED, world.person())
    assert event is not None
    assert found not in str(event.facts)
