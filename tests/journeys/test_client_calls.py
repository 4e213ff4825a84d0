"""Clients of the verification API: quotas by the day, calls that are repeated, and who asks without a token beside them."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support.token_issuer import API, NOW, Issuer
from tests.support.web import Visitor
from trustkit.api_codes import ApiCode
from trustkit.app.client_calls import STALE, ClientCalls
from trustkit.app.home import POLICIES
from trustkit.app.quota_policy import parse_quotas
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import NOT_SIGNED_IN, AuthContext, Principal
from trustkit.web.callers import keep_caller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from trustkit.app.authority import Authority

QUOTAS = 'format = 1\n[every]\nper_day = 0\n[[client]]\nid = "platform"\nper_day = 3\nper_month = 20\n'


class Door:
    """The API of one home, and tokens for it."""

    def __init__(self, authority: Authority, issuer: Issuer) -> None:
        self.authority = authority
        self.issuer = issuer
        self.visitor = Visitor.of(authority)

    def ask(
        self, path: str = "/v1/verify", *, client: str = "platform", key: str = "", **request: Any
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.issuer.token(client_id=client)}"} if client else {}
        headers |= {"idempotency-key": key} if key else {}
        return self.visitor.post(path, **(request or {"files": {"file": ("a.bin", b"x")}}), headers=headers)

    def told(self) -> int:
        with self.authority.database.reading() as unit:
            return len(trail.list_events(unit, type=EventType.FILE_VERIFIED))


@pytest.fixture
def door(home: Path) -> Iterator[Door]:
    with open_authority(home, FixedClock(NOW)) as before:
        issuer = Issuer(before)
        issuer.keys.tend()
        with issuer.listening():
            settings = home / "settings.toml"
            tokens = f'\n[tokens]\nissuer = "{issuer.url}"\nresource = "{API}"\nverify = true\nanonymous = true\npage = true\n'
            settings.write_text(settings.read_text("utf-8") + tokens, "utf-8")
            (home / POLICIES / "quotas.toml").write_text(QUOTAS, "utf-8")
            with open_authority(home, FixedClock(NOW)) as authority:
                yield Door(authority, issuer)


def _refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_client_has_its_quota_and_others_have_theirs(door: Door) -> None:
    first = door.ask()
    assert first.status_code == 200
    policy, left = first.headers["ratelimit-policy"], first.headers["ratelimit"]
    assert policy == '"address";q=3000;w=6, "day";q=3, "month";q=20'
    assert '"day";r=2;t=28800, "month";r=19;' in left  # until midnight in Beijing
    two = [("file", ("a", b"x")), ("file", ("b", b"y"))]
    assert door.ask("/v1/verify/bundle", files=two).status_code == 200
    spent = door.ask()
    assert _refused(spent) == (429, "web:quota:spent")
    assert spent.headers["retry-after"] == "28800"
    for path in ("/v1/verify/batch", "/v1/verify/report", "/v1/verify/bundle"):
        assert _refused(door.ask(path)) == (429, "web:quota:spent")
    assert door.ask(client="another").status_code == 200
    assert door.told() == 4


@pytest.mark.parametrize(("used", "asked", "waits"), [(0, 4, 28800), (1, 3, 28800), (2, 2, 28800), (1, 20, 2620800)])
def test_who_asks_for_more_than_is_left_waits_for_the_periods_that_lack_it(
    authority: Authority, used: int, asked: int, waits: int
) -> None:
    calls = ClientCalls(authority.database, FixedClock(NOW), parse_quotas(QUOTAS.encode()))

    async def never() -> Response:
        raise AssertionError

    assert calls.grant("platform", used) == used
    with pytest.raises(TrustError) as refused:
        asyncio.run(calls.answered(_keyed(), None, asked, never))
    assert refused.value.facts["retry_after"] == waits
    assert calls.grant("platform", 3) == 3 - used  # nothing of it was counted


def test_lines_of_a_batch_are_counted_one_by_one(door: Door) -> None:
    line = json.dumps({"data": base64.b64encode(b"x").decode()}).encode()
    headers = {"content-type": "application/x-ndjson", "authorization": f"Bearer {door.issuer.token()}"}
    answer = door.visitor.post("/v1/verify/batch", content=b"\n".join([line] * 5), headers=headers)
    told = [json.loads(each) for each in answer.text.splitlines()]
    assert ["indication" in each for each in told] == [True] * 3 + [False] * 2
    assert [(each["line"], each["error"]["code"]) for each in told[3:]] == [
        (4, "web:quota:spent"),
        (5, "web:quota:spent"),
    ]
    assert told[4]["error"]["fact_retry_after"] == 28800
    assert door.told() == 3


def test_who_brings_no_token_asks_at_the_smaller_rate(door: Door) -> None:
    answer = door.ask(client="")
    assert (answer.status_code, answer.headers["ratelimit-policy"]) == (200, '"address";q=300;w=6')
    bad = door.visitor.post("/v1/verify", files={"file": ("a", b"x")}, headers={"authorization": "Bearer x"})
    assert bad.status_code == 401
    assert door.ask(client="", key="k").status_code == 200  # keys are of clients
    assert door.ask(client="", key="k", files={"file": ("a", b"y")}).status_code == 200


def test_a_token_changes_nothing_where_none_is_asked_for(door: Door) -> None:
    for shown in ("x", f"Bearer {door.issuer.token()}"):
        headers = {"authorization": shown}
        page = door.visitor.post("/", files={"file": ("a", b"x")}, headers=headers)
        others = [door.visitor.get(path, headers=headers) for path in ("/v1/health", "/v1/verify/", "/nowhere")]
        assert page.status_code == 200
        assert {each.headers["ratelimit-policy"] for each in (page, *others)} == {'"address";q=300;w=6'}
    for path in ("/v1/verify", "/v1/verify/batch", "/v1/verify/bundle", "/v1/verify/report"):
        assert door.ask(path, client="another").headers["ratelimit-policy"] == '"address";q=3000;w=6'


def test_a_repeated_call_has_the_same_answer_and_is_counted_once(door: Door) -> None:
    first = door.ask(key='"k-1"')
    again = door.ask(key="k-1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["content-type"] == "application/json"
    assert door.told() == 1
    other = door.ask(key="k-1", files={"file": ("a.bin", b"y")})
    assert _refused(other) == (422, "web:repeat:otherwise")
    assert _refused(door.ask("/v1/verify/bundle", key="k-1")) == (422, "web:repeat:otherwise")
    assert door.ask(client="another", key="k-1", files={"file": ("a.bin", b"y")}).status_code == 200
    for bad in ("a b", "x" * 256, '"'):
        assert _refused(door.ask(key=bad)) == (400, "web:repeat:key")
    twice = [("authorization", f"Bearer {door.issuer.token()}"), ("idempotency-key", "a"), ("idempotency-key", "b")]
    assert _refused(door.visitor.post("/v1/verify", files={"file": ("a", b"x")}, headers=twice)) == (
        400,
        "web:repeat:key",
    )


def _keyed() -> Request:
    scope = {"type": "http", "headers": [(b"idempotency-key", b"k")]}
    caller = AuthContext(principal=Principal(id="client:platform"), assurance=NOT_SIGNED_IN, client="platform")
    keep_caller(scope, caller)
    return Request(scope)


def test_a_call_under_way_is_not_made_twice_and_one_that_failed_may_be_made_again(authority: Authority) -> None:
    calls = ClientCalls(authority.database, FixedClock(NOW), parse_quotas(QUOTAS.encode()))
    request = _keyed()
    made: list[str] = []

    async def fail() -> Response:
        made.append("failed")
        raise TrustError(ErrorCode.REQUEST_BUSY)

    async def make() -> Response:
        made.append("made")
        with pytest.raises(TrustError) as under_way:
            await calls.answered(request, lambda: "c", 1, fail)
        assert under_way.value.code is ApiCode.REPEAT_UNDER_WAY
        return JSONResponse({"told": True})

    async def act() -> None:
        with pytest.raises(TrustError):
            await calls.answered(request, lambda: "c", 1, fail)
        answers = [await calls.answered(request, lambda: "c", 1, each) for each in (make, fail)]
        assert [bytes(each.body) for each in answers] == [b'{"told":true}'] * 2

    asyncio.run(act())
    assert made == ["failed", "made"]


@pytest.mark.parametrize("slow", [JSONResponse({"told": "slowly"}), TrustError(ErrorCode.REQUEST_BUSY)])
def test_a_call_that_was_too_slow_leaves_the_key_to_the_one_that_has_it_since(
    authority: Authority, slow: Response | TrustError
) -> None:
    quotas = parse_quotas(QUOTAS.encode())
    calls = ClientCalls(authority.database, FixedClock(NOW), quotas)
    later = ClientCalls(authority.database, FixedClock(NOW + STALE + timedelta(minutes=1)), quotas)

    async def act() -> None:
        goes_on, begun, told = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def slowly() -> Response:
            begun.set()
            await goes_on.wait()
            if isinstance(slow, TrustError):
                raise slow
            return slow

        async def anew() -> Response:
            goes_on.set()
            await told.wait()
            with pytest.raises(TrustError) as under_way:
                await later.answered(_keyed(), lambda: "b", 1, slowly)
            assert under_way.value.code is ApiCode.REPEAT_UNDER_WAY
            return JSONResponse({"told": "anew"})

        first = asyncio.create_task(calls.answered(_keyed(), lambda: "b", 1, slowly))
        await begun.wait()
        second = asyncio.create_task(later.answered(_keyed(), lambda: "b", 1, anew))
        await asyncio.wait([first])
        assert first.exception() is slow if isinstance(slow, TrustError) else first.result() is slow
        told.set()
        answers = [await second, await later.answered(_keyed(), lambda: "b", 1, slowly)]
        assert [bytes(each.body) for each in answers] == [b'{"told":"anew"}'] * 2

    asyncio.run(asyncio.wait_for(act(), 20))


DOORS = {
    "/v1/verify": "verifier:file:verify",
    "/v1/verify/batch": "verifier:batch:verify",
    "/v1/verify/bundle": "verifier:bundle:verify",
    "/v1/verify/presentation": "verifier:presentation:verify",
    "/v1/verify/report": "verifier:report:make",
    "/v1/presentations": "verifier:presentation:ask",
}
ALSO = {
    "verifier:batch:verify": {"/v1/verify"},
    "verifier:bundle:verify": {"/v1/verify"},
    "verifier:report:make": {"/v1/verify"},
    "verifier:presentation:ask": {"/v1/verify/presentation"},
}


@pytest.mark.parametrize("scope", [*DOORS.values(), "verifier:service:use", "verifier", "openid"])
def test_each_door_asks_for_its_own_scope_and_a_wider_one_will_do(door: Door, scope: str) -> None:
    own = {path for path, needed in DOORS.items() if needed == scope}
    lets_in = set(DOORS) if scope == "verifier:service:use" else own | ALSO.get(scope, set())
    headers = {"authorization": f"Bearer {door.issuer.token(client_id='another', scope=scope)}"}
    for path, needed in DOORS.items():
        answer = door.visitor.post(path, content=b"{}", headers=headers | {"content-type": "application/json"})
        if path in lets_in:
            assert answer.status_code in {200, 400, 422}, path
            continue
        assert _refused(answer) == (403, "web:token:scope")
        asked = answer.headers["www-authenticate"]
        assert asked.startswith('Bearer realm="trustkit", error="insufficient_scope"')
        assert asked.endswith(f'scope="{needed}"')
    looked = door.visitor.get("/v1/presentations/" + "0" * 32, headers=headers)
    assert looked.status_code == (404 if "/v1/presentations" in lets_in else 403)


def test_calls_of_a_minute_are_counted_at_all_doors_and_by_all_processes(door: Door) -> None:
    (door.authority.settings.home / POLICIES / "quotas.toml").write_text(
        'format = 1\n[every]\nper_minute = 2\n[[client]]\nid = "large"\nper_minute = 3\n', "utf-8"
    )
    one, another = Visitor.of(door.authority), Visitor.of(door.authority)

    def asks(visitor: Visitor, path: str, client: str = "platform") -> httpx.Response:
        headers = {"authorization": f"Bearer {door.issuer.token(client_id=client)}"}
        return visitor.post(path, files={"file": ("a", b"x")}, headers=headers)

    first = asks(one, "/v1/verify")
    assert '"minute";q=2;w=60' in first.headers["ratelimit-policy"]
    assert '"minute";r=1;t=60' in first.headers["ratelimit"]
    assert asks(another, "/v1/verify/report").status_code == 200
    spent = asks(one, "/v1/verify/batch")
    assert _refused(spent) == (429, "web:request:rate")
    assert spent.headers["retry-after"] == "60"
    assert '"minute";r=0;t=60' in spent.headers["ratelimit"]
    assert [asks(one, "/v1/verify", "large").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert (
        one.post("/v1/verify", files={"file": ("a", b"x")}).status_code == 200
    )  # nobody's has the rate of its address alone


def test_a_refusal_says_what_is_left_of_the_quota(door: Door) -> None:
    four = [("file", (name, b"x")) for name in "abcd"]
    spent = door.ask("/v1/verify/bundle", files=four)
    assert _refused(spent) == (429, "web:quota:spent")
    assert '"day";r=3;t=28800' in spent.headers["ratelimit"]
