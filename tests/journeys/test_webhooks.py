"""An organisation has itself told of changes: asked whether it wants to, told what is its own, verified by a stock library, until it may no more."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from esign.copies.webhooks import MOST_EACH, Subscriber, Webhooks
from esign.licence.lifecycle import ActOrder, LicenceAct
from tests.support.copy_desk import BANK, OTHER
from tests.support.sharing_world import World, sharing_world
from tests.support.token_issuer import API
from tests.support.webhook_receiver import Receiver, receiving
from trustkit.app.event_keys import EventKeys, published_keys
from trustkit.app.sharing_scopes import FETCH, WATCH
from trustkit.app.trail import TrailWish, read_trail
from trustkit.app.webhook_courier import Courier
from trustkit.app.webhook_diagnosis import webhook_findings
from trustkit.app.webhook_sending import webhook_sender
from trustkit.clock import FixedClock
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.jose.jwt import JwtRules, verify_jwt
from trustkit.jose.keys import parse_jwks
from trustkit.jose.model import JwsAlgorithm
from trustkit.store import webhooks
from trustkit.store.webhooks import WebhookState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.copies.model import Recipient

OPERATOR = Principal(id="operator")


@dataclass
class Told:
    """The world, and an endpoint of the bank's."""

    world: World
    receiver: Receiver

    def call(
        self, method: str = "POST", path: str = "", *, of: Recipient | None = BANK, scope: str = WATCH, **request: Any
    ) -> Any:
        headers = {"authorization": f"Bearer {self.world.token(of, scope)}"}
        return self.world.send(f"webhooks{path}", method, headers=headers, **request)

    def add(self, **order: object) -> Any:
        return self.call(json={"url": self.receiver.url, **order})

    @property
    def hooks(self) -> Webhooks:
        home = self.world.desk.authority
        return Webhooks(database=home.database, clock=home.clock, challenge=lambda *_: None)

    def deliver(self, *, later: timedelta = timedelta(0)) -> None:
        """Let the courier of the service tell what is due."""
        home, keys = self.world.desk.authority, EventKeys(self.world.desk.authority, self.world.desk.keys)
        clock = FixedClock(home.clock.now() + later)
        courier = Courier(database=home.database, clock=clock, sender=replace(webhook_sender(home, keys), clock=clock))
        courier.tend()
        courier.once()

    @contextmanager
    def nothing_left(self) -> Iterator[None]:
        yield
        for row in self.hooks.of(BANK.uscc):
            if row.state is not WebhookState.ENDED:
                self.hooks.remove(row.identifier, OPERATOR)
        self.receiver.events.clear()
        self.receiver.answers.clear()
        self.receiver.echo = True


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with receiving(Receiver(API, dict)) as receiver:
        base = receiver.url.rpartition("/")[0]
        folder = tmp_path_factory.mktemp("webhooks")
        with sharing_world(folder, f'base_url = "{API}"', f'webhook_bases = ["{base}"]') as world:
            receiver.keys = lambda: published_keys(world.desk.authority, sm2=False)
            yield Told(world, receiver)


@pytest.fixture
def told(opened: Told) -> Iterator[Told]:
    with opened.nothing_left():
        yield opened


def _copy(told: Told) -> tuple[str, str]:
    desk = told.world.desk
    identifier = desk.licence()
    return identifier, desk.copy(identifier).row.number


def test_a_bank_is_told_of_a_revocation_and_verifies_it(told: Told) -> None:
    identifier, number = _copy(told)
    answer = told.add(changes=["licence-revoked", "licence-suspended"])
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["state"], made["url"]) == ("active", told.receiver.url)
    desk = told.world.desk
    desk.licences.act(identifier, ActOrder(act=LicenceAct.REVOKE, reason="unlawful"), actor=desk.authority.operator)
    told.deliver()
    (claims,) = told.receiver.taken()
    assert (claims["iss"], claims["aud"], claims["sub_id"]["id"]) == (API, told.receiver.url, identifier)
    event = claims["events"]["urn:trustkit:sharing:licence-revoked"]
    assert (event["licence"], event["copies"], event["change"]) == (identifier, [number], "licence-revoked")
    shown = told.call("GET", f"/{made['id']}").json()
    assert (shown["last_id"] >= event["sequence"], shown["failures"]) == (True, [])
    told.deliver()
    assert len(told.receiver.taken()) == 1


def test_keys_are_published_and_changed(told: Told) -> None:
    home, keys = told.world.desk.authority, EventKeys(told.world.desk.authority, told.world.desk.keys)
    before = told.world.send("keys", "GET").json()["keys"]
    assert [(each["alg"], each["use"]) for each in before if "alg" in each and "use" in each]
    assert all("d" not in each for each in before)
    assert told.world.send("gm-keys", "GET").json()["keys"][0]["crv"] != "P-256"
    assert told.add().status_code == 201
    kept = keys.rotate(JwsAlgorithm.ES256).kid
    now = {each["kid"] for each in told.world.send("keys", "GET").json()["keys"]}
    assert now == {kept, *(each["kid"] for each in before)}
    _copy(told)
    told.deliver()
    assert told.receiver.refused == []
    assert len(told.receiver.taken()) == 2
    last = keys.rotate(JwsAlgorithm.ES256, compromised=True).kid
    left = {each["kid"] for each in published_keys(home, sm2=False)["keys"]}  # type: ignore[union-attr,index,call-overload]  # JSON
    assert last in left
    assert kept not in left


def test_by_sm2_where_it_is_asked_for(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = JwtRules(
        kinds={"secevent+jwt"}, algorithms={JwsAlgorithm.SGD_SM3_SM2}, issuer=API, audiences={told.receiver.url}
    )
    home = told.world.desk.authority

    def verified(token: str) -> dict[str, Any]:
        keys = parse_jwks(published_keys(home, sm2=True))
        return dict(verify_jwt(token, keys, rules, now=home.clock.now()).claims.members)

    monkeypatch.setattr(told.receiver, "verified", verified)
    assert told.add(algorithm="SGD_SM3_SM2").status_code == 201
    _copy(told)
    told.deliver()
    assert len(told.receiver.taken()) == 2


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"url": "http://bank.example/hook"}, 400, "copy:webhook:address"),
        ({"url": "https://10.0.0.1/hook"}, 400, "copy:webhook:address"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, 400, "copy:webhook:address"),
        ({"url": "https://user@bank.example/hook"}, 400, "copy:webhook:address"),
        ({"url": 7}, 400, "web:request:malformed"),
        ({"changes": ["everything"]}, 400, "web:request:malformed"),
        ({"changes": "licence-revoked"}, 400, "web:request:malformed"),
        ({"licences": ["x"] * 51}, 400, "web:request:malformed"),
        ({"licences": [""]}, 400, "web:request:malformed"),
        ({"days": 0}, 400, "web:request:malformed"),
        ({"days": 91}, 400, "web:request:malformed"),
        ({"algorithm": "none"}, 400, "web:request:malformed"),
        ({"algorithm": "RS256"}, 400, "web:request:malformed"),
        ({"more": 1}, 400, "web:request:malformed"),
    ],
)
def test_what_is_refused(told: Told, order: dict[str, object], status: int, code: str) -> None:
    answer = told.add(**order)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert told.receiver.events == []


def test_who_does_not_want_to_be_told_is_not(told: Told) -> None:
    told.receiver.echo = False
    answer = told.add()
    assert (answer.status_code, answer.json()["code"]) == (422, "copy:webhook:challenge")
    assert [row for row in told.hooks.of(BANK.uscc) if row.state is not WebhookState.ENDED] == []


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [({"of": None}, 403, "copy:sharing:organisation"), ({"scope": FETCH}, 403, "web:token:scope")],
)
def test_who_may_not(told: Told, more: dict[str, Any], status: int, code: str) -> None:
    for method, path in (("POST", ""), ("GET", ""), ("GET", "/wh-a"), ("DELETE", "/wh-a"), ("POST", "/wh-a/renew")):
        answer = told.call(method, path, json={"url": told.receiver.url} if path == "" else {}, **more)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert told.world.send("webhooks", "GET").status_code == 401


def test_of_anothers_nothing_is_learnt(told: Told) -> None:
    made = told.add().json()["id"]
    assert told.call("GET", of=OTHER).json() == {"webhooks": []}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/renew")):
        answer = told.call(method, f"/{made}{path}", of=OTHER, json={})
        missing = told.call(method, f"/wh-a{path}", of=OTHER, json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "copy:webhook:missing")
        assert answer.json()["title"] == missing.json()["title"]
    assert made in {each["id"] for each in told.call("GET").json()["webhooks"]}


def test_no_more_than_ten(told: Told) -> None:
    for _ in range(MOST_EACH):
        assert told.add().status_code == 201
    assert told.add().json()["code"] == "copy:webhook:many"
    assert told.call("DELETE", f"/{told.call('GET').json()['webhooks'][0]['id']}").status_code in {200, 409}


def test_one_that_failed_for_long_is_renewed_and_nothing_is_lost(told: Told) -> None:
    made = told.add(days=1).json()["id"]
    with told.world.desk.authority.database.unit_of_work() as uow:
        row = webhooks.find(uow, made)
        assert row is not None
        webhooks.change(uow, row, attempts=13, failing_since=row.created_at)
    _copy(told)
    told.receiver.answers = [500]
    told.deliver()
    assert told.call("GET", f"/{made}").json()["reason"] == "unanswered"
    (found,) = [each for each in webhook_findings(told.world.desk.authority) if each.broken]
    assert made in found.what
    answer = told.call("POST", f"/{made}/renew", json={"days": 7, "from": "last"})
    assert (answer.status_code, answer.json()["state"]) == (200, "active"), answer.text
    told.deliver()
    assert len(told.receiver.taken()) == 2
    assert told.call("POST", f"/{made}/renew", json={"from": "yesterday"}).status_code == 400


def test_it_ends_with_its_time(told: Told) -> None:
    made = told.add(days=1).json()["id"]
    _copy(told)
    told.deliver(later=timedelta(days=1))
    assert told.receiver.taken() == []
    assert told.call("GET", f"/{made}").json()["reason"] == "lapsed"
    assert told.call("POST", f"/{made}/renew", json={}).json()["code"] == "copy:webhook:state"


def test_the_operator_suspends_resumes_and_tells_again(told: Told) -> None:
    made = told.add().json()["id"]
    told.hooks.suspend(made, OPERATOR)
    assert told.call("POST", f"/{made}/renew", json={}).json()["code"] == "copy:webhook:state"
    _copy(told)
    told.deliver()
    assert told.receiver.taken() == []
    told.hooks.resume(made, OPERATOR)
    told.deliver()
    first = told.receiver.numbers()
    assert len(first) == 2
    told.hooks.redeliver(made, OPERATOR, after=first[0])
    told.deliver()
    assert told.receiver.numbers() == [*first, first[1]]
    assert told.receiver.taken()[1]["jti"] == told.receiver.taken()[2]["jti"]
    assert told.call("DELETE", f"/{made}").json()["reason"] == "removed"
    kinds = [line.to_json()["type"] for line in read_trail(told.world.desk.authority, TrailWish(limit=10_000))]
    for kind in ("added", "suspended", "resumed", "rewound", "ended"):
        assert f"esign:webhook:{kind}" in kinds


@pytest.mark.parametrize("meanwhile", ["suspend", "remove"])
def test_an_address_that_takes_its_time_is_not_renewed_against_the_operator(told: Told, meanwhile: str) -> None:
    made = told.add().json()["id"]
    row = told.hooks.get(made)

    def slow(*_: object) -> None:
        getattr(told.hooks, meanwhile)(made, OPERATOR)

    with pytest.raises(TrustError) as refusal:
        replace(told.hooks, challenge=slow).renew(
            made, Subscriber(organisation=BANK.uscc, actor=OPERATOR, client=row.client), lifetime=timedelta(days=1)
        )
    assert refusal.value.code is CopyCode.WEBHOOK_STATE
    assert told.hooks.get(made).state is not WebhookState.ACTIVE


def test_the_trail_holds_no_address(told: Told) -> None:
    told.add()
    lines = [str(line.to_json()) for line in read_trail(told.world.desk.authority, TrailWish(limit=10_000))]
    assert not [line for line in lines if told.receiver.url in line]


def test_it_is_described(told: Told) -> None:
    async def act() -> httpx.Response:
        transport = httpx.ASGITransport(app=told.world.app)
        async with httpx.AsyncClient(transport=transport, base_url=API) as client:
            return await client.get("/openapi.json")

    import asyncio  # noqa: PLC0415 - here alone

    paths = asyncio.run(act()).json()["paths"]
    assert {"post", "get"} <= set(paths["/v1/sharing/webhooks"])
    assert "example" in paths["/v1/sharing/webhooks"]["post"]["requestBody"]["content"]["application/json"]
