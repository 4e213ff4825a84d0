"""A bank asks over the sharing API, the holder answers with an app of his, the bank hears and fetches: each by tokens of the home's own provider."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.authority import PASSPHRASE
from tests.support.copy_desk import BANK
from tests.support.holder_door import CITIZEN, DOOR, LOAN, OTHER_CITIZEN, HolderWorld, holder_world
from tests.support.served_provider import PASSWORD, TWO_FACTORS
from tests.support.token_issuer import API
from tests.support.wallet_sign_in import BACK, token_by_code
from trustkit.app.holder_sign_in import DECIDE, LOOK
from trustkit.app.sharing_scopes import ASK, FETCH, WATCH
from trustkit.app.sharing_server import sharing_application
from trustkit.app.sharing_stream import Pace
from trustkit.audit.events import EventType
from trustkit.store import licences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

SHORT = Pace(seconds=0.01, looks=2, quiet=2)


@dataclass
class Both:
    """The bank and the holder, each at the service that is for him."""

    world: HolderWorld
    sharing: ASGIApp
    bank_client: str
    holder_client: str

    def bank(self) -> str:
        person = self.world.provider.person()
        mandate = self.world.provider.mandate(person, BANK.uscc)
        self.world.provider.sign_in(person, TWO_FACTORS, mandate=mandate)
        return token_by_code(self.world.provider, self.bank_client, scope=f"{ASK} {FETCH} {WATCH}", resource=API)

    def holder(self, person: str = "", scope: str = f"{LOOK} {DECIDE}", **signed: Any) -> str:
        self.world.provider.sign_in(person or self.world.person(), signed.pop("kinds", TWO_FACTORS), **signed)
        return token_by_code(self.world.provider, self.holder_client, scope=scope, resource=DOOR)

    def at_bank(self, token: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        return _asked(self.sharing, f"{API}/v1/sharing/{path}", token, body, headers)

    def at_door(self, token: str, path: str, body: object = None) -> httpx.Response:
        return _asked(self.world.app, f"{DOOR}/v1/holder/{path}", token, body, {})

    def type_code(self) -> str:
        with self.world.desk.authority.database.reading() as unit:
            return licences.get(unit, self.world.licence).type_code

    def ask(self, token: str, **more: object) -> Any:
        return self.at_bank(token, "requests", {"type": self.type_code(), "purpose": LOAN, **more})


def _asked(app: ASGIApp, url: str, token: str, body: object, headers: dict[str, str]) -> httpx.Response:
    async def act() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            sent = {"authorization": f"Bearer {token}", **headers} if token else headers
            more: dict[str, Any] = {} if body is None else {"json": body}
            return await client.request("GET" if body is None else "POST", url, headers=sent, **more)

    return asyncio.run(act())


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    place = tmp_path_factory.mktemp("both")
    secret = place / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(PASSPHRASE)
    with ExitStack() as stack, holder_world(place, secret, stack) as world:
        home = world.desk.authority
        sharing = replace(
            home.settings.sharing, issuer=world.provider.issuer, resource=API, anonymous_per_minute=1_000_000
        )
        home.settings = replace(home.settings, sharing=sharing)
        form: dict[str, Any] = {
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code"],
            "redirect_uris": [BACK],
        }
        bank, _ = world.provider.client("bank", scope=f"{ASK} {FETCH} {WATCH}", resources=[API], **form)
        app, _ = world.provider.client("app", scope=f"{LOOK} {DECIDE}", resources=[DOOR], **form)
        served = sharing_application(home, world.desk.keys, pace=SHORT)
        yield Both(world, served, bank.identifier, app.identifier)


def test_a_bank_asks_the_holder_says_yes_and_the_bank_hears_and_fetches(both: Both) -> None:
    bank = both.bank()
    begun = both.at_bank(bank, "changes").text.partition("id: ")[2].partition("\n")[0]
    made = both.ask(bank, days=10, copies=1, holder_code=CITIZEN)
    assert made.status_code == 200, made.text
    told = made.json()
    assert (told["state"], told["purpose"], told["authorisation"]) == ("waiting", LOAN, None)
    assert told["qr"].startswith("<?xml") or told["qr"].startswith("<svg")
    assert told["link"].startswith(f"{DOOR}/ask?r=")
    assert CITIZEN not in made.text
    (handle,) = parse_qs(urlsplit(told["link"]).query)["r"]

    holder = both.holder()
    seen = both.at_door(holder, "requests/look", {"handle": handle}).json()
    assert (seen["recipient"]["uscc"], seen["purpose"], seen["days"]) == (BANK.uscc, LOAN, 10)
    (mine,) = seen["licences"]
    answer = both.at_door(
        holder, "requests/answer", {"handle": handle, "decision": "approve", "identifier": mine["identifier"]}
    )
    assert answer.status_code == 200, answer.text
    number = answer.json()["authorisation"]["number"]
    facts = both.world.told(EventType.COPY_AUTHORISED, number).facts
    assert (facts["acr"], facts["request"]) == ("urn:trustkit:ial:0:aal:2", told["request"])

    again = both.at_bank(bank, f"requests/{told['request']}").json()
    assert (again["state"], again["authorisation"]) == ("approved", number)
    heard = both.at_bank(bank, "changes", **{"last-event-id": begun}).text
    assert "event: request-approved" in heard
    assert f'"request":"{told["request"]}"' in heard
    copy = both.at_bank(bank, "copies", {"authorisation": number})
    assert copy.status_code == 200, copy.text
    (given,) = (each for each in both.at_door(holder, "authorisations").json()["authorisations"] if each["made"])
    assert given["made"][0]["number"] == copy.json()["number"]

    gone = both.at_door(holder, "authorisations/withdraw", {"authorisation": number}).json()
    assert gone["standing"] == "withdrawn"
    assert both.at_bank(bank, "copies", {"authorisation": number}).json()["code"] == "copy:authorisation:ended"


def test_he_lets_it_be_used_unasked_and_says_no(both: Both) -> None:
    holder = both.holder()
    (licence,) = both.at_door(holder, "licences").json()["licences"]
    party = {"uscc": BANK.uscc, "name": BANK.name}
    order = {"identifier": licence["identifier"], "recipient": party, "purpose": LOAN, "days": 5}
    made = both.at_door(holder, "authorisations", order).json()
    assert (made["standing"], made["source"], made["most_copies"]) == ("in-force", "sign-in", 1)
    bank = both.bank()
    told = both.ask(bank).json()
    (handle,) = parse_qs(urlsplit(told["link"]).query)["r"]
    holder = both.holder()
    body = {"handle": handle, "decision": "refuse"}
    assert both.at_door(holder, "requests/answer", body).json() == {"state": "refused", "authorisation": None}
    assert both.at_door(holder, "requests/answer", body).json()["code"] == "copy:request:ended"
    assert both.at_bank(bank, f"requests/{told['request']}").json()["state"] == "refused"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "nothing"}, "esign:licence:type"),
        ({"purpose": "x"}, "copy:purpose:unfit"),
        ({"days": 0}, "web:request:malformed"),
        ({"days": 367}, "web:request:malformed"),
        ({"copies": 101}, "web:request:malformed"),
        ({"minutes": 1441}, "web:request:malformed"),
        ({"holder_code": "not a code"}, "esign:holder:code"),
        ({"unknown": 1}, "web:request:malformed"),
    ],
)
def test_requests_out_of_form_are_refused(both: Both, body: dict[str, object], code: str) -> None:
    assert both.ask(both.bank(), **body).json()["code"] == code


def test_a_request_of_another_organisation_is_not_there(both: Both) -> None:
    number = both.world.ask(asker=replace(BANK, uscc="91990100MA7TRYQ01H")).row.number
    assert both.at_bank(both.bank(), f"requests/{number}").json()["code"] == "copy:request:missing"


def test_tokens_that_do_not_do(both: Both) -> None:
    both.world.person()
    assert both.at_door("", "licences").status_code == 401
    look = both.holder(scope=LOOK)
    party = {"uscc": BANK.uscc, "name": BANK.name}
    order = {"identifier": both.world.licence, "recipient": party, "purpose": LOAN, "days": 5}
    assert both.at_door(look, "authorisations", order).json()["code"] == "web:token:scope"
    weak = both.at_door(both.holder(kinds=PASSWORD), "licences")
    assert (weak.status_code, weak.json()["code"]) == (401, "web:token:level")
    assert 'acr_values="urn:trustkit:aal:2"' in weak.headers["www-authenticate"]
    assert both.at_door(both.bank(), "licences").status_code == 401  # for another resource
    other = both.holder(both.world.person(OTHER_CITIZEN))
    assert both.at_door(other, "authorisations", order).json()["code"] == "esign:licence:missing"
    unknown = both.holder(both.world.provider.person())
    assert both.at_door(unknown, "licences").json()["code"] == "copy:holder:unknown"
    person = both.world.person()
    mandate = both.world.provider.mandate(person, BANK.uscc)
    acting = both.holder(person, mandate=mandate)
    assert both.at_door(acting, "licences").json()["code"] == "copy:holder:organisation"
